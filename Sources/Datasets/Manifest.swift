import Core
import Foundation
import Storage

/// How images lie in a shard.
package enum ImageStorage: String, Codable, Sendable, CaseIterable {
  /// As pixels, all of one extent.
  case raw
  /// As JPEG files, each of its own extent.
  case jpeg
}

/// What a split of a data set holds: `manifest.json` beside its shards.
package struct Manifest: Codable, Sendable {
  /// "csg-dist data set" and its version.
  package var format = Self.formatName, version = Self.formatVersion
  /// "train" or "test".
  package var split: String
  /// Names of the classes, in label order.
  package var classes: [String]
  /// Samples.
  package var count: Int
  /// Extent of an image; of JPEG files the largest extents.
  package var height: Int, width: Int, channels: Int
  /// How images are stored; nil, in older manifests: raw.
  package var storage: ImageStorage?
  /// The side, or for JPEG files the short side, that pictures were made to fit; nil: left as is.
  package var size: Int?
  /// Pictures that were left out because they are damaged or could not be read.
  package var skipped: Int?
  /// Files that became no samples, by kind and class; nil: none, or an older manifest.
  package var passedOver: [PassedOver]?
  /// Whether shards hold a mask for each image; nil: they do not.
  package var masks: Bool?
  /// Mean and standard deviation of the training split's pixels in [0, 1], a channel each.
  package var mean: [Double], std: [Double]
  /// What it was made from.
  package var source: String
  /// The shards, in order.
  package var shards: [Shard]
  /// XXH3-128 over the shards' digests: the identity of the split as it is stored.
  package var fingerprint: String
  /// XXH3-128 over all the rest; nil in older manifests.
  package var digest: String?

  /// Whether a sample is a whole JPEG file, of a size of its own.
  package var holdsFiles: Bool { storage == .jpeg }

  /// Whether each image has a mask of its object.
  package var hasMasks: Bool { masks == true }

  private enum CodingKeys: String, CodingKey {
    case format, version, split, classes, count, height, width, channels, storage, size, skipped
    case masks, mean, std, source, shards, fingerprint, digest
    case passedOver = "passed_over"
  }

  /// One shard.
  package struct Shard: Codable, Sendable {
    /// File name beside the manifest.
    package var file: String
    /// Index of its first sample in the split, and how many it holds.
    package var first: Int, count: Int
    /// XXH3-128 of its pixels (each image's before its mask's) and labels; of JPEG files their bytes, offsets and labels.
    package var digest: String
    /// XXH3-128 of what a reader knows before the first sample: labels, places of JPEG files, and the
    /// digest of each sample; nil in older manifests.
    package var index: String?
    /// XXH3-128 of the samples' names, each ended by a zero byte; nil where they have none, and in
    /// older manifests.
    package var names: String?
  }

  static let formatName = "csg-dist data set", formatVersion = 1

  /// What is read first: later versions may have other fields.
  private struct Header: Decodable { let format: String, version: Int }

  /// The fingerprint of these shards.
  static func fingerprint(of shards: [Shard]) -> String {
    let builder = DigestBuilder()
    for shard in shards { builder.update(shard.digest) }
    return builder.digest().description
  }

  /// Reads and checks `folder/manifest.json`.
  /// - Throws: `CSGError` 66 where it is missing, 65 where it is not one.
  package init(folder: String) throws {
    let path = "\(folder)/manifest.json"
    guard let bytes = try FileSystem.contents(of: path).map({ Data($0) }) else {
      throw CSGError(
        .noInput, "\(path): no such file",
        remedy: "name a folder that csg-dist prepare wrote (…/train or …/test)")
    }
    let header = try? JSONDecoder().decode(Header.self, from: bytes)
    if let header, header.format == Self.formatName, header.version > Self.formatVersion {
      throw CSGError.newer(path)
    }
    guard header?.format == Self.formatName,
      let manifest = try? JSONDecoder().decode(Manifest.self, from: bytes)
    else { throw CSGError.data(path, "is not a csg-dist manifest") }
    var next = 0
    for shard in manifest.shards {
      guard shard.first == next, shard.count > 0, shard.count <= Int(Int32.max) - next,
        !shard.file.contains("/")
      else {
        throw CSGError.data(path, "shard \(shard.file) does not follow the one before it")
      }
      next += shard.count
    }
    let extents = [manifest.height, manifest.width]
    guard next == manifest.count, next > 0, manifest.count <= Int(Int32.max),
      extents.allSatisfy({ $0 > 0 && $0 <= 65_536 }), [1, 3].contains(manifest.channels),
      manifest.mean.count == manifest.channels, manifest.std.count == manifest.channels,
      manifest.classes.count >= 2, Self.fingerprint(of: manifest.shards) == manifest.fingerprint
    else { throw CSGError.data(path, "contradicts itself") }
    guard !manifest.holdsFiles || manifest.channels == 3 && !manifest.hasMasks else {
      let what = manifest.hasMasks ? "masks" : "\(manifest.channels) channel"
      throw CSGError.data(path, "promises JPEG files with \(what): they have 3 channels, no masks")
    }
    guard manifest.digest == nil || manifest.digest == manifest.contentDigest else {
      throw CSGError.data(
        path, "does not match its own digest: it is damaged, or was edited",
        remedy: "restore it, or, after an edit, remove its digest and run csg-dist inspect "
          + "\(folder) --verify --write-digests")
    }
    self = manifest
  }

  package init(
    split: String, classes: [String], height: Int, width: Int, channels: Int,
    storage: ImageStorage, size: Int?, mean: [Double], std: [Double], source: String,
    shards: [Shard], skipped: Int?, hasMasks: Bool = false,
    passedOver: [PassedOver] = []
  ) {
    self.split = split
    self.classes = classes
    self.height = height
    self.width = width
    self.channels = channels
    self.storage = storage
    self.size = size
    self.skipped = skipped
    self.passedOver = passedOver.isEmpty ? nil : passedOver
    masks = hasMasks ? true : nil
    self.mean = mean
    self.std = std
    self.source = source
    self.shards = shards
    count = shards.reduce(0) { $0 + $1.count }
    fingerprint = Self.fingerprint(of: shards)
    digest = contentDigest
  }

  /// Whether every shard has the digest of each of its samples.
  var hasSampleDigests: Bool { shards.allSatisfy { $0.index != nil } }

  /// The XXH3-128 of all fields but `digest`, in their order here; what is nil counts as a word.
  var contentDigest: String {
    let builder = DigestBuilder()
    func add(_ value: some CustomStringConvertible) { builder.update(value.description) }
    func add(_ values: [Double]) { builder.update(values.map(\.bitPattern)) }
    add(format)
    add(version)
    add(split)
    for name in classes { builder.update(name) }
    for number in [count, height, width, channels] { add(number) }
    builder.update(storage?.rawValue ?? "nil")
    add(size.map(String.init) ?? "nil")
    add(skipped.map(String.init) ?? "nil")
    add(masks.map { "\($0)" } ?? "nil")
    add(mean)
    add(std)
    builder.update(source)
    for shard in shards {
      builder.update(shard.file)
      add(shard.first)
      add(shard.count)
      builder.update(shard.digest)
      builder.update(shard.index ?? "nil")
      builder.update(shard.names ?? "nil")
    }
    builder.update(fingerprint)
    // Manifests without it have the digest that they had before it was kept.
    for others in passedOver ?? [] {
      builder.update(others.kind)
      builder.update(others.className ?? "nil")
      add(others.count)
      for name in others.names { builder.update(name) }
    }
    return builder.digest().description
  }

  /// Writes the manifest, and reads it back.
  func write(folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](try encoder.encode(self)) + [10], to: "\(folder)/manifest.json")
    guard try Manifest(folder: folder).digest == contentDigest else {
      throw CSGError.notAsMeant("\(folder)/manifest.json", "the manifest")
    }
  }
}
