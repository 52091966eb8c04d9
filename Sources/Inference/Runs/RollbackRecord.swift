import Core

/// One line of `metrics.jsonl` each time that a step whose loss or gradient was not finite took the run back
/// (`numerics.on_nonfinite: rollback`).
package struct RollbackRecord: Codable, Sendable {
  package static let kind = "rollback"
  private let kind: String
  /// The step that was not finite, from 1, and is left out since, and its epoch, from 0.
  package let step: Int, epoch: Int
  /// Steps of the checkpoint that the run went back to; 0: to its start.
  package let checkpoint: Int
  /// What was not finite.
  package let reason: String

  /// The record of a rollback.
  package init(step: Int, epoch: Int, checkpoint: Int, reason: String) {
    kind = Self.kind
    (self.step, self.epoch, self.checkpoint, self.reason) = (step, epoch, checkpoint, reason)
  }

  /// Whether the run went back, and not on.
  var isPossible: Bool { 0 <= checkpoint && checkpoint < step && step < 1 << 53 }

  enum CodingKeys: CodingKey { case kind, step, epoch, checkpoint, reason }
}
