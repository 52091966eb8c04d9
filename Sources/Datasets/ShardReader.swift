import Core
import Storage

/// One open shard of raw images.
final class ShardReader {
  static let format = "csg-dist shard"
  static let version = 1

  private let path: String
  private let images: HDF5Dataset
  /// [count].
  let labels: [Int32]

  /// Opens a shard and checks it against its manifest.
  /// - Throws: `CSGError` 66 where it is missing, 65 where it is damaged or another's.
  init(folder: String, shard: Manifest.Shard, manifest: Manifest) throws {
    path = "\(folder)/\(shard.file)"
    let file = try HDF5File(reading: path)
    guard try file.text("format") == Self.format else {
      throw CSGError.data(path, "is an HDF5 file, but no csg-dist shard (or damaged)")
    }
    guard try file.number("version") == Self.version else {
      throw CSGError.data(path, "comes from a newer csg-dist")
    }
    guard try file.text("split") == manifest.split, try file.number("first") == shard.first,
      try file.number("count") == shard.count,
      try file.number("shards") == manifest.shards.count
    else { throw CSGError.data(path, "is not the shard that the manifest lists") }
    images = try file.dataset("images")
    let shape = [shard.count, manifest.height, manifest.width, manifest.channels]
    guard images.shape == shape, try images.holds(UInt8.self) else {
      throw CSGError.data(path, "images are not \(shape) bytes")
    }
    let labels = try file.dataset("labels")
    guard labels.shape == [shard.count] else {
      throw CSGError.data(path, "labels are not [\(shard.count)]")
    }
    self.labels = try labels.readAll(Int32.self)
    let classes = Int32(manifest.classes.count)
    if let place = self.labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      throw CSGError.data(path, "labels[\(place)] = \(self.labels[place]) is not below \(classes)")
    }
  }

  /// Overwrites `pixels` by an image.
  func read(_ row: Int, into pixels: inout [UInt8]) throws {
    try images.readRow(row, into: &pixels)
  }

  /// The XXH3-128 of pixels and labels.
  func contentDigest() throws -> Digest {
    let builder = DigestBuilder()
    var image = [UInt8](repeating: 0, count: images.rowCount)
    for row in 0..<labels.count {
      try read(row, into: &image)
      builder.update(image)
    }
    builder.update(labels)
    return builder.digest()
  }
}
