import Core
import Storage

/// A shard's file while it is open: what is read of it sample by sample.
struct ShardFile: @unchecked Sendable {
  let file: HDF5File
  /// The images: [count][H][W][channels] of pixels; of JPEG files all bytes, one after another.
  private let images: HDF5Dataset
  /// [count][H][W]; nil where the manifest tells of none.
  private let masks: HDF5Dataset?

  /// Names of the data sets.
  static let imagesName = "images", masksName = "masks"
  static let filesName = "jpeg", offsetsName = "jpeg_offsets"

  /// Opens a shard, and checks that it is the one that the manifest lists, with images of its extents.
  /// - Throws: `CSGError` 66 where it is missing, 65 where it is damaged or another's, 74 where the
  ///   system cannot open it.
  init(_ path: String, shard: Manifest.Shard, manifest: Manifest) throws {
    file = try HDF5File(reading: path)
    guard try file.text("format") == ShardReader.format else {
      throw CSGError.data(path, "is an HDF5 file, but no csg-dist shard (or damaged)")
    }
    guard try file.number("version") != nil else {
      throw CSGError.data(path, "lacks the attribute version")
    }
    try file.requireVersion(upTo: ShardReader.version)
    guard try file.text("split") == manifest.split, try file.number("first") == shard.first,
      try file.number("count") == shard.count,
      try file.number("shards") == manifest.shards.count
    else { throw CSGError.data(path, "is not the shard that the manifest lists") }
    let extent = [shard.count, manifest.height, manifest.width]
    if manifest.holdsFiles {
      images = try file.dataset(Self.filesName)
      guard images.shape.count == 1, try images.holds(UInt8.self) else {
        throw CSGError.data(path, "jpeg is no run of bytes")
      }
    } else {
      images = try file.dataset(Self.imagesName)
      let shape = extent + [manifest.channels]
      guard images.shape == shape, try images.holds(UInt8.self) else {
        throw CSGError.data(path, "images are not \(shape) bytes")
      }
    }
    masks = manifest.hasMasks ? try file.dataset(Self.masksName) : nil
    if let masks {
      guard masks.shape == extent, try masks.holds(UInt8.self) else {
        throw CSGError.data(path, "masks are not \(extent) bytes")
      }
    }
  }

  /// A shard of `storage` that has just been written.
  init(written file: HDF5File, storage: ImageStorage, hasMasks: Bool) throws {
    self.file = file
    images = try file.dataset(storage == .jpeg ? Self.filesName : Self.imagesName)
    masks = hasMasks ? try file.dataset(Self.masksName) : nil
  }

  /// Where each of `count` JPEG files begins, and the last one ends.
  func readOffsets(count: Int) throws -> [Int] {
    let places = try file.dataset(Self.offsetsName)
    guard places.shape == [count + 1] else {
      throw CSGError.data(file.path, "jpeg_offsets are not [\(count + 1)]")
    }
    let offsets = try places.readAll(UInt64.self).map { Int(clamping: $0) }
    guard offsets[0] == 0, offsets[count] == images.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw CSGError.data(file.path, "jpeg_offsets do not rise over all of jpeg") }
    return offsets
  }

  /// The pixels of a sample.
  func pixels(_ row: Int) throws -> [UInt8] { try Self.row(row, of: images) }

  /// The bytes of a JPEG file, as they lie in all of them.
  /// - Throws: `CSGError` 65 where there are fewer.
  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    guard range.upperBound <= images.count else {
      throw CSGError.data(file.path, "jpeg ends before byte \(range.upperBound)")
    }
    var bytes = [UInt8](repeating: 0, count: range.count)
    try images.readRows(range, into: &bytes)
    return bytes
  }

  /// The mask of a sample; nil where the shard has none.
  func mask(_ row: Int) throws -> [UInt8]? { try masks.map { try Self.row(row, of: $0) } }

  private static func row(_ row: Int, of dataset: HDF5Dataset) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: dataset.rowCount)
    try dataset.readRow(row, into: &bytes)
    return bytes
  }
}
