import Core

/// One line of `metrics.jsonl` for each step that changed nothing, since its loss or gradient was not finite
/// (`numerics.on_nonfinite: skip`).
package struct SkipRecord: Codable, Sendable {
  private let kind = "skip"
  /// Steps taken, this one included, and its epoch, from 0.
  package let step: Int, epoch: Int
  /// What was not finite.
  package let reason: String

  /// The record of a step.
  package init(step: Int, epoch: Int, reason: String) {
    (self.step, self.epoch, self.reason) = (step, epoch, reason)
  }

  enum CodingKeys: CodingKey { case kind, step, epoch, reason }
}
