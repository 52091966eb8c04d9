import Core
import Storage
import TestSupport
import Testing

/// The format's rules: every byte a tensor's, and no name twice.
struct SafetensorsHeaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func entry(_ name: String, _ first: Int, _ end: Int) -> String {
    #""\#(name)":{"dtype":"U8","shape":[\#(end - first)],"data_offsets":[\#(first),\#(end)]}"#
  }

  private func refuse(
    _ entries: [String], _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = try folder.safetensors(
      "{\(entries.joined(separator: ","))}", [UInt8](repeating: 1, count: 8))
    let error = #expect(throws: CSGError.self, sourceLocation: sourceLocation) {
      try Safetensors.read(path)
    }
    #expect(error?.exitCode == .data, sourceLocation: sourceLocation)
    #expect(error?.message == "\(path): \(message)", sourceLocation: sourceLocation)
  }

  @Test func overlappingTensorsAreNamed() throws {
    try refuse([entry("a", 0, 8), entry("b", 0, 8)], "the bytes of 'a' and 'b' overlap")
    try refuse([entry("b", 0, 5), entry("a", 4, 8)], "the bytes of 'b' and 'a' overlap")
    try refuse([entry("a", 0, 8), entry("b", 2, 3)], "the bytes of 'a' and 'b' overlap")
    try refuse([entry("a", 0, 8), entry("b", 2, 2)], "the bytes of 'a' and 'b' overlap")
    // The bytes before them belong to no tensor: the lesser fault.
    try refuse([entry("a", 2, 8), entry("b", 2, 8)], "the bytes of 'a' and 'b' overlap")
  }

  @Test func bytesOfNoTensorAreNamed() throws {
    try refuse([entry("a", 1, 8)], "bytes 0 to 0 of the 8 after its header belong to no tensor")
    try refuse(
      [entry("a", 0, 2), entry("b", 4, 8)],
      "bytes 2 to 3 of the 8 after its header belong to no tensor")
    try refuse([entry("a", 0, 5)], "bytes 5 to 7 of the 8 after its header belong to no tensor")
    try refuse([], "bytes 0 to 7 of the 8 after its header belong to no tensor")
    try refuse([entry("a", 0, 9)], "'a' lies outside the file, or is cut")
  }

  @Test func emptyTensorsLieBetweenOthers() throws {
    let entries = [
      entry("empty", 0, 0), entry("b", 0, 8), entry("last", 8, 8),
      #""none":{"dtype":"F32","shape":[2,0,3],"data_offsets":[8,8]}"#,
    ]
    let path = try folder.safetensors(
      "{\(entries.joined(separator: ","))}", [UInt8](repeating: 1, count: 8))
    let read = try Safetensors.read(path)
    #expect(read.map(\.name) == ["b", "empty", "last", "none"])
    #expect(read.map(\.values.count) == [8, 0, 0, 0])
  }

  @Test func bytesAreThoseOfTheShape() throws {
    try refuse(
      [#""a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#],
      "'a' has 8 bytes, but F32 [3] takes 12")
  }

  @Test(arguments: [
    ("a", "a"), (#"\u0061"#, "a"), ("é", "é"), (#"x\"y"#, #"x\u0022y"#), (#"\\"#, #"\u005c"#),
  ])
  func aNameThatStandsTwiceIsRefused(first: String, second: String) throws {
    let path = try folder.safetensors(
      "{\(entry(first, 0, 8)), \n\(entry(second, 0, 8))}", [UInt8](repeating: 1, count: 8))
    let error = #expect(throws: CSGError.self) { try Safetensors.read(path) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasSuffix("twice") == true, "\(error?.message ?? "")")
  }

  @Test func aFieldThatStandsTwiceIsRefused() throws {
    try refuse(
      [#""a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"dtype":"I8"}"#],
      "its header holds the key 'dtype' twice")
  }

  /// Names and notes full of what structures JSON.
  @Test func namesAndNotesMayHoldAnything() throws {
    let header = #"""
      {"__metadata__": {"dtype": "dtype", "{": "\"a\":", "a": ":", "\\": "}],", "": "\\"},
       "a:{[": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]},
       "a\"": {"dtype" : "U8", "shape": [4], "data_offsets": [4, 8]}}
      """#
    let path = try folder.safetensors(header, [UInt8](repeating: 1, count: 8))
    #expect(try Safetensors.read(path).map(\.name) == [#"a""#, "a:{["])
  }

  @Test func textThatIsNotUTF8IsRefused() throws {
    let header = bytes("{\(entry("a", 0, 8))}".utf8.map(UInt16.init))
    let content = [UInt8](repeating: 1, count: 8)
    let path = try folder.write("wide", bytes([UInt64(header.count)]) + header + content)
    let error = #expect(throws: CSGError.self) { try Safetensors.read(path) }
    #expect(error?.message.contains("is not a JSON object") == true)
  }
}
