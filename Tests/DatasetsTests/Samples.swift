import Core
import Datasets
import Foundation
import TestSupport

/// Small data sets on disk, made as their sources are.
enum Samples {
  /// An IDX file of bytes.
  static func idx(_ shape: [Int], _ values: [UInt8], magic: UInt32? = nil) -> [UInt8] {
    let words = [magic ?? 0x0800 + UInt32(shape.count)] + shape.map { UInt32($0) }
    return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
    }
      + values
  }

  /// Seeded bytes.
  static func bytes(_ count: Int, below bound: Int = 256, seed: UInt64) -> [UInt8] {
    var random = RandomValues(seed: seed)
    return (0..<count).map { _ in UInt8(random.below(bound)) }
  }

  /// Four IDX files: random grey images of 6 rows and 5 columns.
  static func writeIDX(train: Int, test: Int, seed: UInt64, in folder: TemporaryFolder) throws {
    for (name, count) in [("train", train), ("t10k", test)] {
      let seed = seed * 10 + UInt64(count)
      let images = idx([count, 6, 5], bytes(count * 30, seed: seed))
      try folder.write("\(name)-images-idx3-ubyte", images)
      let labels = idx([count], bytes(count, below: 10, seed: seed + 1))
      try folder.write("\(name)-labels-idx1-ubyte", labels)
    }
  }

  /// A data set of random grey images of 6 rows and 5 columns.
  static func raw(train: Int = 23, test: Int = 5, seed: UInt64 = 1) throws -> RawDataset {
    let folder = try TemporaryFolder()
    try writeIDX(train: train, test: test, seed: seed, in: folder)
    return try FashionMNISTImporter.load(folder: folder.path)
  }

  /// Its training split, written in shards and opened.
  static func dataset(
    _ raw: RawDataset, shards: Int = 2, in folder: TemporaryFolder
  ) throws -> Dataset {
    try DatasetWriter.write(raw, to: folder("set"), shards: shards) { _ in }
    return try Dataset(folder: folder("set/train"))
  }
}

extension RawSplit {
  /// One image [H][W][channels].
  func image(_ sample: Int) -> [UInt8] {
    Array(pixels[sample * imageBytes..<(sample + 1) * imageBytes])
  }
}

extension Dataset {
  /// One image [H][W][channels].
  func image(_ sample: Int) throws -> [UInt8] {
    try picture(sample).pixels
  }
}
