import Communicator
import Core
import Datasets
import Inference
import Kernels
import Network
import TestSupport
import Testing
import Training

/// Steps with frozen layers, each path with its own, against steps that compute the whole gradient
/// and then move the learning tensors alone.
@Suite struct FrozenLayersTests {
  private static let side = 8, samples = 9

  private struct Run {
    let network: Network
    let step: TrainingStep

    init(_ architecture: String, _ sets: [String]) throws {
      let configuration = try ResolvedConfiguration(
        sets: [
          "model.channels=1", "replicas=2", "batch_size=9", "epochs=4", "gate.period=2",
          "optimizer.weight_decay=0.01", "learning_rate.milestones=[]",
        ] + sets
      ).values
      network = try Network(
        architecture: Architecture(architecture), channels: 1, classes: 10, height: side,
        width: side, capacity: 5, initialGate: 0.5, compute: .init(level: CPULevel.select()))
      network.initialize(seed: 3)
      step = try TrainingStep(
        network: network, configuration: configuration,
        schedule: Schedule(configuration, stepsPerEpoch: 1),
        normalizer: ImageNormalizer(mean: [0.5], std: [0.25]), communicator: Communicator(),
        level: CPULevel.select())
    }

    /// The step of an epoch; even ones take the STD path.
    func take(_ epoch: Int) throws {
      var random = RandomValues(seed: UInt64(epoch))
      let batch = Batch(
        epoch: epoch, step: 0, replicas: [0..<5, 5..<9],
        pixels: (0..<samples * side * side).map { _ in UInt8(random.below(256)) },
        labels: (0..<samples).map { _ in Int32(random.below(10)) })
      _ = try step.run(batch, samples: samples, stopRequested: false)
    }

    func tensors(_ flat: FloatSlice, _ layout: TensorLayout) -> [String: [Float]] {
      Dictionary(uniqueKeysWithValues: layout.tensors.map { ($0.name, $0.read(from: flat)) })
    }
    var theta: [String: [Float]] { tensors(network.theta, network.parameterLayout) }
    var statistics: [String: [Float]] { tensors(network.statistics, network.statisticsLayout) }
  }

  @Test(arguments: [
    ("resnet8", ["stem", "layer1"], ["stem", "layer1", "layer2"]),
    ("resnet8", ["layer2", "fc"], ["stem", "layer1", "layer2", "layer3", "fc"]),
    ("resnet18", ["stem", "layer1", "layer2", "layer3"], ["layer4.1", "layer2.0.downsample"]),
    ("alexnet-cifar", ["features.0", "features.3"], ["features.0", "features.6", "classifier.6"]),
  ])
  func frozenTensorsStayAndTheOthersMoveAsEver(
    _ architecture: String, _ standard: [String], _ gated: [String]
  ) throws {
    let run = try Run(
      architecture,
      [
        "model.frozen.standard=[\(standard.joined(separator: ","))]",
        "model.frozen.gated=[\(gated.joined(separator: ","))]",
      ])
    let start = run.theta
    let startingStatistics = run.statistics
    // Each path has a velocity of its own, so one run of full gradients a path is the judge.
    for (path, frozen) in [(0, standard), (1, gated)] {
      let prefixes = frozen.flatMap { $0 == "stem" ? ["conv1.", "bn1."] : ["\($0)."] }
      func isFrozen(_ name: String) -> Bool { prefixes.contains { name.hasPrefix($0) } }
      let mine = try Run(
        architecture,
        ["model.frozen.\(path == 0 ? "standard" : "gated")=[\(frozen.joined(separator: ","))]"])
      let judge = try Run(architecture, [])
      for epoch in [path, path + 2] {
        try mine.take(epoch)
        try judge.take(epoch)
        for tensor in judge.network.parameterLayout.tensors where isFrozen(tensor.name) {
          tensor.write(try #require(start[tensor.name]), to: judge.network.theta)
        }
        #expect(mine.theta == judge.theta)
        #expect(mine.statistics == judge.statistics)
        #expect(mine.network.gate.matrix.array == judge.network.gate.matrix.array)
      }
      for (name, values) in mine.theta {
        #expect((values == start[name]) == isFrozen(name), "\(name)")
      }
      for (name, values) in mine.statistics {
        #expect(values != startingStatistics[name], "\(name) moves, frozen or not")
      }
    }
    for epoch in 0..<4 {
      let before = run.theta
      try run.take(epoch)
      let frozen = epoch % 2 == 0 ? standard : gated
      let prefixes = frozen.flatMap { $0 == "stem" ? ["conv1.", "bn1."] : ["\($0)."] }
      for (name, values) in run.theta {
        let isFrozen = prefixes.contains { name.hasPrefix($0) }
        #expect((values == before[name]) == isFrozen, "\(name), epoch \(epoch)")
      }
    }
  }

  @Test func unknownLayersAreNamedWithTheirKey() throws {
    let error = #expect(throws: CSGError.self) {
      try Run("resnet8", ["model.frozen.gated=[stem, layer7]"])
    }
    #expect(error?.exitCode == .configuration)
    #expect(error?.description.contains("model.frozen.gated") == true)
    #expect(error?.description.contains("'layer7'") == true)
  }
}
