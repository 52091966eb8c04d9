import Core
import Kernels
import Network
import TestSupport
import Testing

@Suite struct LearningParametersTests {
  private func network(_ architecture: String, side: Int = 8) throws -> Network {
    let network = try Network(
      architecture: Architecture(architecture), channels: 1, classes: 4, height: side,
      width: side, capacity: 3, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    network.initialize(seed: 5)
    return network
  }

  private func learning(_ network: Network, _ frozen: [String]) throws -> Set<String> {
    let learning = try LearningParameters(network.parameterLayout, frozen: frozen, key: "k")
    let names = network.parameterLayout.tensors.filter { tensor in
      learning.ranges.contains { $0.contains(tensor.range.lowerBound) }
    }.map(\.name)
    #expect(learning.ranges.reduce(0) { $0 + $1.count } < network.theta.count || frozen.isEmpty)
    return Set(names)
  }

  @Test func namesFreezeWhatStandsBehindThem() throws {
    let network = try network("resnet8")
    let all = Set(network.parameterLayout.tensors.map(\.name))
    #expect(try learning(network, []) == all)
    #expect(
      try learning(network, ["stem", "layer1", "layer2"])
        == all.filter { $0.hasPrefix("layer3.") || $0.hasPrefix("fc.") })
    #expect(
      try learning(network, ["layer2.0.conv1"]) == all.subtracting(["layer2.0.conv1.weight"]))
    #expect(try learning(network, ["fc", "fc", "layer3.0"]).isSuperset(of: ["conv1.weight"]))
    #expect(try learning(network, ["stem", "layer1", "layer2", "layer3", "fc"]).isEmpty)
  }

  /// `layer1` is not `layer10`: a name ends at a dot.
  @Test(arguments: ["layer", "layer4", "conv", "", "layer1.", "fc.weight", "Stem"])
  func unknownNamesAreRefused(_ name: String) throws {
    let network = try network("resnet8")
    let error = #expect(throws: CSGError.self) {
      try LearningParameters(
        network.parameterLayout, frozen: ["stem", name], key: "model.frozen.gated")
    }
    #expect(error?.exitCode == .configuration)
    let text = error?.description ?? ""
    #expect(text.contains("model.frozen.gated") && text.contains("'\(name)'"))
    #expect(text.contains("stem, conv1, bn1, layer1, layer2, layer3, fc"))
  }

  /// Wherever the backward pass stops, it has computed the front of the whole gradient, to the bit.
  @Test(arguments: [("resnet8", 8), ("resnet18", 32), ("resnet50", 32)], Path.allCases)
  func aShortenedPassComputesTheFrontOfTheGradient(_ net: (String, Int), _ path: Path) throws {
    let network = try network(net.0, side: net.1)
    var random = RandomValues(seed: 2)
    network.images.write(random.floats(3 * net.1 * net.1))
    func contribution(_ vector: StepVector) -> [Float] {
      let contribution = FloatBuffer(vector.count).all
      contribution.fill(.nan)
      network.train(
        LabelLoss([0, 3, 1], path: path, gatedWeight: 1), contribution: contribution, vector: vector
      )
      return contribution.array
    }
    let vector = network.stepVector
    let whole = contribution(vector)
    let tensors = network.parameterLayout.tensors
    let isDeep = tensors.count > 50
    let ends = tensors.enumerated().filter { !isDeep || $0.offset % 17 == 0 }.map {
      $0.element.range.upperBound
    }
    for end in ends + [0] {
      let part = contribution(vector.upTo(end))
      let isFront =
        part[..<end] == whole[..<end] && part[end...] == whole[vector.gate.lowerBound...]
      #expect(isFront, "up to \(end)")
    }
  }
}
