import Core
import Foundation
import Storage

/// Writes raw data sets as shards and manifests.
public enum DatasetWriter {
  /// Writes `OUT/train` and `OUT/test`; each appears whole or not at all.
  /// - Throws: `CSGError` 73 where one exists, or the folder cannot be written.
  public static func write(
    _ dataset: RawDataset, to output: String, shards: Int, progress: (String) -> Void
  ) throws {
    precondition(shards > 0, "a split is cut into at least one shard")
    let splits = [("train", dataset.train), ("test", dataset.test)]
    for (name, split) in splits {
      guard !FileManager.default.fileExists(atPath: "\(output)/\(name)") else {
        throw CSGError(
          .cannotCreate, "\(output)/\(name): exists already",
          remedy: "remove it, or name another --output")
      }
      guard split.count >= shards else {
        throw CSGError(
          .usage, "--shards \(shards): the \(name) split has only \(split.count) samples")
      }
    }
    let (mean, std) = dataset.train.channelStatistics()
    try AtomicFile.createFolder(output)
    let workshop = "\(output)/.prepare.\(getpid()).partial"
    do {
      for (name, split) in splits {
        let folder = "\(workshop)/\(name)"
        try AtomicFile.createFolder(folder)
        let written = try (0..<shards).map { shard in
          progress("\(name): shard \(shard + 1) of \(shards)")
          return try write(split, name: name, shard: shard, of: shards, folder: folder)
        }
        try Manifest(
          split: name, classes: dataset.classes, height: split.height, width: split.width,
          channels: split.channels, mean: mean, std: std, source: dataset.source, shards: written
        ).write(folder: folder)
      }
      for (name, _) in splits {
        guard rename("\(workshop)/\(name)", "\(output)/\(name)") == 0 else {
          throw CSGError(
            .cannotCreate, "\(output)/\(name): cannot be put in place",
            remedy: "look whether another process prepares the same data")
        }
      }
      _ = rmdir(workshop)
      try AtomicFile.synchronize(output)
    } catch {
      try? FileManager.default.removeItem(atPath: workshop)
      _ = rmdir(output)  // only where it is empty
      throw error
    }
  }

  private static func write(
    _ split: RawSplit, name: String, shard: Int, of shards: Int, folder: String
  ) throws -> Manifest.Shard {
    let range = shard * split.count / shards..<(shard + 1) * split.count / shards
    let fileName = "shard-\(String(format: "%05d", shard)).h5"
    let shape = [split.height, split.width, split.channels]
    let labels = Array(split.labels[range])
    let digest = DigestBuilder()
    try AtomicFile.write(to: "\(folder)/\(fileName)") { path in
      let file = try HDF5File(creating: path)
      let images = try file.createDataset(
        "images", of: UInt8.self, shape: [range.count] + shape, chunk: [1] + shape)
      for (row, sample) in range.enumerated() {
        let start = sample * split.imageBytes
        let image = split.pixels[start..<start + split.imageBytes]
        try images.writeRow(row, image)
        image.withUnsafeBytes { digest.update($0) }
      }
      try file.createDataset(
        "labels", of: Int32.self, shape: [labels.count], chunk: [labels.count]
      ).writeAll(labels)
      digest.update(labels)
      try file.setAttribute("format", ShardReader.format)
      try file.setAttribute("version", ShardReader.version)
      try file.setAttribute("split", name)
      try file.setAttribute("shard", shard)
      try file.setAttribute("shards", shards)
      try file.setAttribute("first", range.lowerBound)
      try file.setAttribute("count", range.count)
      try file.close()
    }
    return Manifest.Shard(
      file: fileName, first: range.lowerBound, count: range.count,
      digest: digest.digest().description)
  }
}
