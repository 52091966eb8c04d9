import Core
import Kernels
import Network
import Storage
import Testing
import Inference

/// What a network takes from a checkpoint, and what it refuses.
@Suite struct NetworkCheckpointTests {
  private func network() throws -> Network {
    let network = try Network(
      architecture: Architecture("resnet8"), channels: 1, classes: 3, height: 8,
      width: 8, capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    network.initialize(seed: 1)
    return network
  }

  @Test func aTensorThatACheckpointHoldsTwiceIsNamed() throws {
    var checkpoint = try network().checkpoint(hasGate: false)
    checkpoint.parameters.append(checkpoint.parameters[0])
    let error = #expect(throws: CSGError.self) { try network().load(checkpoint, origin: "test") }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.contains("conv1.weight is there twice") == true)
  }

  @Test func aGateOfAnotherShapeIsRefused() throws {
    var checkpoint = try network().checkpoint(hasGate: true)
    checkpoint.gate = NamedTensor(
      name: "gate", shape: [1, 64], values: Array(repeating: 1, count: 64))
    #expect(throws: CSGError.self) { try network().load(checkpoint, origin: "test") }
  }

  /// Loads a checkpoint with one value replaced.
  private func expectRefusal(
    of value: Float, at index: Int, in list: WritableKeyPath<Checkpoint, [NamedTensor]>,
    _ name: String, _ message: String
  ) throws {
    var checkpoint = try network().checkpoint(hasGate: true)
    let place = try #require(checkpoint[keyPath: list].firstIndex { $0.name == name })
    let tensor = checkpoint[keyPath: list][place]
    var values = tensor.values
    values[index] = value
    checkpoint[keyPath: list][place] = NamedTensor(
      name: name, shape: tensor.shape, values: values)
    let loaded = try network()
    let before = loaded.checkpoint(hasGate: true).stateDigest
    let error = #expect(throws: CSGError.self) { try loaded.load(checkpoint, origin: "test") }
    #expect(error?.exitCode == .data)
    #expect(error?.message == "test: \(message)")
    #expect(loaded.checkpoint(hasGate: true).stateDigest == before, "nothing is taken")
  }

  @Test func valuesThatATensorCannotHaveAreNamed() throws {
    try expectRefusal(
      of: .nan, at: 9 * 3 + 5, in: \.parameters, "conv1.weight",
      "conv1.weight holds nan at [3, 0, 1, 2] (element 32)")
    try expectRefusal(
      of: -.infinity, at: 2, in: \.parameters, "fc.bias", "fc.bias holds -inf at [2]")
    try expectRefusal(
      of: .nan, at: 0, in: \.buffers, "bn1.running_mean", "bn1.running_mean holds nan at [0]")
    try expectRefusal(
      of: -0.5, at: 7, in: \.buffers, "bn1.running_var",
      "bn1.running_var holds -0.5 at [7]: no variance is below 0")
  }

  @Test(arguments: [(-0.25, "-0.25"), (1.5, "1.5"), (.nan, "nan")] as [(Float, String)])
  func aGateOutsideZeroToOneIsNamed(entry: Float, text: String) throws {
    var checkpoint = try network().checkpoint(hasGate: true)
    var values = [Float](repeating: 1, count: 3 * 64)
    values[64 + 3] = entry
    checkpoint.gate = NamedTensor(name: "gate", shape: [3, 64], values: values)
    checkpoint.configuration = "gate: { projection: largest }"
    let error = #expect(throws: CSGError.self) { try network().load(checkpoint, origin: "test") }
    #expect(error?.exitCode == .data)
    #expect(
      error?.message == "test: gate holds \(text) at [1, 3] (element 67)"
        + (entry.isNaN ? "" : ", not within [0, 1]"))
  }

  /// A run may leave G as its steps made it; weights from elsewhere may be of such a run.
  @Test(arguments: [nil, "gate: { projection: none }"])
  func aGateThatNoProjectionBoundsIsTaken(configuration: String?) throws {
    var checkpoint = try network().checkpoint(hasGate: true)
    let values = (0..<3 * 64).map { Float($0) / 64 - 1 }
    checkpoint.gate = NamedTensor(name: "gate", shape: [3, 64], values: values)
    checkpoint.configuration = configuration
    let network = try network()
    try network.load(checkpoint, origin: "test")
    #expect(network.gate.matrix.array == values)
  }
}
