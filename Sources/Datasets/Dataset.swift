import Core
import Foundation
import Storage

/// A split that can be read sample by sample, by several threads at a time.
package final class Dataset: @unchecked Sendable {
  /// Where it lies, and what it holds.
  package let folder: String, manifest: Manifest
  private let shards: [ShardReader]

  /// Opens every shard of a split, and keeps at most `openFiles` of them open.
  package init(folder: String, openFiles: Int = Dataset.openFiles) throws {
    self.folder = folder
    let manifest = try Manifest(folder: folder)
    self.manifest = manifest
    let files = OpenFiles<ShardFile>(limit: openFiles)
    shards = try manifest.shards.indices.map {
      try ShardReader(folder: folder, number: $0, manifest: manifest, files: files)
    }
  }

  /// Shards of one split that may be open at a time: a quarter of what the process may open (`ulimit -n`),
  /// since two splits are, beside the files of MPI; at most 256, of which each takes up to 1 MiB of memory.
  package static var openFiles: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 64 }
    return min(max(Int(clamping: limit.rlim_cur / 4), 4), 256)
  }

  /// Samples.
  package var count: Int { manifest.count }
  /// Bytes of an image; of JPEG files, of one as large as the largest.
  package var imageBytes: Int { manifest.height * manifest.width * manifest.channels }

  private func place(_ sample: Int) -> (shard: Int, row: Int) {
    precondition(sample >= 0 && sample < count, "sample \(sample) of \(count)")
    var low = 0
    var high = shards.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if manifest.shards[middle].first <= sample { low = middle } else { high = middle }
    }
    return (low, sample - manifest.shards[low].first)
  }

  /// Samples of each class among the first `samples`.
  package func classCounts(first samples: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: manifest.classes.count)
    for sample in 0..<samples { counts[Int(label(sample))] += 1 }
    return counts
  }

  /// The label of a sample.
  package func label(_ sample: Int) -> Int32 {
    let (shard, row) = place(sample)
    return shards[shard].labels[row]
  }

  /// The name of a sample in its source; nil where the data set has none.
  package func name(_ sample: Int) throws -> String? {
    let (shard, row) = place(sample)
    return try shards[shard].name(row)
  }

  /// Which pixels of a sample show its object, [H][W]: 1, else 0; nil where the data set has no masks.
  /// - Throws: `CSGError` 65 that names shard and sample.
  package func mask(_ sample: Int) throws -> [UInt8]? {
    let (shard, row) = place(sample)
    return try shards[shard].mask(row)
  }

  /// The picture of a sample, decoded where it is stored as a file.
  /// - Throws: `CSGError` 65 that names shard and sample.
  package func picture(_ sample: Int) throws -> Picture {
    let (shard, row) = place(sample)
    let bytes = try shards[shard].read(row)
    guard manifest.holdsFiles else {
      return Picture(
        height: manifest.height, width: manifest.width, channels: manifest.channels, pixels: bytes)
    }
    let picture = try Picture(decoding: bytes, path: shards[shard].place(row))
    guard picture.height <= manifest.height, picture.width <= manifest.width else {
      throw CSGError.data(shards[shard].place(row), "is larger than the manifest's largest extent")
    }
    return picture
  }

  /// Reads everything and compares it with the manifest's digests.
  /// - Throws: `CSGError` 65 that names the shard.
  package func verify() throws {
    for reader in shards { try reader.verify() }
  }

  /// What a user of this split should know: that damage of its images may pass; nil where it cannot.
  package var caution: String? {
    guard !manifest.hasSampleDigests || manifest.digest == nil else { return nil }
    return
      "\(folder) was prepared by an older csg-dist, without a digest of each sample: damage may pass "
      + "unseen; csg-dist inspect \(folder) --verify --write-digests adds them"
  }

  /// Gives an older data set, which `verify` has found whole, the digest of each sample. Every shard is
  /// replaced whole, then the manifest; the fingerprint stays.
  /// - Throws: `CSGError` 73 or 74; what was written before stands, and the rest is as it was.
  package func writeDigests(progress: (String) -> Void) throws {
    guard caution != nil else { return }
    var manifest = manifest
    for (number, reader) in shards.enumerated() where !reader.hasDigests {
      let shard = manifest.shards[number]
      progress("\(folder)/\(shard.file)")
      let (digests, index, names) = try reader.madeDigests()
      try ShardUpdate(folder: folder, file: shard.file).add(digests)
      manifest.shards[number].index = index
      manifest.shards[number].names = names
    }
    manifest.digest = manifest.contentDigest
    // Before the manifest is replaced: what it will say of the shards is so.
    let files = OpenFiles<ShardFile>(limit: 1)
    for number in manifest.shards.indices {
      try ShardReader(folder: folder, number: number, manifest: manifest, files: files).verify()
    }
    try manifest.write(folder: folder)
  }
}
