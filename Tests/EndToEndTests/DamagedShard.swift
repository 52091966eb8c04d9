import Foundation
import TestSupport
import Testing

/// What happens to a shard's bytes on a disk.
enum ShardDamage: Sendable, CustomStringConvertible {
  /// The bytes that one sample is stored as, with the checksum behind them, are zero.
  case zeroedSample
  /// All labels, with their checksum.
  case zeroedLabels
  case zeroedRun, cut, flippedBit

  var description: String {
    switch self {
    case .zeroedSample: "zeroed sample"
    case .zeroedLabels: "zeroed labels"
    case .zeroedRun: "zeroed run"
    case .cut: "cut"
    case .flippedBit: "flipped bit"
    }
  }

  /// Whether a run cannot help but meet it.
  var isMet: Bool {
    switch self {
    case .zeroedSample, .zeroedLabels: true
    case .zeroedRun, .cut, .flippedBit: false
    }
  }
}

/// A small prepared data set whose stored bytes are known, in a folder with a configuration.
struct DamageableData: Sendable {
  let folder: TemporaryFolder
  /// A sample's stored bytes, and the labels of that shard, as they lie in `shard`.
  let sample: [UInt8], labels: [UInt8]
  let shard = "data/train/shard-00001.h5"

  /// Checksum that HDF5 puts behind a chunk.
  private static let checksumBytes = 4

  /// CIFAR-10's layout holds `pixels`, planes first; shards hold them together.
  static func raw() throws -> DamageableData {
    let folder = try TemporaryFolder()
    var random = RandomValues(seed: 11)
    var records: [[UInt8]] = []
    for file in (1...5).map({ "data_batch_\($0)" }) + ["test_batch"] {
      // No label is 0, so that zeros are others.
      let some = (0..<4).map { _ in
        [UInt8(1 + random.below(9))] + (0..<3072).map { _ in UInt8(random.below(256)) }
      }
      try folder.write("cifar/\(file).bin", Array(some.joined()))
      if file != "test_batch" { records += some }
    }
    try prepare(["cifar10", "--input", "cifar"], in: folder)
    try folder.write("run.yaml", configuration("model: { architecture: resnet8 }"))
    let second = records[10...]
    let planes = try #require(second.first).dropFirst()
    let sample = (0..<1024).flatMap { pixel in
      (0..<3).map { planes[planes.startIndex + 1024 * $0 + pixel] }
    }
    return DamageableData(
      folder: folder, sample: sample, labels: second.flatMap { [$0[0], 0, 0, 0] })
  }

  /// Files, of which a baseline JPEG one is kept as it is.
  static func jpeg() throws -> DamageableData {
    let folder = try TemporaryFolder()
    for (label, name) in ["a", "b"].enumerated() {
      for (i, picture) in ["plain.jpg", "subsampled.jpg", "grey.jpg", "plain.jpg"].enumerated() {
        let bytes = try GoldenPictures.bytes(picture)
        let split = i < 3 ? "train" : "val"
        try folder.write("in/\(split)/\(name)/\(label)\(i).jpg", bytes)
        if i == 3 { try folder.write("in/val/\(name)/more.jpg", bytes) }
      }
    }
    try prepare(["image-folder", "--input", "in", "--storage", "jpeg"], in: folder)
    try folder.write(
      "run.yaml",
      configuration(
        """
        model: { architecture: resnet8, classes: 2 }
        data: { image_size: 16, crop_padding: 0, random_resized_crop: {} }
        """))
    return DamageableData(
      folder: folder, sample: try GoldenPictures.bytes("plain.jpg"),
      labels: Array([[UInt8]](repeating: [1, 0, 0, 0], count: 3).joined()))
  }

  private static func prepare(_ arguments: [String], in folder: TemporaryFolder) throws {
    let finished = try Program.run(
      ["prepare"] + arguments + ["--output", "data", "--shards", "2"], in: folder.path)
    try #require(finished.status == 0, "\(finished.errors)")
  }

  /// A checkpoint an epoch, all of them kept.
  private static func configuration(_ first: String) -> String {
    first + """

      batch_size: 4
      replicas: 2
      epochs: 8
      gate: { period: 2 }
      evaluate: { every_epochs: 0 }
      checkpoint: { keep: 100 }
      log: { every: 1, tensorboard: false }
      compute: { threads: 1 }
      """
  }

  /// A copy of it in a new folder.
  func copy() throws -> DamageableData {
    let folder = try TemporaryFolder()
    for name in ["data", "run.yaml"] {
      try FileManager.default.copyItem(atPath: self.folder(name), toPath: folder(name))
    }
    return DamageableData(folder: folder, sample: sample, labels: labels)
  }

  /// The arguments of `train` into `run`.
  static let train =
    ["train", "run.yaml", "--output", "run"]
    + ["train", "test"].flatMap { ["--set", "data.\($0)=data/\($0)"] }

  /// Damages the shard in place, as a disk does: whoever has it open sees it.
  func damage(_ damage: ShardDamage, seed: UInt64) throws {
    let path = folder(shard)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    var random = RandomValues(seed: seed)
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    defer { try? handle.close() }
    func write(_ new: [UInt8], at place: Int) throws {
      try handle.seek(toOffset: UInt64(place))
      try handle.write(contentsOf: new)
    }
    func zero(_ known: [UInt8]) throws {
      let range = try #require(bytes.firstRange(of: known), "\(path) does not hold the known bytes")
      try write(Array(repeating: 0, count: known.count + Self.checksumBytes), at: range.lowerBound)
    }
    switch damage {
    case .zeroedSample: try zero(sample)
    case .zeroedLabels: try zero(labels)
    case .zeroedRun:
      let place = random.below(bytes.count)
      let count = min(bytes.count - place, 1 + random.below(4096))
      try write(Array(repeating: 0, count: count), at: place)
    case .cut:
      try handle.truncate(atOffset: UInt64(random.below(bytes.count)))
    case .flippedBit:
      let place = random.below(bytes.count)
      try write([bytes[place] ^ (1 << UInt8(random.below(8)))], at: place)
    }
  }
}
