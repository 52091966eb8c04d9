import Core
import Foundation
import Storage

/// Writes data sets as shards and manifests, a sample in memory at a time.
///
/// `OUT/train` and `OUT/test` appear whole or not at all, and only once all that was written has been
/// read back. Several ranks share the shards; what they write does not depend on how many they are, and a
/// fault of one is every rank's.
package struct DatasetWriter {
  let classes: [String], source: String
  let storage: ImageStorage, size: Int?
  let shards: Int
  /// Whether damaged pictures are left out; else they are an error, once all are found.
  let skipsDamaged: Bool
  let ranks: any Ranks
  let progress: (String) -> Void

  /// Damaged pictures that an error lists.
  private static let listedFaults = 3

  /// What is to be written, and by whom; `progress` is told each shard that this rank
  /// begins, and each damaged picture.
  package init(
    classes: [String], source: String, storage: ImageStorage = .raw, size: Int? = nil, shards: Int,
    skipsDamaged: Bool = false, ranks: any Ranks = SingleRank(),
    progress: @escaping (String) -> Void
  ) {
    precondition(shards > 0, "a split is cut into at least one shard")
    self.classes = classes
    self.source = source
    self.storage = storage
    self.size = size
    self.shards = shards
    self.skipsDamaged = skipsDamaged
    self.ranks = ranks
    self.progress = progress
  }

  /// Writes a data set in memory.
  /// - Throws: `CSGError` 73 where one exists, or the folder cannot be written.
  package static func write(
    _ dataset: RawDataset, to output: String, shards: Int, progress: @escaping (String) -> Void
  ) throws {
    _ = try DatasetWriter(
      classes: dataset.classes, source: dataset.source, shards: shards, progress: progress
    ).write(train: dataset.train, test: dataset.test, to: output)
  }

  /// Samples written and damaged ones left out, over both splits.
  package struct Counts: Sendable {
    /// Samples of each split.
    package var train = 0, test = 0
    /// What was wrong with the pictures that were left out.
    package var faults: [String] = []
  }

  /// Looks whether a split is there already; `write` does so too, but a long scan may come before. What
  /// a process left that was killed once both were in place is removed. Rank 0's.
  /// - Throws: `CSGError` 73.
  package static func refuseExisting(_ output: String) throws {
    let halfPlaced = try Workshop.halfPlaced(in: output)
    for name in ["train", "test"] where !halfPlaced.contains(name) {
      guard try FileSystem.kind(of: "\(output)/\(name)", followingLinks: false) != nil else {
        continue
      }
      try? Workshop.removeLeftovers(in: output)
      throw CSGError(
        .cannotCreate, "\(output)/\(name): exists already",
        remedy: "remove it, or name another --output")
    }
  }

  /// Writes both splits.
  /// - Throws: `CSGError` 73 where one exists, another process writes one, or the folder cannot be
  ///   written; 65 for damaged pictures.
  package func write(
    train: some SampleSource, test: some SampleSource, to output: String
  ) throws -> Counts {
    let splits: [(name: String, source: any SampleSource)] = [("train", train), ("test", test)]
    try ranks.onRoot { try Self.refuseExisting(output) }
    try ranks.together {
      let most = splits.map(\.source.count).min() ?? 0
      for (name, split) in splits {
        guard split.count >= shards else {
          throw CSGError(
            .usage,
            "--shards \(shards): the \(name) split has only \(NumberText.count(split.count, "sample"))",
            remedy: most > 0 ? "give --shards \(most) or less" : nil)
        }
      }
    }
    try requireSameScan(splits)
    var workshop: Workshop?  // rank 0's
    defer {
      workshop?.close()
      if ranks.rank == 0 { _ = rmdir(output) }  // only where it is empty
    }
    try ranks.onRoot {
      workshop = try Workshop(in: output, progress: progress)
      // Another process may have put a data set here before this one had the lock.
      try Self.refuseExisting(output)
    }
    let folder = Workshop.path(in: output)
    try ranks.onRoot {
      for (name, _) in splits { try AtomicFile.createFolder("\(folder)/\(name)") }
    }
    try ranks.together {
      for (name, _) in splits where try FileSystem.kind(of: "\(folder)/\(name)") != .folder {
        throw CSGError(
          .cannotCreate, "\(output): what rank 0 makes there does not show here",
          remedy: "name an --output on a file system that all ranks share")
      }
    }
    let reports = try writeShards(splits, workshop: folder)
    let counts = try check(reports)
    try ranks.onRoot { try publish(splits, reports, workshop: folder, output: output) }
    return counts
  }

  // MARK: Shared work

  /// Checks that all ranks found the same pictures: each will write a part of them.
  private func requireSameScan(_ splits: [(name: String, source: any SampleSource)]) throws {
    var found: [Agreement] = []
    try ranks.together {
      guard ranks.size > 1 else { return }
      found = classes.enumerated().map {
        Agreement("class \($0.offset)", $0.element, exitCode: .data)
      }
      for (name, source) in splits {
        found.append(Agreement("the \(name) split", "\(source.count) samples", exitCode: .data))
        found += try source.scan()
      }
    }
    try ranks.agree(on: found)
  }

  /// Writes all shards, as many at a time as there are ranks, and returns the reports of each split.
  private func writeShards(
    _ splits: [(name: String, source: any SampleSource)], workshop: String
  ) throws -> [[ShardReport]] {
    var reports: [ShardReport] = []
    let total = splits.count * shards
    for first in stride(from: 0, to: total, by: ranks.size) {
      let round = try ranks.together { () throws -> ShardReport? in
        let number = first + ranks.rank
        guard number < total else { return nil }
        let (name, source) = splits[number / shards]
        let shard = number % shards
        progress("\(name): shard \(shard + 1) of \(shards)")
        let report = try ShardWriter(
          split: name, storage: storage, classes: classes.count, shard: shard, shards: shards
        ).write(source, folder: "\(workshop)/\(name)")
        for fault in report.faults { progress("damaged: \(fault)") }
        return report
      }
      reports += round.compactMap { $0 }
    }
    return splits.indices.map { Array(reports[$0 * shards..<($0 + 1) * shards]) }
  }

  /// What is left after damaged pictures are left out must still be a data set.
  private func check(_ reports: [[ShardReport]]) throws -> Counts {
    let faults = reports.joined().flatMap(\.faults)
    if !faults.isEmpty && !skipsDamaged {
      let listed = faults.prefix(Self.listedFaults).joined(separator: ", ")
      let rest = faults.count - Self.listedFaults
      let missing = reports.joined().reduce(0) { $0 + $1.missing }
      let what =
        switch missing {
        case 0: NumberText.count(faults.count, "damaged picture")
        case faults.count: "\(NumberText.count(faults.count, "picture")) that cannot be read"
        default: "\(faults.count) pictures that are damaged or cannot be read"
        }
      throw CSGError(
        missing == faults.count ? .noInput : .data,
        "\(what): \(listed)" + (rest > 0 ? ", and \(rest) more" : ""),
        remedy: "mend or remove them, or add --skip-corrupt to leave them out")
    }
    for (split, reports) in zip(["train", "test"], reports) {
      for report in reports where report.count == 0 {
        throw CSGError(
          .data, "\(split): \(report.file) has no sound sample", remedy: "lower --shards")
      }
      guard !faults.isEmpty else { continue }
      for (label, name) in classes.enumerated()
      where reports.allSatisfy({ $0.classCounts[label] == 0 }) {
        throw CSGError(.data, "\(split): the class '\(name)' has no sound picture")
      }
    }
    let counts = reports.map { $0.reduce(0) { $0 + $1.count } }
    return Counts(train: counts[0], test: counts[1], faults: faults)
  }

  // MARK: Publishing

  /// Writes the manifests and puts both splits in place.
  private func publish(
    _ splits: [(name: String, source: any SampleSource)], _ reports: [[ShardReport]],
    workshop: String, output: String
  ) throws {
    var sums = ChannelSums(channels: splits[0].source.channels)
    for report in reports[0] { sums.add(report.sums) }
    let (mean, std) = sums.statistics
    for (channel, value) in std.enumerated() where value == 0 {
      progress(
        "channel \(channel) of the training images is \(mean[channel]) throughout: nothing can be "
          + "learned from it, and std: auto divides it by 1")
    }
    for ((name, source), reports) in zip(splits, reports) {
      let folder = "\(workshop)/\(name)"
      var first = 0
      let written = try reports.enumerated().map { shard, report in
        defer { first += report.count }
        let planned = ShardWriter.candidates(shard, of: shards, count: source.count).lowerBound
        if first != planned {
          let file = try HDF5File(updating: "\(folder)/\(report.file)")
          try file.replaceAttribute("first", by: first)
          try file.close()
          try AtomicFile.synchronize(file.path)
        }
        return Manifest.Shard(
          file: report.file, first: first, count: report.count, digest: report.digest,
          index: report.index, names: report.names)
      }
      let skipped = reports.reduce(source.skipped) { $0 + $1.faults.count }
      try Manifest(
        split: name, classes: classes, height: reports.map(\.height).max() ?? 0,
        width: reports.map(\.width).max() ?? 0, channels: source.channels, storage: storage,
        size: size, mean: mean, std: std, source: self.source, shards: written,
        skipped: skipped > 0 ? skipped : nil, hasMasks: source.hasMasks,
        passedOver: source.passedOver
      ).write(folder: folder)
      // Manifest and shards as a run will see them; the pictures were read back by their writers.
      _ = try Dataset(folder: folder)
    }
    var placed: [String] = []
    /// Takes back what was put in place, and says what could not be.
    func takeBack() -> String {
      let stuck = placed.filter { rename("\(output)/\($0)", "\(workshop)/\($0)") != 0 }
      return stuck.map { ", and remove \(output)/\($0)" }.joined()
    }
    for (name, _) in splits {
      guard rename("\(workshop)/\(name)", "\(output)/\(name)") == 0 else {
        let reason = String(cString: strerror(errno))
        throw CSGError(
          .cannotCreate, "\(output)/\(name): cannot be put in place: \(reason)",
          remedy: "look whether another process writes into \(output)" + takeBack())
      }
      placed.append(name)
    }
    do {
      try AtomicFile.synchronizeNames(in: output)
    } catch let error as CSGError {
      throw CSGError(
        error.exitCode, error.message, remedy: (error.remedy ?? "check the disk") + takeBack())
    }
  }
}
