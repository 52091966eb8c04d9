import Inference
import Network

/// Tells how a run goes: events for whoever shows them, records for its files. Rank 0 alone speaks and
/// writes.
final class TrainingReporter {
  private let isRoot: Bool
  private let report: (TrainingEvent) -> Void
  /// Nil before and after the run, and on other ranks than 0.
  private var records: RecordWriter?

  init(isRoot: Bool, report: @escaping (TrainingEvent) -> Void) {
    self.isRoot = isRoot
    self.report = report
  }

  func tell(_ event: TrainingEvent) {
    if isRoot { report(event) }
  }

  /// Goes on with the records of a run that is at `step`.
  /// - Throws: `CSGError` 73 or 74.
  func openRecords(_ directory: RunDirectory, step: Int, tensorBoard: Bool) throws {
    records = isRoot ? try RecordWriter(directory, step: step, tensorBoard: tensorBoard) : nil
  }

  func closeRecords() { records = nil }

  /// Writes a record, then tells it.
  func record(_ record: StepRecord) throws {
    try records?.write(record)
    tell(.record(record))
  }

  /// The same of an epoch; `gate` is shown as a picture.
  func record(_ record: EpochRecord, gate: Gate?) throws {
    try records?.write(record, gate: gate)
    tell(.epoch(record))
  }

  /// Writes that a step changed nothing, and says why.
  func record(_ record: SkipRecord) throws {
    try records?.write(record)
    tell(.warning("step \(record.step) changed nothing: \(record.reason)"))
  }

  /// Writes that the run goes back, and says why.
  func record(_ record: RollbackRecord) throws {
    try records?.write(record)
    let place = record.checkpoint == 0 ? "the start" : "step \(record.checkpoint)"
    tell(.warning("step \(record.step) is left out, back to \(place): \(record.reason)"))
  }

  /// Writes that a checkpoint could not be written, and says why.
  func record(_ record: UnsavedRecord) throws {
    try records?.write(record)
    tell(
      .warning(
        "the checkpoint of step \(record.checkpoint) was not saved, the run goes on: \(record.reason)"
      ))
  }

  /// Writes the digest of a state.
  func record(_ record: DigestRecord) throws { try records?.write(record) }

  /// Writes that bits of a step differed, and says so unless the run is to end by it.
  func record(_ mismatch: Mismatch) throws {
    try records?.write(mismatch.record)
    guard mismatch.isRepairable else { return }
    tell(.warning("\(mismatch.text); nothing of it was learned"))
  }
}
