import Core
import Foundation
import Storage

/// What came of writing one shard.
struct ShardReport: Codable {
  var file: String
  /// Samples written, of each class.
  var classCounts: [Int]
  /// Largest extent.
  var height = 0, width = 0
  var sums: ChannelSums
  var digest = ""
  /// What was wrong with candidates that were left out.
  var faults: [String] = []

  var count: Int { classCounts.reduce(0, +) }
}

/// Writes a run of candidates as one shard, one sample in memory at a time.
struct ShardWriter {
  let split: String, storage: ImageStorage, classes: Int
  let shard: Int, shards: Int
  /// Bytes of JPEG files that share a checksum.
  private static let chunkBytes = 1 << 17

  static func name(_ shard: Int) -> String { "shard-\(String(format: "%05d", shard)).h5" }

  /// The candidates of a shard: contiguous runs.
  static func candidates(_ shard: Int, of shards: Int, count: Int) -> Range<Int> {
    shard * count / shards..<(shard + 1) * count / shards
  }

  /// Writes the shard into `folder`. Its `first` is right where no candidate before it is left out.
  func write(_ source: some SampleSource, folder: String) throws -> ShardReport {
    let range = Self.candidates(shard, of: shards, count: source.count)
    var report = ShardReport(
      file: Self.name(shard), classCounts: Array(repeating: 0, count: classes),
      sums: ChannelSums(channels: source.channels))
    try AtomicFile.write(to: "\(folder)/\(report.file)") { path in
      let file = try HDF5File(creating: path)
      let digest = DigestBuilder()
      let labels =
        switch storage {
        case .raw: try writePixels(of: source, range, to: file, digest, &report)
        case .jpeg: try writeFiles(of: source, range, to: file, digest, &report)
        }
      try file.createDataset(
        "labels", of: Int32.self, shape: [labels.count], chunk: [max(labels.count, 1)]
      ).writeAll(labels)
      digest.update(labels)
      try file.setAttribute("format", ShardReader.format)
      try file.setAttribute("version", ShardReader.version)
      try file.setAttribute("split", split)
      try file.setAttribute("shard", shard)
      try file.setAttribute("shards", shards)
      try file.setAttribute("first", range.lowerBound)
      try file.setAttribute("count", labels.count)
      try file.close()
      report.digest = digest.digest().description
    }
    return report
  }

  private func writePixels(
    of source: some SampleSource, _ range: Range<Int>, to file: HDF5File,
    _ digest: borrowing DigestBuilder, _ report: inout ShardReport
  ) throws -> [Int32] {
    let shape = [source.height, source.width, source.channels]
    let images = try file.createDataset(
      "images", of: UInt8.self, shape: [range.count] + shape, chunk: [1] + shape)
    let extent = [source.height, source.width]
    let masks =
      source.hasMasks
      ? try file.createDataset(
        "masks", of: UInt8.self, shape: [range.count] + extent, chunk: [1] + extent) : nil
    var labels: [Int32] = []
    try forEachSample(of: source, range, to: file, &report) { sample in
      guard case .pixels(let picture) = sample.content,
        [picture.height, picture.width, picture.channels] == shape
      else { preconditionFailure("raw storage takes pixels of one extent") }
      try images.writeRow(labels.count, picture.pixels[...])
      digest.update(picture.pixels)
      if let masks {
        guard let mask = sample.mask, [mask.height, mask.width, mask.channels] == extent + [1]
        else { preconditionFailure("a source with masks has one of the image's extent for each") }
        try masks.writeRow(labels.count, mask.pixels[...])
        digest.update(mask.pixels)
      }
      labels.append(sample.label)
    }
    if labels.count < range.count {
      try images.resize(rows: labels.count)
      try masks?.resize(rows: labels.count)
    }
    return labels
  }

  private func writeFiles(
    of source: some SampleSource, _ range: Range<Int>, to file: HDF5File,
    _ digest: borrowing DigestBuilder, _ report: inout ShardReport
  ) throws -> [Int32] {
    let bytes = try file.createDataset(
      "jpeg", of: UInt8.self, shape: [0], chunk: [Self.chunkBytes], growable: true)
    var labels: [Int32] = []
    var offsets: [UInt64] = [0]
    try forEachSample(of: source, range, to: file, &report) { sample in
      guard case .jpeg(let content, _, _) = sample.content else {
        preconditionFailure("jpeg storage takes JPEG files")
      }
      try bytes.append(content)
      digest.update(content)
      offsets.append(offsets[labels.count] + UInt64(content.count))
      labels.append(sample.label)
    }
    try file.createDataset(
      "jpeg_offsets", of: UInt64.self, shape: [offsets.count], chunk: [offsets.count]
    ).writeAll(offsets)
    digest.update(offsets)
    return labels
  }

  /// Makes each sample, counts it, and hands it to `store`; damaged ones go to the report.
  private func forEachSample(
    of source: some SampleSource, _ range: Range<Int>, to file: HDF5File,
    _ report: inout ShardReport, _ store: (Sample) throws -> Void
  ) throws {
    var names: [String] = []
    for index in range {
      let sample: Sample
      do {
        sample = try source.sample(index)
      } catch let error as CSGError where error.exitCode == .data {
        report.faults.append(error.message)
        continue
      }
      try store(sample)
      let extent =
        switch sample.content {
        case .pixels(let picture): (picture.height, picture.width)
        case .jpeg(_, let height, let width): (height, width)
        }
      report.height = max(report.height, extent.0)
      report.width = max(report.width, extent.1)
      report.classCounts[Int(sample.label)] += 1
      if let view = sample.view {
        report.sums.add(view)
      } else if case .pixels(let picture) = sample.content {
        report.sums.add(picture)
      }
      if source.hasNames { names.append(sample.name ?? "") }
    }
    if source.hasNames { try file.write(texts: names, to: "names") }
  }
}
