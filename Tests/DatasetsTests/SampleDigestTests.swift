import Core
import Datasets
import Foundation
import Storage
import TestSupport
import Testing

/// What is read for a sample is what was written for it, though HDF5's own check is content.
struct SampleDigestTests {
  private let folder: TemporaryFolder
  private let raw: RawDataset

  init() throws {
    folder = try TemporaryFolder()
    raw = try Samples.raw()
    _ = try Samples.dataset(raw, shards: 3, in: folder)
  }

  private var shard: String { folder("set/train/shard-00001.h5") }
  private var firstOfShard: Int { raw.train.count / 3 }

  private func bytes() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: shard)))
  }

  private func write(_ bytes: [UInt8]) throws {
    try folder.write("set/train/shard-00001.h5", bytes)
  }

  /// Overwrites a run of bytes and, behind it, the chunk's checksum, by zeros: a lost write.
  private func zero(_ run: [UInt8]) throws {
    var content = try bytes()
    let place = try #require(content.firstRange(of: run)).lowerBound
    for byte in place..<place + run.count + 4 { content[byte] = 0 }
    try write(content)
  }

  private func expectDamage(_ text: String, _ body: () throws -> Void) {
    let error = #expect(throws: CSGError.self) { try body() }
    #expect(error?.exitCode == .data, "\(String(describing: error))")
    #expect(error?.message.contains("\(shard): \(text)") == true, "\(String(describing: error))")
  }

  /// The Fletcher-32 of zeros is zero.
  @Test func aZeroedImageIsNotRead() throws {
    try zero(raw.train.image(firstOfShard + 2))
    let dataset = try Dataset(folder: folder("set/train"))
    #expect(try dataset.image(firstOfShard + 1) == raw.train.image(firstOfShard + 1))
    expectDamage("images[2]: is damaged: what is read is not what was written") {
      _ = try dataset.image(firstOfShard + 2)
    }
    #expect(throws: CSGError.self) { try dataset.verify() }
  }

  @Test func zeroedLabelsAreRefusedAtOpening() throws {
    let labels = raw.train.labels[firstOfShard..<2 * raw.train.count / 3]
    try zero(labels.withUnsafeBytes { [UInt8]($0) })
    expectDamage("is damaged: its labels") { _ = try Dataset(folder: folder("set/train")) }
  }

  @Test func zeroedDigestsAreRefusedAtOpening() throws {
    let digests = (0..<4).flatMap { i in
      withUnsafeBytes(of: UInt64.xxh3(raw.train.image(firstOfShard + i)).littleEndian) { Array($0) }
    }
    try zero(digests)
    expectDamage("is damaged: its labels") { _ = try Dataset(folder: folder("set/train")) }
  }

  /// Two samples that have changed places are each whole.
  @Test func aSampleInAnothersPlaceIsNotRead() throws {
    var content = try bytes()
    let (a, b) = (raw.train.image(firstOfShard), raw.train.image(firstOfShard + 1))
    let (placeA, placeB) = (
      try #require(content.firstRange(of: a)).lowerBound,
      try #require(content.firstRange(of: b)).lowerBound
    )
    let length = a.count + 4
    let (runA, runB) = (content[placeA..<placeA + length], content[placeB..<placeB + length])
    content.replaceSubrange(placeA..<placeA + length, with: Array(runB))
    content.replaceSubrange(placeB..<placeB + length, with: Array(runA))
    try write(content)
    let dataset = try Dataset(folder: folder("set/train"))
    expectDamage("images[0]: is damaged") { _ = try dataset.image(firstOfShard) }
  }

  @Test func aShardThatIsCutWhileItIsReadIsNamed() throws {
    let dataset = try Dataset(folder: folder("set/train"))
    let whole = try bytes().count
    #expect(truncate(shard, off_t(1024)) == 0)
    let images = (0..<raw.train.count / 3).map { firstOfShard + $0 }
    expectDamage("was cut to 1024 bytes while it was read; it had \(whole)") {
      for sample in images { _ = try dataset.image(sample) }
    }
  }

  // MARK: Older data sets

  /// Makes the data set one of a version without digests of samples.
  private func makeOld() throws {
    let path = folder("set/train/manifest.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
      .replacing(/"digest" : "[0-9a-f]{32}",\n  "fingerprint"/, with: "\"fingerprint\"")
      .replacing(/\ *"index" : "[0-9a-f]{32}",?\n/, with: "")
      .replacing(/("first" : \d+),\n *\}/) { "\($0.1)\n}" }
    try folder.write("set/train/manifest.json", text)
  }

  @Test func anOlderSetIsReadWithAWordAndCanBeSealed() throws {
    let before = try Manifest(folder: folder("set/train"))
    try makeOld()
    let old = try Dataset(folder: folder("set/train"))
    #expect(old.manifest.digest == nil && old.manifest.shards.allSatisfy { $0.index == nil })
    #expect(old.caution?.contains("--write-digests") == true)
    #expect(try old.image(3) == raw.train.image(3))
    try old.verify()
    try old.writeDigests { _ in }
    let sealed = try Dataset(folder: folder("set/train"))
    #expect(sealed.caution == nil && sealed.manifest.fingerprint == before.fingerprint)
    #expect(sealed.manifest.shards.map(\.index) == before.shards.map(\.index))
    #expect(sealed.manifest.digest == before.digest)
    try zero(raw.train.image(firstOfShard + 2))
    #expect(throws: CSGError.self) {
      try Dataset(folder: folder("set/train")).image(firstOfShard + 2)
    }
  }

  /// An update that was killed left other digests: they are replaced, and the manifest waits for that.
  @Test func digestsOfAnUpdateThatWasKilledAreReplaced() throws {
    try makeOld()
    let file = try HDF5File(updating: shard)
    for name in try file.datasetNames() where name == "digests" { try file.remove(name) }
    try file.write([Float](repeating: 1, count: 3), shape: [3], to: "digests")
    try file.close()
    let old = try Dataset(folder: folder("set/train"))
    try old.verify()
    try old.writeDigests { _ in }
    let sealed = try Dataset(folder: folder("set/train"))
    #expect(sealed.caution == nil)
    try sealed.verify()
  }

  /// A shard may lie on another disk and be a link here.
  @Test func aLinkedShardIsSealedByACopy() throws {
    try makeOld()
    let moved = folder("elsewhere.h5")
    try FileManager.default.moveItem(atPath: shard, toPath: moved)
    try FileManager.default.createSymbolicLink(atPath: shard, withDestinationPath: moved)
    let before = try Data(contentsOf: URL(fileURLWithPath: moved))
    try Dataset(folder: folder("set/train")).writeDigests { _ in }
    try Dataset(folder: folder("set/train")).verify()
    #expect(try Data(contentsOf: URL(fileURLWithPath: moved)) == before)
  }

  @Test func aCutOlderShardIsNoticedAllTheSame() throws {
    try makeOld()
    let dataset = try Dataset(folder: folder("set/train"))
    #expect(truncate(shard, off_t(1024)) == 0)
    expectDamage("was cut to 1024 bytes") {
      for sample in 0..<raw.train.count { _ = try dataset.image(sample) }
    }
  }
}
