import Core
import Datasets
import Foundation
import TestSupport
import Testing

struct ManifestTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try Samples.dataset(Samples.raw(train: 23), shards: 2, in: folder)
  }

  /// Replaces a text of the manifest by another.
  private func change(_ old: String, _ new: String) throws {
    let path = folder("set/train/manifest.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try #require(text.contains(old))
    // Without its own digest, which would tell first.
    let unsealed = text.replacing(
      /"digest" : "[0-9a-f]{32}",\n  "fingerprint"/, with: "\"fingerprint\"")
    try folder.write(
      "set/train/manifest.json", unsealed.replacingOccurrences(of: old, with: new))
  }

  @Test(arguments: [
    ("T-shirt/top", "T-shirt"), ("\"mean\" : [\n    0.", "\"mean\" : [\n    0.1"),
    ("\"source\" : \"", "\"source\" : \"other "), ("\"index\" : \"", "\"unknown\" : \""),
  ])
  func whatNothingElseChecksItsOwnDigestDoes(old: String, new: String) throws {
    let path = folder("set/train/manifest.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try #require(text.contains(old))
    try folder.write(
      "set/train/manifest.json", text.replacingOccurrences(of: old, with: new))
    let error = #expect(throws: CSGError.self) { try Manifest(folder: folder("set/train")) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("its own digest") == true)
  }

  @Test func aGoodManifestIsRead() throws {
    let manifest = try Manifest(folder: folder("set/train"))
    #expect(manifest.count == 23 && manifest.height == 6 && manifest.width == 5)
    #expect(manifest.shards.map(\.first) == [0, 11] && manifest.shards.map(\.count) == [11, 12])
    #expect(manifest.shards.map(\.file) == ["shard-00000.h5", "shard-00001.h5"])
  }

  @Test(arguments: [
    ("\"count\" : 23", "\"count\" : 24"), ("\"first\" : 11", "\"first\" : 12"),
    ("\"count\" : 11", "\"count\" : 0"), ("\"count\" : 12", "\"count\" : -12"),
    ("\"count\" : 12", "\"count\" : 13"), ("\"height\" : 6", "\"height\" : 0"),
    ("\"width\" : 5", "\"width\" : 65537"), ("\"channels\" : 1", "\"channels\" : 2"),
    ("\"channels\" : 1", "\"channels\" : 3"), ("\"file\" : \"", "\"file\" : \"../train/"),
    ("\"fingerprint\" : \"", "\"fingerprint\" : \"0"), ("\"digest\" : \"", "\"digest\" : \"0"),
    ("\"format\" : \"csg-dist data set\"", "\"format\" : \"another\""),
    ("\"version\" : 1", "\"version\" : 2"), ("\"split\"", "\"splits\""), ("{", "["),
    ("\"height\" : 6", "\"height\" : 6.5"), ("\"height\" : 6", "\"height\" : \"6\""),
  ])
  func aManifestThatContradictsItselfIsRefused(old: String, new: String) throws {
    try change(old, new)
    let error = #expect(throws: CSGError.self) { try Manifest(folder: folder("set/train")) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix(folder("set/train/manifest.json")) == true)
  }

  /// Whatever fields that version has.
  @Test func aNewerManifestIsCalledThat() throws {
    try folder.write(
      "set/train/manifest.json", #"{"format": "csg-dist data set", "version": 2, "more": []}"#)
    let error = #expect(throws: CSGError.self) { try Manifest(folder: folder("set/train")) }
    #expect(error?.exitCode == .data && error?.isOfNewerFile == true)
  }

  @Test func filesOfOneChannelAreRefused() throws {
    try change("\"storage\" : \"raw\"", "\"storage\" : \"jpeg\"")
    let error = #expect(throws: CSGError.self) { try Manifest(folder: folder("set/train")) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("promises JPEG files with 1 channel") == true)
  }

  @Test func filesWithMasksAreRefused() throws {
    try change("\"channels\" : 1", "\"channels\" : 3, \"masks\" : true")
    let manifest = try Manifest(folder: folder("set/test"))
    for (key, value) in [("mean", manifest.mean[0]), ("std", manifest.std[0])] {
      try change("\"\(key)\" : [", "\"\(key)\" : [ \(value), \(value),")
    }
    #expect(try Manifest(folder: folder("set/train")).hasMasks)
    try change("\"storage\" : \"raw\"", "\"storage\" : \"jpeg\"")
    let error = #expect(throws: CSGError.self) { try Manifest(folder: folder("set/train")) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("promises JPEG files with masks") == true)
  }

  /// Counts whose sum is beyond an Int.
  @Test func hugeCountsDoNotCrash() async {
    await #expect(processExitsWith: .success) {
      let test = try ManifestTests()
      try test.change("\"count\" : 11", "\"count\" : \(Int.max)")
      try test.change("\"first\" : 11", "\"first\" : \(Int.max)")
      #expect(throws: CSGError.self) { try Manifest(folder: test.folder("set/train")) }
    }
  }

  /// The manifest agrees with itself, but not with its shards.
  @Test(arguments: [
    ("\"height\" : 6", "\"height\" : 5"), ("\"width\" : 5", "\"width\" : 6"),
    ("\"split\" : \"train\"", "\"split\" : \"test\""),
  ])
  func aManifestThatContradictsItsShardsIsRefused(old: String, new: String) throws {
    try change(old, new)
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.contains("shard-00000.h5") == true)
  }

  @Test func aMissingManifestIsNamed() {
    let error = #expect(throws: CSGError.self) { try Manifest(folder: folder("none")) }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.contains(folder("none/manifest.json")) == true)
  }
}
