import Communicator

/// Which replicas are computed a second time in which step, and by whom: a pure function of the step's number.
package struct ReplaySchedule: Sendable {
  /// A replica, the rank that it is of, and the one that computes it again.
  package struct Turn: Sendable, Equatable {
    package let replica: Int, owner: Int, checker: Int

    /// A turn.
    package init(replica: Int, owner: Int, checker: Int) {
      (self.replica, self.owner, self.checker) = (replica, owner, checker)
    }
  }

  private let every: Int, takesAll: Bool, replicas: Int, ranks: Int

  /// Every `every`-th step of a run over so many replicas and ranks; 0: none. `takesAll`: every replica in such a
  /// step, else one.
  package init(every: Int, takesAll: Bool = false, replicas: Int, ranks: Int) {
    (self.every, self.takesAll, self.replicas, self.ranks) = (every, takesAll, replicas, ranks)
  }

  /// Whether a step, from 1, is verified.
  package func isDue(_ step: Int) -> Bool { every > 0 && step % every == 0 }

  /// The turns of a verified step, by replica. `replicas` turns reach every replica, and after `ranks - 1` such
  /// rounds every rank has been checked by every other; a single rank checks itself.
  package func turns(_ step: Int) -> [Turn] {
    precondition(isDue(step), "step \(step) is not verified")
    let number = step / every - 1
    if takesAll { return (0..<replicas).map { turn(replica: $0, round: number) } }
    let (round, replica) = number.quotientAndRemainder(dividingBy: replicas)
    return [turn(replica: replica, round: round)]
  }

  private func turn(replica: Int, round: Int) -> Turn {
    let owner =
      (0..<ranks).first {
        ReductionTree.owned(by: $0, replicas: replicas, ranks: ranks).contains(replica)
      } ?? 0
    guard ranks > 1 else { return Turn(replica: replica, owner: owner, checker: owner) }
    return Turn(
      replica: replica, owner: owner, checker: (owner + 1 + round % (ranks - 1)) % ranks)
  }
}
