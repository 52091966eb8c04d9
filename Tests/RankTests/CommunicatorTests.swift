import Communicator
import Core
import TestSupport
import Testing

/// Collective: run under mpirun with several ranks, one test after another. With one rank they
/// still hold.
@Suite(.serialized) struct CommunicatorTests {
  let communicator: Communicator

  init() throws { communicator = try Communicator() }

  /// What replica `r` brings at place `i`: of sizes that make every order of additions differ.
  private func value(_ replica: Int, _ i: Int) -> Float {
    var random = RandomValues(seed: UInt64(replica * 1000 + i))
    return Float(random.unit()) * (i % 3 == 0 ? 1e6 : 1)
  }

  private func sum(_ range: Range<Int>, _ i: Int) -> Float {
    if range.count == 1 { return value(range.lowerBound, i) }
    let middle = ReductionTree.middle(of: range)
    return sum(range.lowerBound..<middle, i) + sum(middle..<range.upperBound, i)
  }

  @Test(arguments: [4, 5, 7, 8], [1, 5, 64, 1001])
  func theOrderedSumDependsOnReplicasAlone(_ replicas: Int, _ count: Int) throws {
    let tree = ReductionTree(replicas: replicas, ranks: communicator.size)
    let subtrees = tree.slots(of: communicator.rank)
    for bucket in [count, 17, 1] where count <= 64 || bucket > 1 {
      let slots = FloatBuffer(subtrees.flatMap { range in (0..<count).map { sum(range, $0) } }).all
      var scratch: FloatBuffer?
      try communicator.orderedAllReduce(slots, tree: tree, bucket: bucket, scratch: &scratch)
      let expected = (0..<count).map { sum(0..<replicas, $0) }
      #expect(slots[0..<count].array == expected, "bucket \(bucket)")
    }
  }

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
