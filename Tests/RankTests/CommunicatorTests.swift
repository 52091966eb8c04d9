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

  /// As MPI counts 31 bits of bytes, large gathers go in rounds: here of few values.
  @Test(arguments: [1, 40, 100, 1 << 20]) func gatherInRounds(roundBytes: Int) throws {
    func values(_ rank: Int) -> [Int] { (0..<rank * 7).map { 1000 * rank + $0 } }
    let all = try communicator.gather(values(communicator.rank), roundBytes: roundBytes)
    #expect(all == (0..<communicator.size).map(values))
    let bytes = try communicator.gather([UInt8(communicator.rank)], roundBytes: roundBytes)
    #expect(bytes == (0..<communicator.size).map { [UInt8($0)] })
    #expect(try communicator.gather([Float](), roundBytes: roundBytes).allSatisfy(\.isEmpty))
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
