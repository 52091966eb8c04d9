import Kernels
import Network
import Testing

@Suite struct LayerNamesTests {
  @Test(arguments: [
    ("resnet8", ["conv1", "layer1.0", "layer2.0", "layer3.0", "fc"]),
    (
      "resnet18",
      ["conv1"] + (1...4).flatMap { layer in (0..<2).map { "layer\(layer).\($0)" } } + ["fc"]
    ),
    (
      "alexnet-cifar",
      ["features.0", "features.3", "features.6", "features.8", "features.10", "classifier"]
    ),
  ])
  func aLayerIsNamedByWhatItsParametersShare(_ name: String, _ expected: [String]) throws {
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: 4, height: 64, width: 64,
      capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    #expect(network.layerNames == expected)
  }
}
