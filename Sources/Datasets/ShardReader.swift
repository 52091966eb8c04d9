import Core
import Storage
import Synchronization

/// One open shard.
final class ShardReader {
  static let format = "csg-dist shard"
  static let version = 1
  /// Names of the data sets.
  static let imagesName = "images", masksName = "masks", labelsName = "labels"
  static let filesName = "jpeg", offsetsName = "jpeg_offsets", namesName = "names"

  private let path: String
  private let file: HDF5File
  private let content: Content
  /// [count][H][W]; nil where the manifest tells of none.
  private let masks: HDF5Dataset?
  /// [count].
  let labels: [Int32]
  /// What samples are compared with as they are read; nil where an older version wrote the shard.
  private let digests: SampleDigests?
  private let namesDigest: String?
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
    namesDigest = shard.names
    masks = manifest.hasMasks ? try file.dataset(Self.masksName) : nil
    if let masks {
      let shape = [shard.count, manifest.height, manifest.width]
      guard masks.shape == shape, try masks.holds(UInt8.self) else {
        throw CSGError.data(path, "masks are not \(shape) bytes")
      }
    }
    let labels = try file.dataset(Self.labelsName)
    guard labels.shape == [shard.count] else {
      throw CSGError.data(path, "labels are not [\(shard.count)]")
    }
    self.labels = try labels.readAll(Int32.self)
    let classes = Int32(manifest.classes.count)
    if let place = self.labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      throw CSGError.data(path, "labels[\(place)] = \(self.labels[place]) is not below \(classes)")
    }
    guard let index = shard.index else {
      digests = nil
      return
    }
    let digests = try SampleDigests(of: file, count: shard.count, hasMasks: manifest.hasMasks)
    guard digests.index(labels: self.labels, offsets: content.offsets) == index else {
      throw CSGError.data(
        path,
        "is damaged: its labels, places and digests do not match the manifest's digest of them",
        remedy: Self.remedy)
    }
    self.digests = digests
  }

  private static let remedy = "restore the shard, or prepare the data set anew"

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
    guard try file.datasetNames().contains(Self.namesName) else {
      guard namesDigest == nil else {
        throw CSGError.data(path, "lacks the names that its manifest tells of", remedy: Self.remedy)
      }
      return []
    }
    let names = try file.dataset(Self.namesName).readTexts()
    guard names.count == labels.count else {
      throw CSGError.data(path, "names are not [\(labels.count)]")
    }
    guard namesDigest == nil || namesDigest == SampleDigests.names(names) else {
      throw CSGError.data(
        path, "is damaged: its names do not match the manifest's digest", remedy: Self.remedy)
    }
    return names
  }

  /// The stored bytes of a sample: its pixels, or its JPEG file.
  /// - Throws: `CSGError` 65 where they are not those that were written.
  func read(_ row: Int) throws -> [UInt8] {
    let bytes = try content.read(row)
    try require(bytes, digests?.samples[row], place(row))
    return bytes
  }

  /// The mask of a sample; nil where the shard has none.
  /// - Throws: `CSGError` 65 where it is damaged or holds other values than 0 and 1.
  func mask(_ row: Int) throws -> [UInt8]? {
    guard let masks else { return nil }
    var bytes = [UInt8](repeating: 0, count: masks.rowCount)
    try masks.readRow(row, into: &bytes)
    try require(bytes, digests?.masks[row], "\(path): masks[\(row)]")
    guard bytes.allSatisfy({ $0 <= 1 }) else {
      throw CSGError.data(path, "masks[\(row)] holds other values than 0 and 1")
    }
    return bytes
  }

  /// Compares what was read for a sample with its digest; without one, a file that was cut since it was
  /// opened can be told all the same.
  private func require(_ bytes: [UInt8], _ digest: UInt64?, _ place: String) throws {
    guard digest != .xxh3(bytes) else { return }
    try file.requireWhole()
    guard digest == nil else {
      throw CSGError.data(
        place, "is damaged: what is read is not what was written", remedy: Self.remedy)
    }
  }

  /// Whether samples are compared with their digests.
  var hasDigests: Bool { digests != nil }

  /// Reads the samples of a shard that is being written and compares them with what was meant.
  /// - Throws: `CSGError` 74 that names the first that differs.
  static func requireSamples(
    of file: HDF5File, storage: ImageStorage, offsets: [UInt64], _ digests: SampleDigests
  ) throws {
    func require(_ bytes: [UInt8], _ digest: UInt64, _ what: String) throws {
      if .xxh3(bytes) != digest { throw CSGError.notAsMeant(file.path, what) }
    }
    let content: Content =
      switch storage {
      case .raw: .pixels(try file.dataset(imagesName))
      case .jpeg: .files(try file.dataset(filesName), offsets.map { Int(clamping: $0) })
      }
    for (row, digest) in digests.samples.enumerated() {
      try require(content.read(row), digest, "sample \(row)")
    }
    guard !digests.masks.isEmpty else { return }
    let masks = try file.dataset(masksName)
    var bytes = [UInt8](repeating: 0, count: masks.rowCount)
    for (row, digest) in digests.masks.enumerated() {
      try masks.readRow(row, into: &bytes)
      try require(bytes, digest, "the mask of sample \(row)")
    }
  }

  /// The digests of all samples as they are stored now: those of an older shard, which has none.
  func madeDigests() throws -> (digests: SampleDigests, index: String, names: String?) {
    var made = SampleDigests()
    for row in labels.indices {
      made.samples.append(.xxh3(try read(row)))
      if let mask = try mask(row) { made.masks.append(.xxh3(mask)) }
    }
    let names = try readNames()
    return (
      made, made.index(labels: labels, offsets: content.offsets),
      names.isEmpty ? nil : SampleDigests.names(names)
    )
  }

  /// Names a sample in errors.
  func place(_ row: Int) -> String {
    if case .files = content { "\(path): jpeg[\(row)]" } else { "\(path): images[\(row)]" }
  }

  /// Reads everything and compares it with what the manifest says.
  /// - Throws: `CSGError` 65.
  func verify(_ shard: Manifest.Shard) throws {
    guard try contentDigest().description == shard.digest else {
      throw CSGError.data(path, "does not match the manifest's digest", remedy: Self.remedy)
    }
    _ = try readNames()
  }

  /// The XXH3-128 of pixels (each image's before its mask's), or of files and offsets, and labels.
  func contentDigest() throws -> Digest {
    let builder = DigestBuilder()
    for row in 0..<labels.count {
      builder.update(try read(row))
      if let mask = try mask(row) { builder.update(mask) }
    }
    if case .files = content { builder.update(content.offsets) }
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
        let images = try file.dataset(imagesName)
        let shape = [count, manifest.height, manifest.width, manifest.channels]
        guard images.shape == shape, try images.holds(UInt8.self) else {
          throw CSGError.data(file.path, "images are not \(shape) bytes")
        }
        self = .pixels(images)
        return
      }
      let jpeg = try file.dataset(filesName)
      guard jpeg.shape.count == 1, try jpeg.holds(UInt8.self) else {
        throw CSGError.data(file.path, "jpeg is no run of bytes")
      }
      let places = try file.dataset(offsetsName)
      guard places.shape == [count + 1] else {
        throw CSGError.data(file.path, "jpeg_offsets are not [\(count + 1)]")
      }
      let offsets = try places.readAll(UInt64.self).map { Int(clamping: $0) }
      guard offsets[0] == 0, offsets[count] == jpeg.count,
        zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 })
      else { throw CSGError.data(file.path, "jpeg_offsets do not rise over all of jpeg") }
      self = .files(jpeg, offsets)
    }

    /// Where JPEG files begin, and the last one ends; none of pixels.
    var offsets: [UInt64] {
      if case .files(_, let offsets) = self { offsets.map(UInt64.init) } else { [] }
    }

    /// The stored bytes of a sample.
    func read(_ row: Int) throws -> [UInt8] {
      switch self {
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
  }
}
