import Core
import Foundation
import Storage
import TestSupport
import Testing

struct CheckpointTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A small run with every field filled; more than eight tensors and attributes, which HDF5 by
  /// default moves into heaps without checksums, and crashes on where they are damaged.
  private func sample() -> Checkpoint {
    var random = RandomValues(seed: 31)
    func tensor(_ name: String, _ shape: Int...) -> NamedTensor {
      NamedTensor(name: name, shape: shape, values: random.floats(shape.reduce(1, *)))
    }
    let parameters = (0..<10).map { tensor("layer1.\($0).conv1.weight", 2, 3, 3, 3) }
    var checkpoint = Checkpoint(
      architecture: "resnet20", classes: 10, channels: 3, parameters: parameters,
      buffers: [tensor("bn1.running_mean", 4), tensor("bn1.running_var", 4)],
      gate: tensor("gate", 10, 4))
    checkpoint.step = 1234
    checkpoint.epoch = 5
    checkpoint.stepInEpoch = 34
    checkpoint.configuration = "name: run\nseed: 7 # θ\n"
    checkpoint.dataFingerprint = "train 0123\ntest 4567\n"
    checkpoint.provenance = "version: 0.1.0\nranks: 4\n"
    checkpoint.classNames = ["été", "\"cat\" / \\", "🎲", "", "e\u{301}"] + (5..<10).map { "\($0)" }
    checkpoint.preprocessing = Preprocessing(
      stored: .init(jpeg: true, size: nil), height: 56, width: 56, resize: 64,
      mean: [0.1, 1 / 3, -0.0], std: [.pi, 5e-324, 1e300])
    checkpoint.optimizer = [
      "standard": parameters, "gated": [tensor("gate", 10, 4), tensor("linear.bias", 10)],
      "adam": [tensor("steps", 1)], "adam/second_moment": parameters,
    ]
    checkpoint.history = ["train_loss": [2.5, .pi, -0.0], "path": [], "seconds": [1e300]]
    return checkpoint
  }

  private func isSame(_ a: Checkpoint, _ b: Checkpoint) -> Bool {
    a.architecture == b.architecture && a.classes == b.classes && a.channels == b.channels
      && a.step == b.step && a.epoch == b.epoch && a.stepInEpoch == b.stepInEpoch
      && a.configuration == b.configuration && a.dataFingerprint == b.dataFingerprint
      && a.classNames?.map { Array($0.utf8) } == b.classNames?.map { Array($0.utf8) }
      && a.preprocessing == b.preprocessing
      && a.provenance == b.provenance && a.parameters == b.parameters && a.buffers == b.buffers
      && a.gate == b.gate && a.optimizer == b.optimizer && a.history == b.history
  }

  // MARK: Round trip

  @Test func everyFieldComesBack() throws {
    let written = sample()
    try written.write(to: folder("c.h5"))
    #expect(folder.listing() == ["c.h5"])
    let read = try Checkpoint(reading: folder("c.h5"))
    #expect(isSame(read, written))
    #expect(read.stateDigest == written.stateDigest)
  }

  /// The digest of a result is that of its tensors: what describes it changes nothing.
  @Test func aDescriptionLeavesTheStateAsItIs() throws {
    var plain = sample()
    plain.preprocessing = nil
    #expect(plain.stateDigest == sample().stateDigest)
    #expect(try plain.contentDigest != sample().contentDigest)
  }

  @Test func aBareNetworkComesBack() throws {
    let written = Checkpoint(
      architecture: "resnet110", classes: 100, channels: 1, parameters: [], buffers: [], gate: nil)
    try written.write(to: folder("c.h5"))
    let read = try Checkpoint(reading: folder("c.h5"))
    #expect(isSame(read, written))
    #expect(read.configuration == nil && read.gate == nil && read.architecture == "resnet110")
  }

  /// As many tensors as a ResNet-110 has, and more.
  @Test func hundredsOfTensorsComeBack() throws {
    let names = (1000..<1400).map { "layer3.\($0).conv1.weight" }
    let tensors = names.map { NamedTensor(name: $0, shape: [2], values: [1, 2]) }
    let written = Checkpoint(
      architecture: "resnet110", classes: 10, channels: 3, parameters: tensors, buffers: [],
      gate: nil)
    try written.write(to: folder("c.h5"))
    #expect(try Checkpoint(reading: folder("c.h5")).parameters == tensors)
  }

  @Test func anExistingCheckpointIsReplaced() throws {
    var checkpoint = sample()
    try checkpoint.write(to: folder("c.h5"))
    checkpoint.step += 1
    try checkpoint.write(to: folder("c.h5"))
    #expect(try Checkpoint(reading: folder("c.h5")).step == 1235)
    #expect(folder.listing() == ["c.h5"])
  }

  @Test(arguments: [
    ("epoch", 1 << 62), ("epoch", -1), ("step", -5), ("step_in_epoch", 1 << 40), ("classes", 1),
    ("channels", 0),
  ])
  func numbersBeyondAnyRunAreRefused(name: String, value: Int) throws {
    var checkpoint = sample()
    switch name {
    case "epoch": checkpoint.epoch = value
    case "step": checkpoint.step = value
    case "step_in_epoch": checkpoint.stepInEpoch = value
    case "classes": (checkpoint.classes, checkpoint.classNames) = (value, nil)
    default: checkpoint.channels = value
    }
    try checkpoint.write(to: folder("c.h5"))
    let error = #expect(throws: CSGError.self) { try Checkpoint(reading: folder("c.h5")) }
    #expect(error?.exitCode == .data && error?.message.contains("\(name) is \(value)") == true)
  }

  @Test func thousandsOfClassNamesComeBack() throws {
    var checkpoint = Checkpoint(
      architecture: "resnet20", classes: 20_000, channels: 3, parameters: [], buffers: [], gate: nil
    )
    checkpoint.classNames = (0..<20_000).map { "n\($0) été" }
    try checkpoint.write(to: folder("c.h5"))
    #expect(try Checkpoint(reading: folder("c.h5")).classNames == checkpoint.classNames)
  }

  // MARK: State digest

  @Test func theStateDigestPassesOverWhatIsNotState() {
    let digest = sample().stateDigest
    var other = sample()
    other.provenance = "elsewhere"
    other.history = [:]
    other.configuration = nil
    other.dataFingerprint = nil
    other.parameters.reverse()
    #expect(other.stateDigest == digest)
  }

  @Test(arguments: [
    "parameters", "buffers", "gate", "standard", "gated", "adam", "adam/second_moment", "no gate",
    "name",
  ])
  func theStateDigestSeesEveryTensor(kind: String) throws {
    func changed(_ tensor: NamedTensor) -> NamedTensor {
      var values = tensor.values
      values[values.count - 1] = values[values.count - 1].nextUp
      return NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
    }
    var other = sample()
    switch kind {
    case "parameters": other.parameters[3] = changed(other.parameters[3])
    case "buffers": other.buffers[1] = changed(other.buffers[1])
    case "gate": other.gate = other.gate.map(changed)
    case "no gate": other.gate = nil
    case "name":
      let old = other.buffers[0]
      other.buffers[0] = NamedTensor(name: "bn2", shape: old.shape, values: old.values)
    default: other.optimizer[kind] = try #require(other.optimizer[kind]).map(changed)
    }
    #expect(other.stateDigest != sample().stateDigest)
  }

  // MARK: Damage

  /// Whether reading finds the damage; a fault of another kind, or other content, is an issue.
  private func isDetected(
    _ bytes: [UInt8], _ original: Checkpoint, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Bool {
    let path = try folder.write("damaged.h5", bytes)
    do {
      let read = try Checkpoint(reading: path)
      #expect(
        isSame(read, original), "\(what) changed what is read", sourceLocation: sourceLocation)
      return false
    } catch let error as CSGError {
      #expect(
        [.data, .noInput, .inputOutput].contains(error.exitCode), "\(what): \(error)",
        sourceLocation: sourceLocation)
      return true
    }
  }

  /// Each flip of one bit is found, or lies where nothing is read. In a process of its own, for
  /// damaged files have crashed the library.
  @Test func flippedBitsAreDetectedOrHarmless() async {
    await #expect(processExitsWith: .success) { try CheckpointTests().flipBits() }
  }

  private func flipBits() throws {
    let original = sample()
    try original.write(to: folder("c.h5"))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder("c.h5"))))
    var random = RandomValues(seed: 32)
    var detected = 0
    for flip in 0..<100 {
      let place = random.below(bytes.count)
      let bit = random.below(8)
      var damaged = bytes
      damaged[place] ^= 1 << UInt8(bit)
      let what = "flip \(flip) (byte \(place), bit \(bit))"
      if try isDetected(damaged, original, what) { detected += 1 }
    }
    #expect(detected >= 50, "most of the file is content")
  }

  @Test func cutFilesAreDetected() throws {
    let original = sample()
    try original.write(to: folder("c.h5"))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder("c.h5"))))
    var random = RandomValues(seed: 33)
    let lengths = [0, 1, 8, 48, bytes.count - 1] + (0..<20).map { _ in random.below(bytes.count) }
    for length in lengths {
      let isFound = try isDetected(Array(bytes.prefix(length)), original, "cut at \(length)")
      #expect(isFound, "cut at \(length) of \(bytes.count)")
    }
  }

  @Test func aDamagedTensorIsAnswered() throws {
    let original = sample()
    try original.write(to: folder("c.h5"))
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder("c.h5"))))
    let values = try #require(original.gate).values.withUnsafeBytes { [UInt8]($0) }
    bytes[try #require(bytes.firstRange(of: values)).lowerBound + 5] ^= 1
    let path = try folder.write("damaged.h5", bytes)
    let error = #expect(throws: CSGError.self) { try Checkpoint(reading: path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("does not match its digest") == true)
  }

  // MARK: Foreign files

  private func file(_ attributes: [(String, String)], version: Int?) throws -> String {
    let path = folder("foreign.h5")
    let file = try HDF5File(creating: path)
    for (name, text) in attributes { try file.setAttribute(name, text) }
    if let version { try file.setAttribute("version", version) }
    try file.close()
    return path
  }

  @Test func aNewerVersionIsRefused() throws {
    let path = try file([("format", "csg-dist checkpoint")], version: 2)
    let error = #expect(throws: CSGError.self) { try Checkpoint(reading: path) }
    #expect(error?.exitCode == .data)
    #expect(error?.isDamage == false, "resuming must not pass over it")
    #expect(error?.message.contains("newer") == true)
  }

  @Test func aCheckpointWithoutItsDigestIsRefused() throws {
    let path = try file([("format", "csg-dist checkpoint")], version: 1)
    let error = #expect(throws: CSGError.self) { try Checkpoint(reading: path) }
    #expect(error?.exitCode == .data)
  }

  @Test(arguments: [nil, "csg-dist shard"])
  func anotherKindOfFileIsRefused(format: String?) throws {
    let path = try file(format.map { [("format", $0)] } ?? [], version: 1)
    let error = #expect(throws: CSGError.self) { try Checkpoint(reading: path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("no csg-dist checkpoint") == true)
  }

  @Test func aMissingCheckpointIsNamed() {
    let error = #expect(throws: CSGError.self) { try Checkpoint(reading: folder("none.h5")) }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.contains("none.h5") == true)
  }

  @Test func aCheckpointThatCannotBeWrittenLeavesNothing() throws {
    let path = try folder.write("file", "x") + "/c.h5"
    let error = #expect(throws: CSGError.self) { try sample().write(to: path) }
    #expect(error?.exitCode == .cannotCreate)
    #expect(folder.listing() == ["file"])
  }
}
