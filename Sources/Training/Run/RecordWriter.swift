import Core
import Events
import Foundation
import Inference
import Network
import Storage

/// Appends records to `metrics.jsonl`, each line at once, and to TensorBoard's events.
final class RecordWriter {
  private let descriptor: Int32
  private let path: String
  private let encoder: JSONEncoder
  /// Nil where `log.tensorboard` is off.
  private let events: EventWriter?

  /// Goes on with the records of a run that is at `step`.
  /// - Throws: `CSGError` 73 or 74.
  init(_ directory: RunDirectory, step: Int, tensorBoard: Bool) throws {
    path = directory.metrics
    // Not through a link: a run's records go into the run.
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw FileSystem.fault("open for writing", path, errno, refused: .cannotCreate)
    }
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    events = tensorBoard ? try EventWriter(in: directory.path, afterStep: step) : nil
  }

  func write(_ record: StepRecord) throws {
    try append(record)
    try events?.write(record.eventValues, step: record.step)
  }

  /// `gate` is shown as a picture.
  func write(_ record: EpochRecord, gate: Gate?) throws {
    try append(record)
    guard let events else { return }
    let picture = try gate.map { try $0.eventValue(path: path) }
    try events.write(record.eventValues + [picture].compactMap { $0 }, step: record.step)
  }

  func write(_ record: SkipRecord) throws { try append(record) }

  func write(_ record: UnsavedRecord) throws { try append(record) }

  func write(_ record: RollbackRecord) throws { try append(record) }

  func write(_ record: DigestRecord) throws { try append(record) }

  func write(_ record: MismatchRecord) throws { try append(record) }

  private func append(_ record: some Encodable) throws {
    try AtomicFile.append([UInt8](encoder.encode(record)) + [10], to: descriptor, path: path)
  }

  deinit { close(descriptor) }
}
