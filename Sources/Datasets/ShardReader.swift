import Core
import Storage

/// One shard: what is known of it before the first sample, and its file, which is opened when it is read.
final class ShardReader {
  static let format = "csg-dist shard"
  static let version = 1
  /// Names of data sets.
  static let labelsName = "labels", namesName = "names"

  private let path: String
  private let shard: Manifest.Shard, manifest: Manifest
  /// The split's open files, and this one's number among them.
  private let files: OpenFiles<ShardFile>
  private let number: Int
  /// [count + 1]: where JPEG files begin, and the last one ends; none of pixels.
  private let offsets: [Int]
  /// [count].
  let labels: [Int32]
  /// What samples are compared with as they are read; nil where an older version wrote the shard.
  private let digests: SampleDigests?
  /// [count], once they are asked for; none where the shard has none.
  private let knownNames = Locked<[String]?>(nil)

  /// Opens a shard, shard `number` of those that `files` keeps, and checks it against its manifest.
  /// - Throws: `CSGError` 66 where it is missing, 65 where it is damaged or another's.
  init(folder: String, number: Int, manifest: Manifest, files: OpenFiles<ShardFile>) throws {
    let shard = manifest.shards[number]
    let path = "\(folder)/\(shard.file)"
    (self.shard, self.path, self.manifest, self.files) = (shard, path, manifest, files)
    self.number = number
    let open = try files.file(number) { try ShardFile(path, shard: shard, manifest: manifest) }
    let file = open.file
    offsets = manifest.holdsFiles ? try open.readOffsets(count: shard.count) : []
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
    guard digests.index(labels: self.labels, offsets: offsets.map(UInt64.init)) == index else {
      throw CSGError.data(
        path,
        "is damaged: its labels, places and digests do not match the manifest's digest of them",
        remedy: Self.remedy)
    }
    self.digests = digests
  }

  /// The shard's file; opened anew where others have taken its place.
  private func open() throws -> ShardFile {
    try files.file(number) { try ShardFile(path, shard: shard, manifest: manifest) }
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
    let file = try open().file
    guard try file.datasetNames().contains(Self.namesName) else {
      guard shard.names == nil else {
        throw CSGError.data(path, "lacks the names that its manifest tells of", remedy: Self.remedy)
      }
      return []
    }
    let names = try file.dataset(Self.namesName).readTexts()
    guard names.count == labels.count else {
      throw CSGError.data(path, "names are not [\(labels.count)]")
    }
    guard shard.names == nil || shard.names == SampleDigests.names(names) else {
      throw CSGError.data(
        path, "is damaged: its names do not match the manifest's digest", remedy: Self.remedy)
    }
    return names
  }

  /// The stored bytes of a sample: its pixels, or its JPEG file.
  /// - Throws: `CSGError` 65 where they are not those that were written.
  func read(_ row: Int) throws -> [UInt8] {
    let open = try open()
    let bytes =
      try manifest.holdsFiles
      ? open.bytes(offsets[row]..<offsets[row + 1]) : open.pixels(row)
    try require(bytes, digests?.samples[row], place(row), of: open.file)
    return bytes
  }

  /// The mask of a sample; nil where the shard has none.
  /// - Throws: `CSGError` 65 where it is damaged or holds other values than 0 and 1.
  func mask(_ row: Int) throws -> [UInt8]? {
    let open = try open()
    guard let bytes = try open.mask(row) else { return nil }
    try require(bytes, digests?.masks[row], "\(path): masks[\(row)]", of: open.file)
    guard bytes.allSatisfy({ $0 <= 1 }) else {
      throw CSGError.data(path, "masks[\(row)] holds other values than 0 and 1")
    }
    return bytes
  }

  /// Compares what was read for a sample with its digest; without one, a file that was cut since it was
  /// opened can be told all the same.
  private func require(
    _ bytes: [UInt8], _ digest: UInt64?, _ place: String, of file: HDF5File
  ) throws {
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
    let written = try ShardFile(written: file, storage: storage, hasMasks: !digests.masks.isEmpty)
    for (row, digest) in digests.samples.enumerated() {
      let bytes =
        try storage == .jpeg
        ? written.bytes(Int(clamping: offsets[row])..<Int(clamping: offsets[row + 1]))
        : written.pixels(row)
      try require(bytes, digest, "sample \(row)")
    }
    for (row, digest) in digests.masks.enumerated() {
      try require(written.mask(row) ?? [], digest, "the mask of sample \(row)")
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
      made, made.index(labels: labels, offsets: offsets.map(UInt64.init)),
      names.isEmpty ? nil : SampleDigests.names(names)
    )
  }

  /// Names a sample in errors.
  func place(_ row: Int) -> String {
    "\(path): \(manifest.holdsFiles ? "jpeg" : "images")[\(row)]"
  }

  /// Reads everything and compares it with what the manifest says.
  /// - Throws: `CSGError` 65.
  func verify() throws {
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
    if manifest.holdsFiles { builder.update(offsets.map(UInt64.init)) }
    builder.update(labels)
    return builder.digest()
  }
}
