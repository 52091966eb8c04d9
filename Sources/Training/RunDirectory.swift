import Core
import Events
import Foundation
import Storage

/// `runs/NAME/`: configuration, records and checkpoints of one run. Rank 0 alone writes it.
public struct RunDirectory: Sendable {
  /// Where it lies.
  public let path: String

  /// The directory at `path`.
  public init(_ path: String) { self.path = path }

  /// `config.yaml`: the resolved configuration.
  public var configuration: String { "\(path)/config.yaml" }
  /// `metrics.jsonl`: one record a line.
  public var metrics: String { "\(path)/metrics.jsonl" }
  /// `events.out.tfevents…`: TensorBoard's files, oldest first.
  package var events: [String] { EventFile.names(in: path).map { "\(path)/\($0)" } }
  /// `checkpoints/`.
  public var checkpoints: String { "\(path)/checkpoints" }
  /// The link to the newest checkpoint, and to the one of highest test accuracy.
  public var latest: String { "\(checkpoints)/latest" }
  package var best: String { "\(checkpoints)/best" }

  /// The checkpoint that a path means: a run directory stands for its latest.
  public static func checkpoint(at path: String) -> String {
    let latest = RunDirectory(path).latest
    return FileManager.default.fileExists(atPath: latest) ? latest : path
  }

  /// Whether there is one already.
  public var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Makes the folders, empty where `overwrite` is given.
  /// - Throws: `CSGError` 73 where they cannot be made.
  package func create(overwrite: Bool) throws {
    if overwrite && exists {
      do {
        for old in [checkpoints, metrics, configuration] + events
        where FileManager.default.fileExists(atPath: old) {
          try FileManager.default.removeItem(atPath: old)
        }
      } catch {
        throw CSGError(.cannotCreate, "\(path): cannot be overwritten")
      }
    }
    try AtomicFile.createFolder(checkpoints)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    where name.hasPrefix(".step-") && name.hasSuffix(".partial") {
      _ = unlink("\(checkpoints)/\(name)")  // left by a process that was killed as it wrote
    }
  }

  // MARK: Checkpoints

  /// `step-000012345.h5`.
  package func checkpoint(step: Int) -> String {
    "\(checkpoints)/step-\(String(format: "%09d", step)).h5"
  }

  /// Steps of all checkpoints, newest first.
  public func checkpointSteps() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".h5") else { return nil }
      return Int(name.dropFirst(5).dropLast(3))
    }.sorted(by: >)
  }

  /// The newest checkpoint that is whole; `warn` is told of each damaged one.
  /// - Throws: `CSGError` 65 where there are checkpoints but none is whole.
  package func newestValid(warn: (String) -> Void) throws -> String? {
    let steps = checkpointSteps()
    for step in steps {
      do {
        _ = try Checkpoint(reading: checkpoint(step: step))
        return checkpoint(step: step)
      } catch let error as CSGError where error.exitCode == .data {
        warn("\(error.message); trying the one before it")
      }
    }
    guard steps.isEmpty else {
      throw CSGError.data(
        checkpoints, "none of \(steps.count) checkpoints is whole",
        remedy: "start again with --overwrite")
    }
    return nil
  }

  /// Saves a checkpoint, moves `latest` (and `best`), and removes all but the newest `keep`, the
  /// best, and `proven`.
  package func save(
    _ checkpoint: Checkpoint, isBest: Bool, keep: Int, keeping proven: String? = nil
  ) throws {
    let path = self.checkpoint(step: checkpoint.step)
    try checkpoint.write(to: path)
    let name = (path as NSString).lastPathComponent
    try AtomicFile.link(latest, to: name)
    if isBest { try AtomicFile.link(best, to: name) }
    let bestName = try? FileManager.default.destinationOfSymbolicLink(atPath: best)
    for step in checkpointSteps().dropFirst(keep) {
      let old = self.checkpoint(step: step)
      guard (old as NSString).lastPathComponent != bestName, old != proven else { continue }
      do {
        try FileManager.default.removeItem(atPath: old)
      } catch {
        throw CSGError(.inputOutput, "\(old): an old checkpoint cannot be removed")
      }
    }
  }

  /// Makes `step` the newest: later checkpoints move to `checkpoints/abandoned/`, and later records
  /// are cut off.
  package func rewind(to step: Int) throws {
    let abandoned = checkpointSteps().filter { $0 > step }
    if !abandoned.isEmpty { try AtomicFile.createFolder("\(checkpoints)/abandoned") }
    for later in abandoned {
      let old = checkpoint(step: later)
      let new = "\(checkpoints)/abandoned/\((old as NSString).lastPathComponent)"
      guard rename(old, new) == 0 else {
        throw CSGError(.inputOutput, "\(old): cannot be moved to \(new)")
      }
    }
    for link in [latest, best] where !FileManager.default.fileExists(atPath: link) {
      _ = unlink(link)
    }
    if FileManager.default.fileExists(atPath: checkpoint(step: step)) {
      try AtomicFile.link(latest, to: (checkpoint(step: step) as NSString).lastPathComponent)
    }
    try cutMetrics(after: step)
    try cutEvents(after: step)
  }

  private func cutMetrics(after step: Int) throws {
    guard let bytes = FileManager.default.contents(atPath: metrics) else { return }
    let kept = bytes.split(separator: 10).filter { line in
      let record = try? JSONDecoder().decode(RecordStep.self, from: line)
      return record.map { $0.step <= step } ?? false
    }
    let text = kept.reduce(into: [UInt8]()) { $0 += Array($1) + [10] }
    try AtomicFile.write(text, to: metrics)
  }

  /// TensorBoard itself forgets what a resumed run repeats, but other readers of its files do not.
  private func cutEvents(after step: Int) throws {
    for file in events {
      guard let bytes = FileManager.default.contents(atPath: file) else {
        throw CSGError(.inputOutput, "\(file): cannot be read", remedy: "check its rights")
      }
      let kept = EventFile.cut([UInt8](bytes), after: step)
      if let kept, kept.count < bytes.count { try AtomicFile.write(kept, to: file) }
      guard kept != nil || unlink(file) == 0 else {
        throw CSGError(.inputOutput, "\(file): cannot be removed", remedy: "check its rights")
      }
    }
  }

  private struct RecordStep: Decodable { let step: Int }
}
