import Attacks
import Core
import Storage
import TestSupport
import Testing

/// Files of attacks that are not what they should be.
@Suite struct AttackReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A file of two samples of one value and two classes.
  private func reader(
    labels: [Int32] = [0, 1], targets: [Int32] = [1, -1], logits: [Float] = [1, 2, 3, 4],
    pictures: [Float] = [0, 1], summary: String? = nil, format: Int = 1,
    name: String = "a.h5"
  ) throws -> AttackReader {
    let path = folder(name)
    let file = try HDF5File(creating: path)
    func write<Value: HDF5Element>(_ name: String, _ values: [Value], row: [Int] = []) throws {
      let shape = [2] + row
      try file.write(values, shape: shape, chunk: shape, to: name)
    }
    if let summary { try file.setAttribute("summary", summary) }
    try file.setAttribute("format", format)
    try file.setAttribute("version", "0.1.0")
    try write("samples", [4, 9] as [Int32])
    for name in ["was_correct", "was_attacked", "success"] { try write(name, [1, 0] as [UInt8]) }
    try write("labels", labels)
    try write("targets", targets)
    try write("adversarial", pictures, row: [1, 1, 1])
    try write("original_u8", [0, 255] as [UInt8], row: [1, 1, 1])
    try write("logits_before", logits, row: [2])
    try file.close(verifying: path)
    return try AttackReader(path, values: 1)
  }

  @Test func aNewerFormatIsCalledThat() {
    expectData("comes from a newer csg-dist") { _ = try reader(format: 2) }
  }

  private func expectData(_ words: String, _ body: () throws -> Void) {
    let error = #expect(throws: CSGError.self, performing: body)
    #expect(error?.exitCode == .data && error?.message.contains(words) == true)
  }

  @Test func rowsAreRead() throws {
    let reader = try reader()
    #expect(try reader.classes("labels", of: 2) == [0, 1])
    #expect(try reader.classes("targets", of: 2) == [1, -1])
    var found: [Int: [Float]] = [:]
    try reader.forEachLogits(.before, rows: [1, 0], classes: 2) { found[$0] = $1 }
    #expect(found == [0: [1, 2], 1: [3, 4]])
  }

  @Test func numbersThatAreNoClassesAreTold() throws {
    let reader = try reader(labels: [-1, 2], targets: [-2, 0])
    expectData("labels has -1") { _ = try reader.classes("labels", of: 3) }
    expectData("targets has -2") { _ = try reader.classes("targets", of: 3) }
    let other = try self.reader(labels: [0, 2], name: "b.h5")
    expectData("labels has 2, which is none of 2 classes") {
      _ = try other.classes("labels", of: 2)
    }
  }

  @Test func logitsThatAreNoneAreTold() throws {
    let reader = try reader(logits: [1, 2, .nan, 4])
    expectData("logits_before[1]") {
      try reader.forEachLogits(.before, rows: [0, 1], classes: 2) { _, _ in }
    }
    expectData("not 2 samples of 3 classes") {
      try reader.forEachLogits(.before, rows: [0], classes: 3) { _, _ in }
    }
    #expect(throws: CSGError.self, "there is none") {
      try reader.forEachLogits(.after, rows: [0], classes: 2) { _, _ in }
    }
  }

  @Test func picturesOutsideOfTheBoxAreTold() throws {
    let reader = try reader(pictures: [0.5, 1.5])
    #expect(try reader.picture(0) == [0.5])
    expectData("adversarial[1] has a value outside [0, 1]") { _ = try reader.picture(1) }
  }

  @Test(arguments: [nil, "", "{}", "{\"samples\": 3}"]) func summariesThatTellTooLittleAreTold(
    _ text: String?
  ) throws {
    let reader = try reader(summary: text)
    expectData("does not tell what the attack came to") { _ = try reader.summary() }
  }
}
