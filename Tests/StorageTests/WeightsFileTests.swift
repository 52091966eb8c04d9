import Core
import Foundation
import Storage
import TestSupport
import Testing

/// What people hold in place of one safetensors file.
@Suite struct WeightsFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ path: String) throws -> [NamedTensor] {
    try WeightsFile.tensors(path) { $0.hasSuffix(".passed") }
  }

  private func expectRefused(
    _ path: String, _ message: String, _ remedy: String, code: ExitCode = .data,
    location: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: CSGError.self, sourceLocation: location) { try read(path) }
    let told = error.map { "\($0)" } ?? "nothing"
    #expect(error?.exitCode == code, "\(told)", sourceLocation: location)
    #expect(error?.message.contains(message) == true, "\(told)", sourceLocation: location)
    #expect(error?.remedy?.contains(remedy) == true, "\(told)", sourceLocation: location)
  }

  @Test(
    arguments: [
      (
        "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n", "Git LFS", "lfs pull"
      ),
      ("\n<!DOCTYPE html>\n<html><head>", "web page", "download"),
      ("<HTML><BODY>404", "web page", "download"), ("", "is empty", "fetch"),
      ("PK\u{3}\u{4}and what follows in a ZIP", "ZIP archive", "torch.load('"),
    ]) func textsAreKnownByHowTheyBegin(_ text: String, _ message: String, _ remedy: String) throws
  {
    expectRefused(try folder.write("a.safetensors", text), message, remedy)
  }

  @Test(
    arguments: [
      ([0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20], "pickle", "a.safetensors')"),
      // A frame of 20 bytes: as a length of safetensors it would be one.
      ([0x80, 4, 0x95, 20, 0, 0, 0, 0, 0, 0, 0, 0x7D], "pickle", "weights_only=True"),
      ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "gzip", "gunzip"),
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 3, 8], "HDF5", "checkpoint of csg-dist"),
    ] as [([UInt8], String, String)])
  func bytesAreKnownByHowTheyBegin(_ bytes: [UInt8], _ message: String, _ remedy: String) throws {
    expectRefused(try folder.write("a.pth", bytes), message, remedy)
  }

  /// A length of 640 begins as a pickle does.
  @Test func aSoundFileIsNotTakenForAnother() throws {
    let header = #"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#
    let padded = header + String(repeating: " ", count: 640 - header.utf8.count)
    let path = try folder.safetensors(padded, [3, 4])
    #expect(FileManager.default.contents(atPath: path)?.starts(with: [0x80, 2]) == true)
    #expect(try read(path) == [NamedTensor(name: "x", shape: [2], values: [3, 4])])
  }

  // MARK: Several files

  /// Two parts, of two tensors and one, and their index.
  private func parts(map: String? = nil) throws -> String {
    for (number, names) in [(1, ["a", "b.passed"]), (2, ["c"])] {
      try Safetensors.write(
        names.map { NamedTensor(name: $0, shape: [1], values: [Float(number)]) }, metadata: [:],
        to: folder("m-0000\(number)-of-00002.safetensors"))
    }
    let map =
      map ?? #""a": "m-00001-of-00002.safetensors", "b.passed": "m-00001-of-00002.safetensors", "#
      + #""c": "m-00002-of-00002.safetensors""#
    return try folder.write(
      "m.safetensors.index.json", #"{"metadata": {"total_size": 1}, "weight_map": {"# + map + "}}")
  }

  @Test func anIndexStandsForItsParts() throws {
    #expect(
      try read(parts()) == [
        NamedTensor(name: "a", shape: [1], values: [1]),
        NamedTensor(name: "c", shape: [1], values: [2]),
      ])
  }

  @Test func onePartAndAFolderLeadToTheIndex() throws {
    _ = try parts()
    expectRefused(
      folder("m-00002-of-00002.safetensors"), "part 2 of 2", "m.safetensors.index.json")
    expectRefused(
      folder.path, "is a folder", "\(folder.path)/m.safetensors.index.json", code: .noInput)
  }

  @Test(
    arguments: [
      (#""a": "m-00002-of-00002.safetensors""#, "lacks 'a'"),
      (
        #""c": "m-00002-of-00002.safetensors", "a": "m-00001-of-00002.safetensors", "#
          + #""d": "m-00001-of-00002.safetensors""#, "lacks 'd'"
      ),
      (#""c": "../m-00002-of-00002.safetensors""#, "beside it"), (#""c": "/etc/passwd""#, "beside"),
    ]) func anIndexThatIsWrongIsRefused(_ map: String, _ message: String) throws
  {
    let path = try parts(map: map)
    let error = #expect(throws: CSGError.self) { try read(path) }
    #expect(error?.exitCode == .data && error?.message.contains(message) == true)
  }

  @Test func aTensorThatTheIndexDoesNotNameIsRefused() throws {
    let path = try parts(map: #""b.passed": "m-00001-of-00002.safetensors""#)
    let error = #expect(throws: CSGError.self) { try read(path) }
    #expect(error?.exitCode == .data && error?.message.contains("holds 'a'") == true)
  }

  @Test func aMissingPartIsNamed() throws {
    let path = try parts()
    try FileManager.default.removeItem(atPath: folder("m-00002-of-00002.safetensors"))
    let error = #expect(throws: CSGError.self) { try read(path) }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.contains("m-00002-of-00002.safetensors") == true)
  }

  @Test func anotherJSONIsNoIndex() throws {
    expectRefused(
      try folder.write("config.json", #"{"architectures": []}"#), "no weight_map", ".safetensors")
  }
}
