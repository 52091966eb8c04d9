import Core
import Foundation

/// The records of a run, read back.
package struct RunRecords: Sendable {
  /// One each `log.every` steps, and one an epoch, in order.
  package let steps: [StepRecord], epochs: [EpochRecord]
  /// One each `log.digests` steps, and one of each mismatch.
  package let digests: [DigestRecord], mismatches: [MismatchRecord]

  /// One of each step that changed nothing, and of each checkpoint that could not be written.
  package let skips: [SkipRecord], unsaved: [UnsavedRecord]

  /// One of each time that the run went back.
  package let rollbacks: [RollbackRecord]

  /// The records of the run at `path` up to a step; nil where there is no `metrics.jsonl`.
  ///
  /// A last line without its end is left out: a run that is under way is just writing it.
  /// - Throws: `CSGError` 65 that names a line that is no record.
  package init?(run path: String, upTo last: Int) throws {
    let file = RunDirectory(path).metrics
    guard let data = try FileSystem.contents(of: file).map({ Data($0) }) else { return nil }
    var lines = data.split(separator: 10, omittingEmptySubsequences: false)
    lines.removeLast()
    var steps: [StepRecord] = []
    var epochs: [EpochRecord] = []
    var digests: [DigestRecord] = []
    var mismatches: [MismatchRecord] = []
    var skips: [SkipRecord] = []
    var unsaved: [UnsavedRecord] = []
    var rollbacks: [RollbackRecord] = []
    let decoder = JSONDecoder()
    for (i, line) in lines.enumerated() {
      do {
        switch try decoder.decode(Kind.self, from: line).kind {
        case "step": steps.append(try decoder.decode(StepRecord.self, from: line))
        case "epoch": epochs.append(try decoder.decode(EpochRecord.self, from: line))
        case "digest": digests.append(try decoder.decode(DigestRecord.self, from: line))
        case "mismatch": mismatches.append(try decoder.decode(MismatchRecord.self, from: line))
        case "skip": skips.append(try decoder.decode(SkipRecord.self, from: line))
        case "unsaved": unsaved.append(try decoder.decode(UnsavedRecord.self, from: line))
        case RollbackRecord.kind:
          let rollback = try decoder.decode(RollbackRecord.self, from: line)
          guard rollback.isPossible else {
            throw CSGError.data(
              file,
              "line \(i + 1) goes from step \(rollback.step) back to step \(rollback.checkpoint)")
          }
          rollbacks.append(rollback)
        case let kind: throw CSGError.data(file, "line \(i + 1) is of an unknown kind '\(kind)'")
        }
      } catch is DecodingError {
        throw CSGError.data(
          file, "line \(i + 1) is no record", remedy: "remove the line, or name the checkpoint file"
        )
      }
    }
    self.steps = steps.filter { $0.step <= last }
    self.epochs = epochs.filter { $0.step <= last }
    self.digests = digests.filter { $0.step <= last }
    self.mismatches = mismatches.filter { $0.step <= last }
    self.skips = skips.filter { $0.step <= last }
    self.unsaved = unsaved.filter { $0.step <= last }
    self.rollbacks = rollbacks.filter { $0.step <= last }
  }

  private struct Kind: Decodable { let kind: String }
}
