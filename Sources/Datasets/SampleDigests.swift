import Core
import Storage

/// The digest of each sample of a shard: what is read for a sample must be what was written for it.
///
/// A Fletcher-32 of zeros is zero, so a chunk that was lost passes HDF5's own check; and a sample that is
/// read in another's place is whole. XXH3-64 of the stored bytes takes less than a microsecond for an
/// image of CIFAR. The digests themselves, with labels and places, have one in the manifest (`index`).
struct SampleDigests {
  /// [count]: of the stored bytes of each sample, pixels or a JPEG file.
  var samples: [UInt64] = []
  /// [count]: of each sample's mask; empty where there are none.
  var masks: [UInt64] = []

  /// Names of the data sets.
  static let samplesName = "digests", masksName = "mask_digests"

  /// No sample yet.
  init() {}

  /// Those of a shard of `count` samples.
  /// - Throws: `CSGError` 65 where they are missing or of another number.
  init(of file: HDF5File, count: Int, hasMasks: Bool) throws {
    func read(_ name: String) throws -> [UInt64] {
      let dataset = try file.dataset(name)
      guard dataset.shape == [count] else {
        throw CSGError.data(file.path, "\(name) are not [\(count)]")
      }
      return try dataset.readAll(UInt64.self)
    }
    samples = try read(Self.samplesName)
    masks = hasMasks ? try read(Self.masksName) : []
  }

  /// Puts them into a shard that is written.
  func write(to file: HDF5File) throws {
    try file.write(samples, shape: [samples.count], to: Self.samplesName)
    if !masks.isEmpty { try file.write(masks, shape: [masks.count], to: Self.masksName) }
  }

  /// The digest that a manifest keeps as a shard's `index`; `offsets` are those of JPEG files.
  func index(labels: [Int32], offsets: [UInt64]) -> String {
    let builder = DigestBuilder()
    builder.update(labels)
    builder.update(offsets)
    builder.update(samples)
    builder.update(masks)
    return builder.digest().description
  }

  /// The digest that a manifest keeps of a shard's names.
  static func names(_ names: [String]) -> String {
    let builder = DigestBuilder()
    for name in names { builder.update(name) }
    return builder.digest().description
  }
}
