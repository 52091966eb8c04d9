import Core

/// One line of `metrics.jsonl` for each checkpoint that could not be written while the run went on
/// (`checkpoint.on_failure: warn`).
package struct UnsavedRecord: Codable, Sendable {
  private let kind = "unsaved"
  /// Steps taken when that was known, and the step of the checkpoint.
  package let step: Int, checkpoint: Int
  /// Why it could not be written.
  package let reason: String

  /// The record of a checkpoint.
  package init(step: Int, checkpoint: Int, reason: String) {
    (self.step, self.checkpoint, self.reason) = (step, checkpoint, reason)
  }

  enum CodingKeys: CodingKey { case kind, step, checkpoint, reason }
}
