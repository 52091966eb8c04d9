import Core
import Datasets
import Foundation
import TestSupport
import Testing

struct DatasetWriterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Name and bytes of everything in the folder.
  private func contents() -> [String: Data?] {
    Dictionary(
      uniqueKeysWithValues: folder.listing().map {
        ($0, FileManager.default.contents(atPath: folder($0)))
      })
  }

  @Test(arguments: [1, 3, 5])
  func unshuffledOrderIsSourceOrderWhateverTheShards(shards: Int) throws {
    let raw = try Samples.raw()
    try DatasetWriter.write(raw, to: folder("set"), shards: shards) { _ in }
    for (name, split) in [("train", raw.train), ("test", raw.test)] {
      let dataset = try Dataset(folder: folder("set/\(name)"))
      #expect(dataset.count == split.count && dataset.imageBytes == 30)
      #expect(dataset.manifest.shards.count == shards)
      #expect(dataset.manifest.split == name && dataset.manifest.classes == raw.classes)
      for sample in 0..<split.count {
        #expect(try dataset.image(sample) == split.image(sample), "\(name) \(sample)")
        #expect(dataset.label(sample) == split.labels[sample], "\(name) \(sample)")
      }
      #expect(throws: Never.self) { try dataset.verify() }
    }
  }

  @Test func colourImagesComeBack() throws {
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      try folder.write("in/\(name)", [3] + Samples.bytes(3072, seed: 5))
    }
    let raw = try CIFARImporter.cifar10(folder: folder("in"))
    let dataset = try Samples.dataset(raw, shards: 1, in: folder)
    #expect(dataset.manifest.channels == 3 && dataset.manifest.mean.count == 3)
    #expect(try dataset.image(4) == raw.train.image(4))
  }

  @Test func bothManifestsHoldTheTrainingStatistics() throws {
    let raw = try Samples.raw()
    try DatasetWriter.write(raw, to: folder("set"), shards: 2) { _ in }
    let pixels = raw.train.pixels.map { Double($0) / 255 }
    let mean = pixels.reduce(0, +) / Double(pixels.count)
    let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels.count)
    for name in ["train", "test"] {
      let manifest = try Manifest(folder: folder("set/\(name)"))
      #expect(manifest.mean.count == 1 && manifest.std.count == 1)
      #expect(abs(manifest.mean[0] - mean) < 1e-12)
      #expect(abs(manifest.std[0] - variance.squareRoot()) < 1e-12)
    }
  }

  @Test func theFingerprintFollowsTheContent() throws {
    func fingerprint(_ seed: UInt64, _ name: String) throws -> String {
      try DatasetWriter.write(Samples.raw(seed: seed), to: folder(name), shards: 2) { _ in }
      return try Manifest(folder: folder("\(name)/train")).fingerprint
    }
    let first = try fingerprint(1, "a")
    #expect(try fingerprint(1, "b") == first)
    #expect(try fingerprint(2, "c") != first)
  }

  @Test func progressNamesEveryShard() throws {
    var lines: [String] = []
    try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 2) { lines.append($0) }
    #expect(
      lines == [
        "train: shard 1 of 2", "train: shard 2 of 2", "test: shard 1 of 2", "test: shard 2 of 2",
      ])
  }

  // MARK: Failures

  @Test(arguments: ["train", "test"])
  func anExistingSplitIsRefusedAndUntouched(name: String) throws {
    try folder.write("set/\(name)/mine", "x")
    let before = contents()
    let error = #expect(throws: CSGError.self) {
      try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 1) { _ in }
    }
    #expect(error?.exitCode == .cannotCreate)
    #expect(error?.message == "\(folder("set/\(name)")): exists already")
    #expect(contents() == before)
  }

  @Test func moreShardsThanSamplesAreRefused() throws {
    let error = #expect(throws: CSGError.self) {
      try DatasetWriter.write(Samples.raw(test: 5), to: folder("set"), shards: 6) { _ in }
    }
    #expect(error?.exitCode == .usage)
    #expect(folder.listing() == [])
  }

  @Test func aPlaceBelowAFileIsRefused() throws {
    let path = try folder.write("file", "x") + "/set"
    let error = #expect(throws: CSGError.self) {
      try DatasetWriter.write(Samples.raw(), to: path, shards: 1) { _ in }
    }
    #expect(error?.exitCode == .cannotCreate)
    #expect(error?.message.contains(path) == true)
  }

  /// A folder in the way of the last shard stands for a disk that fails late.
  @Test func aLateFailureLeavesNothingHalfWritten() throws {
    let error = #expect(throws: CSGError.self) {
      try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 2) { line in
        guard line == "test: shard 2 of 2" else { return }
        let own = ProcessInfo.processInfo.processIdentifier
        let place = "set/.prepare.partial/test/.shard-00001.h5.\(own).partial/inner"
        _ = try? folder.write(place, "x")
      }
    }
    #expect(error?.exitCode == .cannotCreate)
    #expect(folder.listing() == [])
  }

  /// The second split is in the way: the first one, already in place, is taken back.
  @Test func neitherSplitAppearsWithoutTheOther() throws {
    let error = #expect(throws: CSGError.self) {
      try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 1) { line in
        if line.hasPrefix("test: ") { _ = try? folder.write("set/test/mine", "x") }
      }
    }
    #expect(error?.exitCode == .cannotCreate)
    #expect(error?.message.contains("\(folder("set/test")): cannot be put in place") == true)
    #expect(folder.listing() == ["set", "set/test", "set/test/mine"])
  }

  @Test func leftoversOfAKilledWriterAreRemoved() throws {
    try folder.write("set/.prepare.partial/train/shard-00007.h5", "half")
    try folder.write("set/.prepare.lock", "")
    var lines: [String] = []
    try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 1) { lines.append($0) }
    #expect(
      lines.first
        == "removed \(folder("set/.prepare.partial")): another prepare had not come to its end")
    #expect(folder.listing().filter { $0.contains(".prepare") || $0.contains("00007") } == [])
    #expect(throws: Never.self) { try Dataset(folder: folder("set/train")).verify() }
  }

  @Test func aWriterAtWorkIsLeftAlone() throws {
    try folder.write("set/.prepare.partial/train/shard-00000.h5", "half")
    let lock = open(try folder.write("set/.prepare.lock", ""), O_RDWR)
    try #require(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
    let before = contents()
    let error = #expect(throws: CSGError.self) {
      try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 1) { _ in }
    }
    #expect(error?.exitCode == .cannotCreate)
    #expect(error?.message.contains("another process is preparing") == true)
    #expect(contents() == before)
    close(lock)
    try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 1) { _ in }
    #expect(!folder.listing().contains { $0.contains(".prepare") })
  }

  /// A kill between the two renames: one split is in place, the other still in the workshop.
  @Test func aSplitThatAppearedAloneIsPreparedAgain() throws {
    try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 1) { _ in }
    let before = contents()
    try folder.write("set/.prepare.lock", "")
    try FileManager.default.createDirectory(
      atPath: folder("set/.prepare.partial"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(
      atPath: folder("set/test"), toPath: folder("set/.prepare.partial/test"))
    try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 1) { _ in }
    #expect(contents() == before)
  }

  /// A kill after both: the data set stays, what is left over goes.
  @Test func leftoversBesideAWholeSetAreRemoved() throws {
    try DatasetWriter.write(Samples.raw(), to: folder("set"), shards: 1) { _ in }
    let before = contents()
    try folder.write("set/.prepare.lock", "")
    try FileManager.default.createDirectory(
      atPath: folder("set/.prepare.partial"), withIntermediateDirectories: true)
    let error = #expect(throws: CSGError.self) { try DatasetWriter.refuseExisting(folder("set")) }
    #expect(error?.exitCode == .cannotCreate)
    #expect(contents() == before)
  }
}
