import Communicator
import Testing
import Training

@Suite struct ReplayScheduleTests {
  @Test func everyNthStepIsVerified() {
    let schedule = ReplaySchedule(every: 3, replicas: 4, ranks: 2)
    #expect((1...10).filter(schedule.isDue) == [3, 6, 9])
    let never = ReplaySchedule(every: 0, replicas: 4, ranks: 2)
    #expect(!(1...10).contains(where: never.isDue))
  }

  /// Replicas come round in order; the owner is the rank that has the replica; after ranks − 1 rounds every
  /// rank has checked every replica of every other.
  @Test(arguments: [(4, 1), (4, 2), (4, 3), (7, 3), (5, 5)])
  func everyReplicaIsCheckedByEveryOtherRank(_ replicas: Int, _ ranks: Int) {
    let schedule = ReplaySchedule(every: 2, replicas: replicas, ranks: ranks)
    let rounds = max(1, ranks - 1)
    let turns = (1...rounds * replicas).flatMap { schedule.turns(2 * $0) }
    #expect(turns.map(\.replica) == (0..<rounds * replicas).map { $0 % replicas })
    var met: Set<[Int]> = []
    for turn in turns {
      let owned = ReductionTree.owned(by: turn.owner, replicas: replicas, ranks: ranks)
      #expect(owned.contains(turn.replica))
      #expect((turn.checker == turn.owner) == (ranks == 1) && turn.checker < ranks)
      met.insert([turn.replica, turn.owner, turn.checker])
    }
    #expect(met.count == rounds * replicas)
    // All of them in one step, and as many steps as there are other ranks: the same turns.
    let whole = ReplaySchedule(every: 2, takesAll: true, replicas: replicas, ranks: ranks)
    #expect((1...rounds).flatMap { whole.turns(2 * $0) } == turns)
  }
}
