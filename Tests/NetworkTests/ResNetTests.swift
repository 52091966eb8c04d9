import Core
import Kernels
import Network
import Testing

@Suite struct ResNetTests {
  /// Parameters of the published nets with 3 channels and 10 classes (He et al., Table 6).
  @Test(arguments: [(20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962)])
  func hasThePublishedSize(_ depth: Int, _ parameters: Int) throws {
    let network = try Network(
      architecture: Architecture("resnet\(depth)"), channels: 3, classes: 10,
      height: 8, width: 8, capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    #expect(network.parameterLayout.elementCount == parameters)
    #expect(network.filters == 64)
  }

  @Test(arguments: [
    "resnet19", "resnet21", "resnet020", "vgg16", "resnet", "resnet-20", "resnet20-cifar",
    "resnet18-", "resnet18-cifar-cifar", "-cifar",
  ])
  func refusesOtherNames(_ name: String) {
    let error = #expect(throws: CSGError.self) { try Architecture(name) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.description.contains("resnet20") == true)
  }

  /// Without the wide stem's other taps, torchvision's parameters of 1000 classes.
  @Test(
    arguments: [
      ("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032),
      ("resnet101", 44_549_160), ("resnet152", 60_192_808),
    ])
  func theSmallStemAloneDiffers(_ name: String, _ parameters: Int) throws {
    func layout(_ name: String) throws -> TensorLayout {
      try Network(
        architecture: Architecture(name), channels: 3, classes: 1000, height: 16, width: 16,
        capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select())
      ).parameterLayout
    }
    let small = try layout("\(name)-cifar")
    #expect(small.elementCount == parameters - 64 * 3 * (7 * 7 - 3 * 3))
    #expect(small.tensors.first?.shape == [64, 3, 3, 3])
    #expect(try small.tensors.map(\.name) == layout(name).tensors.map(\.name))
  }

  @Test func namesTensorsAsTorchvision() throws {
    let network = try Network(
      architecture: Architecture("resnet8"), channels: 1, classes: 3, height: 28,
      width: 28, capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    let shapes = Dictionary(
      uniqueKeysWithValues: network.parameterLayout.tensors.map { ($0.name, $0.shape) })
    #expect(shapes["conv1.weight"] == [16, 1, 3, 3])
    #expect(shapes["layer2.0.conv1.weight"] == [32, 16, 3, 3])
    #expect(shapes["layer3.0.bn2.bias"] == [64])
    #expect(shapes["fc.weight"] == [3, 64])
    #expect(
      network.statisticsLayout.tensors.map(\.name).prefix(2) == [
        "bn1.running_mean", "bn1.running_var",
      ])
  }

  @Test func laysOutTheLastLayerFirst() throws {
    let network = try Network(
      architecture: Architecture("resnet8"), channels: 1, classes: 3, height: 8,
      width: 8, capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    let starts = network.parameterLayout.tensors.map(\.range.lowerBound)
    #expect(starts == starts.sorted(by: >))
    #expect(network.parameterLayout.tensors.last?.range.lowerBound == 0)
  }

  @Test func tensorsSurviveTheBlockedLayout() throws {
    let network = try Network(
      architecture: Architecture("resnet8"), channels: 3, classes: 7, height: 8,
      width: 8, capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    for tensor in network.parameterLayout.tensors {
      let values = (0..<tensor.count).map(Float.init)
      tensor.write(values, to: network.theta)
      #expect(tensor.read(from: network.theta) == values)
    }
  }
}
