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
  var digest = "", index = "", names: String?
  /// What was wrong with candidates that were left out.
  var faults: [String] = []
  /// How many of these are missing or may not be read: nothing is known of their content.
  var missing = 0

  var count: Int { classCounts.reduce(0, +) }
}

/// Writes a run of candidates as one shard, one sample in memory at a time, and reads it back.
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
    let place = "\(folder)/\(report.file)"
    try AtomicFile.write(to: place) { path in
      let file = try HDF5File(creating: path, named: place)
      let digest = DigestBuilder()
      var digests = SampleDigests()
      let (labels, offsets) =
        switch storage {
        case .raw: try writePixels(of: source, range, to: file, digest, &digests, &report)
        case .jpeg: try writeFiles(of: source, range, to: file, digest, &digests, &report)
        }
      try file.write(
        labels, shape: [labels.count], chunk: [max(labels.count, 1)], to: ShardReader.labelsName)
      digest.update(labels)
      try digests.write(to: file)
      try file.setAttribute("format", ShardReader.format)
      try file.setAttribute("version", ShardReader.version)
      try file.setAttribute("split", split)
      try file.setAttribute("shard", shard)
      try file.setAttribute("shards", shards)
      try file.setAttribute("first", range.lowerBound)
      try file.setAttribute("count", labels.count)
      try file.close(verifying: path)
      report.digest = digest.digest().description
      report.index = digests.index(labels: labels, offsets: offsets)
      try ShardReader.requireSamples(
        of: HDF5File(reading: path, named: place), storage: storage, offsets: offsets, digests)
    }
    return report
  }

  private func writePixels(
    of source: some SampleSource, _ range: Range<Int>, to file: HDF5File,
    _ digest: borrowing DigestBuilder, _ digests: inout SampleDigests, _ report: inout ShardReport
  ) throws -> (labels: [Int32], offsets: [UInt64]) {
    let shape = [source.height, source.width, source.channels]
    let images = try file.createDataset(
      ShardFile.imagesName, of: UInt8.self, shape: [range.count] + shape, chunk: [1] + shape)
    let extent = [source.height, source.width]
    let masks =
      source.hasMasks
      ? try file.createDataset(
        ShardFile.masksName, of: UInt8.self, shape: [range.count] + extent, chunk: [1] + extent)
      : nil
    var labels: [Int32] = []
    try forEachSample(of: source, range, to: file, &report) { sample in
      guard case .pixels(let picture) = sample.content,
        [picture.height, picture.width, picture.channels] == shape
      else { preconditionFailure("raw storage takes pixels of one extent") }
      try images.writeRow(labels.count, picture.pixels[...])
      digest.update(picture.pixels)
      digests.samples.append(.xxh3(picture.pixels))
      if let masks {
        guard let mask = sample.mask, [mask.height, mask.width, mask.channels] == extent + [1]
        else { preconditionFailure("a source with masks has one of the image's extent for each") }
        try masks.writeRow(labels.count, mask.pixels[...])
        digest.update(mask.pixels)
        digests.masks.append(.xxh3(mask.pixels))
      }
      labels.append(sample.label)
    }
    if labels.count < range.count {
      try images.resize(rows: labels.count)
      try masks?.resize(rows: labels.count)
    }
    try images.close()
    try masks?.close()
    return (labels, [])
  }

  private func writeFiles(
    of source: some SampleSource, _ range: Range<Int>, to file: HDF5File,
    _ digest: borrowing DigestBuilder, _ digests: inout SampleDigests, _ report: inout ShardReport
  ) throws -> (labels: [Int32], offsets: [UInt64]) {
    let bytes = try file.createDataset(
      ShardFile.filesName, of: UInt8.self, shape: [0], chunk: [Self.chunkBytes], growable: true)
    var labels: [Int32] = []
    var offsets: [UInt64] = [0]
    try forEachSample(of: source, range, to: file, &report) { sample in
      guard case .jpeg(let content, _, _) = sample.content else {
        preconditionFailure("jpeg storage takes JPEG files")
      }
      try bytes.append(content)
      digest.update(content)
      digests.samples.append(.xxh3(content))
      offsets.append(offsets[labels.count] + UInt64(content.count))
      labels.append(sample.label)
    }
    try bytes.close()
    try file.write(
      offsets, shape: [offsets.count], chunk: [offsets.count], to: ShardFile.offsetsName)
    digest.update(offsets)
    return (labels, offsets)
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
      } catch let error as CSGError where [.data, .noInput].contains(error.exitCode) {
        report.faults.append(error.message)
        if error.exitCode == .noInput { report.missing += 1 }
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
    guard source.hasNames else { return }
    try file.write(texts: names, to: ShardReader.namesName)
    report.names = SampleDigests.names(names)
  }
}
