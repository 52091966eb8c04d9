import Core
import Foundation

/// One line of `metrics.jsonl` each `log.digests` steps.
package struct DigestRecord: Codable, Sendable {
  private let kind = "digest"
  /// Steps taken, and the digest that `inspect --digest` prints of a checkpoint of that step: of the state as it
  /// is, without regard to earlier ones.
  package let step: Int, digest: String

  /// The record of a state.
  package init(step: Int, digest: Digest) {
    self.step = step
    self.digest = digest.description
  }

  enum CodingKeys: CodingKey { case kind, step, digest }
}

/// One line of `metrics.jsonl` for each step whose bits were found wrong before they were learned.
package struct MismatchRecord: Codable, Sendable {
  private let kind = "mismatch"
  /// The step that was not taken so, from 1, and its epoch, from 0.
  package let step: Int, epoch: Int
  /// What differed.
  package let part: Part
  /// The replica; nil unless it is one's contribution that differed.
  package let replica: Int?
  /// The rank whose bits are in doubt, and the one whose they are held against.
  package let owner: Int, checker: Int
  /// The first tensor that differs.
  package let tensor: String

  /// What differed: what a replica brings, the sum over all, or the state between two steps.
  package enum Part: String, Codable, Sendable { case replica, sum, state }

  /// The record of a mismatch.
  package init(
    step: Int, epoch: Int, part: Part, replica: Int?, owner: Int, checker: Int, tensor: String
  ) {
    (self.step, self.epoch, self.part, self.replica) = (step, epoch, part, replica)
    (self.owner, self.checker, self.tensor) = (owner, checker, tensor)
  }

  enum CodingKeys: CodingKey { case kind, step, epoch, part, replica, owner, checker, tensor }

  /// Every key stands in every line: null where there is no value.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(step, forKey: .step)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(part, forKey: .part)
    try container.encode(replica, forKey: .replica)
    try container.encode(owner, forKey: .owner)
    try container.encode(checker, forKey: .checker)
    try container.encode(tensor, forKey: .tensor)
  }
}
