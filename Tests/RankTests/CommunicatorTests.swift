import Communicator
import Core
import TestSupport
import Testing

/// Collective: run under mpirun with several ranks, one test after another. With one rank they
/// still hold.
@Suite(.serialized) struct CommunicatorTests {
  let communicator: Communicator

  init() throws { communicator = try Communicator() }

  @Test func broadcastBringsRankZerosBytes() throws {
    let mine = "from rank \(communicator.rank)" + String(repeating: "!", count: communicator.rank)
    #expect(try communicator.broadcast(mine) == "from rank 0")
    #expect(try communicator.broadcast("") == "")
  }

  @Test func gatherKeepsRankOrderAndUnevenCounts() throws {
    let mine = (0...communicator.rank).map { Double($0) }
    let all = try communicator.gather(mine)
    #expect(all == (0..<communicator.size).map { rank in (0...rank).map { Double($0) } })
  }

  @Test func lockstepNamesRankStepAndTensor() throws {
    func digests(_ odd: Bool) -> [(name: String, digest: Digest)] {
      [
        (name: "conv1.weight", digest: Digest(high: 1, low: 2)),
        (name: "bn1.weight", digest: Digest(high: 1, low: odd ? 3 : 2)),
        (name: "gate", digest: Digest(high: odd ? 9 : 1, low: 2)),
      ]
    }
    try communicator.requireLockstep(digests(false), step: 3)
    guard communicator.size > 1 else { return }
    let last = communicator.size - 1
    let error = #expect(throws: CSGError.self) {
      try communicator.requireLockstep(digests(communicator.rank == last), step: 12)
    }
    for part in ["step 12", "rank \(last)", "bn1.weight"] {
      #expect(error?.message.contains(part) == true, "\(part)")
    }
  }
}
