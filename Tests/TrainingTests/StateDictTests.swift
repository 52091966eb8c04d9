import Core
import Kernels
import Network
import Storage
import TestSupport
import Training
import Testing

@Suite struct StateDictTests {
  private func network() throws -> Network {
    let network = try Network(
      architecture: Architecture("resnet8"), channels: 1, classes: 3, height: 8,
      width: 8, capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    network.initialize(seed: 1)
    return network
  }

  private func read(_ tensors: [NamedTensor]) throws -> Checkpoint {
    try StateDict.checkpoint(
      from: tensors, architecture: Architecture("resnet8"), classes: 3, channels: 1)
  }

  @Test(arguments: ["", "module."]) func namesFoundInTheWildAreTaken(_ prefix: String) throws {
    let original = try network().checkpoint(hasGate: true)
    var wild = StateDict.tensors(of: original).map { tensor in
      NamedTensor(
        name: prefix + tensor.name.replacing("fc.", with: "linear."), shape: tensor.shape,
        values: tensor.values)
    }
    wild.append(NamedTensor(name: prefix + "bn1.num_batches_tracked", shape: [], values: [7]))
    let loaded = try network()
    loaded.theta.fill(0)
    try loaded.load(try read(wild), origin: "test")
    #expect(loaded.checkpoint(hasGate: true).stateDigest == original.stateDigest)
  }

  /// Export and import of every family, through a file: not a bit changes.
  @Test(arguments: ["resnet8", "resnet18-cifar", "resnet50", "alexnet-cifar"])
  func everyFamilySurvivesExportAndImport(_ name: String) throws {
    func network() throws -> Network {
      try Network(
        architecture: Architecture(name), channels: 3, classes: 5, height: 16, width: 16,
        capacity: 1, initialGate: 0.25, compute: .init(level: CPULevel.select()))
    }
    let original = try network()
    original.initialize(seed: 3)
    let folder = try TemporaryFolder()
    let file = folder("weights.safetensors")
    try Safetensors.write(
      StateDict.tensors(of: original.checkpoint(hasGate: true)), metadata: [:], to: file)
    let loaded = try network()
    try loaded.load(
      try StateDict.checkpoint(
        from: Safetensors.read(file), architecture: Architecture(name), classes: 5, channels: 3),
      origin: file)
    #expect(loaded.theta.array == original.theta.array)
    #expect(loaded.statistics.array == original.statistics.array)
    #expect(loaded.gate.matrix.array == original.gate.matrix.array)
  }

  @Test func everyFaultIsNamed() throws {
    var tensors = StateDict.tensors(of: try network().checkpoint(hasGate: false))
    tensors.removeAll { $0.name == "layer2.0.bn1.weight" }
    tensors.removeAll { $0.name == "fc.bias" }
    tensors.append(NamedTensor(name: "fc.bias", shape: [4], values: [1, 2, 3, 4]))
    tensors.append(NamedTensor(name: "layer4.weight", shape: [1], values: [1]))
    let error = #expect(throws: CSGError.self) {
      try network().load(try read(tensors), origin: "weights")
    }
    #expect(error?.exitCode == .configuration)
    for part in [
      "weights", "layer2.0.bn1.weight is missing", "fc.bias is [4]", "layer4.weight is unknown",
    ] { #expect(error?.message.contains(part) == true, "\(part)") }
  }

  @Test func aGateOfAnotherShapeIsRefused() throws {
    var checkpoint = try network().checkpoint(hasGate: true)
    checkpoint.gate = NamedTensor(
      name: "gate", shape: [1, 64], values: Array(repeating: 1, count: 64))
    #expect(throws: CSGError.self) { try network().load(checkpoint, origin: "test") }
  }
}
