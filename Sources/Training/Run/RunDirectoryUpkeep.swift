import Core
import Events
import Foundation
import Inference
import Storage

/// How a run directory is made, swept and taken back to an earlier step. Rank 0 alone writes it.
extension RunDirectory {
  /// `events.out.tfevents…`: TensorBoard's files, oldest first.
  package var events: [String] {
    get throws { try EventFile.names(in: path).map { "\(path)/\($0)" } }
  }

  /// Whether a run is in it: more than a lock.
  package var holdsRun: Bool {
    get throws {
      try ![checkpoints, metrics, configuration].allSatisfy { try !FileSystem.exists($0) }
    }
  }

  /// Where the checkpoints of a run that is overwritten wait to be removed: out of the way at once, so
  /// that a process which is killed meanwhile leaves no half of a run to go on with.
  private var overwritten: String { "\(path)/.overwritten" }

  /// Makes the folders, empty where `overwrite` is given.
  /// - Throws: `CSGError` 73 where they cannot be made.
  package func create(overwrite: Bool) throws {
    if overwrite {
      do {
        if try FileSystem.exists(checkpoints), rename(checkpoints, overwritten) != 0 {
          throw FileSystem.fault("move", checkpoints, errno)
        }
        for old in try [overwritten, incoming, metrics, configuration] + events {
          try FileSystem.remove(old)
        }
      } catch let error as CSGError {
        throw CSGError(
          .cannotCreate, "\(path): cannot be overwritten: \(error.message)", remedy: error.remedy)
      }
    }
    try AtomicFile.createFolder(checkpoints)
    try sweep()
  }

  /// Removes what processes that were killed as they wrote have left; no other job writes here.
  package func sweep() throws {
    try FileSystem.remove(overwritten)
    try AtomicFile.sweep(path, .all) {
      $0 == "config.yaml" || $0 == "metrics.jsonl" || EventFile.isName($0)
    }
    try AtomicFile.sweep(checkpoints, .all) {
      $0 == "latest" || $0 == "best" || Self.isCheckpoint($0)
    }
  }

  // MARK: Records

  /// Lines of `metrics.jsonl` that a rewind left out.
  package struct CutLines: Sendable, Equatable {
    /// Of later steps; and such as are no records.
    package var later = 0, unreadable = 0

    /// In words; nil where there were none.
    package var text: String? {
      let parts = [
        later > 0 ? "\(later) of later steps" : nil,
        unreadable > 0 ? "\(unreadable) that cannot be read" : nil,
      ].compactMap { $0 }
      return parts.isEmpty
        ? nil : "metrics.jsonl: lines left out: \(parts.joined(separator: ", "))"
    }
  }

  /// Makes `step` the newest: later checkpoints move to `checkpoints/abandoned/`, and later records
  /// are cut off, but those of rollbacks to `step` or before, unless this is another run than theirs. So is that of an
  /// epoch which ends with `step` and is still to be closed. The links are to be settled then.
  package func rewind(
    to step: Int, closesEpoch: Bool = false, keepsRollbacks: Bool = true
  ) throws -> CutLines {
    let abandoned = try checkpointSteps().filter { $0 > step }
    if !abandoned.isEmpty { try AtomicFile.createFolder("\(checkpoints)/abandoned") }
    for later in abandoned {
      let old = checkpoint(step: later)
      let new = try place(for: old, "\(checkpoints)/abandoned/\(Self.name(step: later))")
      guard rename(old, new) == 0 else {
        throw FileSystem.fault("move to \(new)", old, errno, refused: .inputOutput)
      }
    }
    let cut = try cutMetrics(
      after: step, closesEpoch: closesEpoch, keepsRollbacks: keepsRollbacks)
    try cutEvents(after: step, closesEpoch: closesEpoch)
    return cut
  }

  /// `path`, or where another checkpoint lies there that was set aside before, the same with the next number in its
  /// name.
  private func place(for checkpoint: String, _ path: String) throws -> String {
    let digest = try FileSystem.digest(of: checkpoint)
    var candidate = path
    var number = 1
    while let other = try FileSystem.digest(of: candidate), other != digest {
      number += 1
      candidate = "\(path.dropLast(3))-\(number).h5"
    }
    return candidate
  }

  private func cutMetrics(after step: Int, closesEpoch: Bool, keepsRollbacks: Bool) throws
    -> CutLines
  {
    guard let bytes = try FileSystem.contents(of: metrics) else { return CutLines() }
    var cut = CutLines()
    var kept: [UInt8] = []
    for line in bytes.split(separator: 10) {
      guard let record = try? JSONDecoder().decode(RecordStep.self, from: Data(line)) else {
        cut.unreadable += 1
        continue
      }
      let rollback = keepsRollbacks && record.kind == RollbackRecord.kind ? record.checkpoint : nil
      if closesEpoch && record.kind == EpochRecord.kind && record.step == step { continue }
      if rollback ?? record.step <= step { kept += line + [10] } else { cut.later += 1 }
    }
    if kept != bytes { try AtomicFile.write(kept, to: metrics) }
    return cut
  }

  /// TensorBoard itself forgets what a resumed run repeats, but other readers of its files do not.
  private func cutEvents(after step: Int, closesEpoch: Bool) throws {
    for file in try events {
      guard let bytes = try FileSystem.contents(of: file) else { continue }
      let kept = EventFile.cut(bytes) {
        $0.step > step || closesEpoch && $0.step == step && $0.isOfEpoch
      }
      guard let kept else {
        try FileSystem.remove(file)
        continue
      }
      if kept.count < bytes.count { try AtomicFile.write(kept, to: file) }
    }
  }

  private struct RecordStep: Decodable {
    let step: Int, kind: String?, checkpoint: Int?
  }
}
