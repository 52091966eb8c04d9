import Core
import Inference

/// Bits of a step that should be equal and are not.
package struct Mismatch: Error, Sendable, Equatable {
  /// Where they were found.
  package enum Place: Sendable, Equatable {
    /// What a replica brings, computed twice.
    case replica(Int)
    /// The sum over all replicas, as each rank received it.
    case sum
    /// What a rank carries from step to step.
    case state
  }

  package let place: Place
  /// Counted from 1, and the epoch, from 0.
  package let step: Int, epoch: Int
  /// The rank whose bits are in doubt, and the one whose they are held against: itself, where its own
  /// memory says one thing and then another.
  package let owner: Int, checker: Int
  /// The first that differs.
  package let tensor: String

  /// Bits that differ.
  package init(place: Place, step: Int, epoch: Int, owner: Int, checker: Int, tensor: String) {
    (self.place, self.step, self.epoch) = (place, step, epoch)
    (self.owner, self.checker, self.tensor) = (owner, checker, tensor)
  }

  /// Whether taking the step again from the state that it began with may help.
  var isRepairable: Bool { place != .state }

  /// In words, as lockstep has them.
  package var text: String {
    let other = owner == checker ? "itself" : "rank \(checker)"
    let place =
      switch place {
      case .replica(let replica): "\(tensor) of replica \(replica), computed twice"
      case .sum: "\(tensor) of the sum over all replicas"
      case .state: tensor
      }
    return "step \(step): rank \(owner) is out of lockstep with \(other), first in \(place)"
  }

  /// As a line of `metrics.jsonl`.
  var record: MismatchRecord {
    let (part, replica): (MismatchRecord.Part, Int?) =
      switch place {
      case .replica(let replica): (.replica, replica)
      case .sum: (.sum, nil)
      case .state: (.state, nil)
      }
    return MismatchRecord(
      step: step, epoch: epoch, part: part, replica: replica, owner: owner, checker: checker,
      tensor: tensor)
  }
}
