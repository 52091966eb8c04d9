import Core
import Datasets
import Foundation
import Storage
import TestSupport
import Testing

struct DatasetTests {
  private let folder: TemporaryFolder
  private let raw: RawDataset

  init() throws {
    folder = try TemporaryFolder()
    raw = try Samples.raw()
    _ = try Samples.dataset(raw, shards: 3, in: folder)
  }

  private var shard: String { folder("set/train/shard-00001.h5") }

  private func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  private func replace(_ path: String, by other: String) throws {
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: other, toPath: path)
  }

  @Test func aMissingShardIsNamed() throws {
    try FileManager.default.removeItem(atPath: shard)
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")) }
    #expect(error?.exitCode == .noInput)
    #expect(error?.message.contains(shard) == true)
  }

  @Test(arguments: ["train/shard-00000.h5", "train/shard-00002.h5", "test/shard-00001.h5"])
  func aShardInAnothersPlaceIsRefused(other: String) throws {
    try replace(shard, by: folder("set/\(other)"))
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")) }
    #expect(error?.exitCode == .data)
    #expect(error?.message == "\(shard): is not the shard that the manifest lists")
  }

  /// The shard of another data set of the same sizes: only its content tells.
  @Test func aShardOfAnotherSetIsRefused() throws {
    let other = try TemporaryFolder()
    _ = try Samples.dataset(Samples.raw(seed: 2), shards: 3, in: other)
    try replace(shard, by: other("set/train/shard-00001.h5"))
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix("\(shard): is damaged: its labels") == true)
  }

  @Test(arguments: ["not HDF5", ""])
  func aForeignShardIsRefused(content: String) throws {
    try folder.write("set/train/shard-00001.h5", content)
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix(shard) == true)
  }

  @Test func aNewerShardIsCalledThat() throws {
    let file = try HDF5File(updating: shard)
    try file.replaceAttribute("version", by: 2)
    try file.close()
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")) }
    #expect(error?.exitCode == .data && error?.isOfNewerFile == true)
    #expect(error?.message == "\(shard): comes from a newer csg-dist")
  }

  /// Shards that are open, as the system tells.
  private func openShards() throws -> Int {
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    return descriptors.count {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?
        .hasPrefix(folder("many/train/shard-")) == true
    }
  }

  /// Whatever the order, and whoever reads beside it.
  @Test func manyShardsAreReadThroughFewOpenFiles() async throws {
    let many = try Samples.raw(train: 40, test: 12)
    try DatasetWriter.write(many, to: folder("many"), shards: 12) { _ in }
    let dataset = try Dataset(folder: folder("many/train"), openFiles: 3)
    #expect(try openShards() == 3)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          for n in 0..<many.train.count {
            let sample = (n * 7 + task * 11) % many.train.count
            let image = try dataset.image(sample)
            #expect(image == many.train.image(sample), "sample \(sample)")
          }
        }
      }
      try await group.waitForAll()
    }
    try dataset.verify()
    #expect(try openShards() == 3)
  }

  /// A shard that is replaced while it is closed: only its content tells.
  @Test func aShardThatChangedMeanwhileIsFound() throws {
    let dataset = try Dataset(folder: folder("set/train"), openFiles: 1)
    let first = raw.train.count / 3
    _ = try dataset.image(0)  // the second is closed
    let other = try TemporaryFolder()
    _ = try Samples.dataset(Samples.raw(seed: 2), shards: 3, in: other)
    try replace(shard, by: other("set/train/shard-00001.h5"))
    let error = #expect(throws: CSGError.self) { try dataset.image(first + 1) }
    #expect(error?.exitCode == .data && error?.message.hasPrefix(shard) == true)
  }

  @Test func aFlippedBitOfAnImageIsFoundOnReading() throws {
    var content = try bytes(shard)
    let first = raw.train.count / 3
    let image = raw.train.image(first + 2)
    content[try #require(content.firstRange(of: image)).lowerBound + 7] ^= 0x10
    try folder.write("set/train/shard-00001.h5", content)
    let dataset = try Dataset(folder: folder("set/train"))
    #expect(try dataset.image(first + 1) == raw.train.image(first + 1))
    let error = #expect(throws: CSGError.self) { try dataset.image(first + 2) }
    #expect(error?.exitCode == .data)
    #expect(error?.message.hasPrefix("\(shard): images[2] cannot be read: it is damaged") == true)
    #expect(throws: CSGError.self) { try dataset.verify() }
  }

  /// A label that another takes the place of is still a label: only the digest tells.
  @Test func aChangedLabelIsFound() throws {
    var content = try bytes(shard)
    let first = raw.train.count / 3
    let labels = raw.train.labels[first..<2 * raw.train.count / 3]
    let run = labels.withUnsafeBytes { [UInt8]($0) }
    let place = try #require(content.firstRange(of: run)).lowerBound
    content[place] = content[place] == 0 ? 1 : 0
    try folder.write("set/train/shard-00001.h5", content)
    let error = #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")).verify() }
    #expect(error?.exitCode == .data)
    content[place] = 10
    try folder.write("set/train/shard-00001.h5", content)
    #expect(throws: CSGError.self) { try Dataset(folder: folder("set/train")) }
  }

  /// Each flip of one bit is found at the latest by `verify`, or changes nothing that is read.
  @Test func flippedBitsAreDetectedOrHarmless() throws {
    let whole = try bytes(shard)
    var random = RandomValues(seed: 41)
    var detected = 0
    for flip in 0..<60 {
      let place = random.below(whole.count)
      let bit = random.below(8)
      var damaged = whole
      damaged[place] ^= 1 << UInt8(bit)
      try folder.write("set/train/shard-00001.h5", damaged)
      do {
        let dataset = try Dataset(folder: folder("set/train"))
        try dataset.verify()
        let images = try (0..<dataset.count).map { try dataset.image($0) }
        let what = "flip \(flip) (byte \(place), bit \(bit))"
        #expect(images == (0..<raw.train.count).map { raw.train.image($0) }, "\(what)")
        #expect((0..<dataset.count).map { dataset.label($0) } == raw.train.labels, "\(what)")
      } catch let error as CSGError {
        #expect([.data, .noInput, .inputOutput].contains(error.exitCode), "\(error)")
        detected += 1
      }
    }
    #expect(detected >= 5)
  }
}
