import Core
import Storage
import Synchronization

/// One open shard.
final class ShardReader {
  static let format = "csg-dist shard"
  static let version = 1

  private let path: String
  private let file: HDF5File
  private let content: Content
  /// [count][H][W]; nil where the manifest tells of none.
  private let masks: HDF5Dataset?
  /// [count].
  let labels: [Int32]
  /// [count], once they are asked for; none where the shard has none.
  private let knownNames = Mutex<[String]?>(nil)

  /// Opens a shard and checks it against its manifest.
  /// - Throws: `CSGError` 66 where it is missing, 65 where it is damaged or another's.
  init(folder: String, shard: Manifest.Shard, manifest: Manifest) throws {
    path = "\(folder)/\(shard.file)"
    file = try HDF5File(reading: path)
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
    content = try Content(of: file, count: shard.count, manifest: manifest)
    masks = manifest.hasMasks ? try file.dataset("masks") : nil
    if let masks {
      let shape = [shard.count, manifest.height, manifest.width]
      guard masks.shape == shape, try masks.holds(UInt8.self) else {
        throw CSGError.data(path, "masks are not \(shape) bytes")
      }
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

  /// The source's name of a sample; nil where the shard has none. The first call reads all names.
  func name(_ row: Int) throws -> String? {
    let names = try knownNames.withLock { known in
      let names = try known ?? readNames()
      known = names
      return names
    }
    return names.isEmpty ? nil : names[row]
  }

  private func readNames() throws -> [String] {
    guard try file.datasetNames().contains("names") else { return [] }
    let names = try file.dataset("names").readTexts()
    guard names.count == labels.count else {
      throw CSGError.data(path, "names are not [\(labels.count)]")
    }
    return names
  }

  /// The stored bytes of a sample: its pixels, or its JPEG file.
  func read(_ row: Int) throws -> [UInt8] {
    switch content {
    case .pixels(let images):
      var bytes = [UInt8](repeating: 0, count: images.rowCount)
      try images.readRow(row, into: &bytes)
      return bytes
    case .files(let jpeg, let offsets):
      let range = offsets[row]..<offsets[row + 1]
      var bytes = [UInt8](repeating: 0, count: range.count)
      try jpeg.readRows(range, into: &bytes)
      return bytes
    }
  }

  /// The mask of a sample; nil where the shard has none.
  /// - Throws: `CSGError` 65 where it is damaged or holds other values than 0 and 1.
  func mask(_ row: Int) throws -> [UInt8]? {
    guard let masks else { return nil }
    var bytes = [UInt8](repeating: 0, count: masks.rowCount)
    try masks.readRow(row, into: &bytes)
    guard bytes.allSatisfy({ $0 <= 1 }) else {
      throw CSGError.data(path, "masks[\(row)] holds other values than 0 and 1")
    }
    return bytes
  }

  /// Names a sample in errors.
  func place(_ row: Int) -> String {
    if case .files = content { "\(path): jpeg[\(row)]" } else { "\(path): images[\(row)]" }
  }

  /// The XXH3-128 of pixels (each image's before its mask's), or of files and offsets, and labels.
  func contentDigest() throws -> Digest {
    let builder = DigestBuilder()
    for row in 0..<labels.count {
      builder.update(try read(row))
      if let mask = try mask(row) { builder.update(mask) }
    }
    if case .files(_, let offsets) = content { builder.update(offsets.map(UInt64.init)) }
    builder.update(labels)
    return builder.digest()
  }

  /// The images of a shard.
  private enum Content {
    /// [count][H][W][channels].
    case pixels(HDF5Dataset)
    /// All files, one after another, and where each begins [count + 1].
    case files(HDF5Dataset, [Int])

    /// - Throws: `CSGError` 65 where they are not what the manifest says.
    init(of file: HDF5File, count: Int, manifest: Manifest) throws {
      guard manifest.holdsFiles else {
        let images = try file.dataset("images")
        let shape = [count, manifest.height, manifest.width, manifest.channels]
        guard images.shape == shape, try images.holds(UInt8.self) else {
          throw CSGError.data(file.path, "images are not \(shape) bytes")
        }
        self = .pixels(images)
        return
      }
      let jpeg = try file.dataset("jpeg")
      guard jpeg.shape.count == 1, try jpeg.holds(UInt8.self) else {
        throw CSGError.data(file.path, "jpeg is no run of bytes")
      }
      let places = try file.dataset("jpeg_offsets")
      guard places.shape == [count + 1] else {
        throw CSGError.data(file.path, "jpeg_offsets are not [\(count + 1)]")
      }
      let offsets = try places.readAll(UInt64.self).map { Int(clamping: $0) }
      guard offsets[0] == 0, offsets[count] == jpeg.count,
        zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 })
      else { throw CSGError.data(file.path, "jpeg_offsets do not rise over all of jpeg") }
      self = .files(jpeg, offsets)
    }
  }
}
