import Communicator
import Core
import Kernels
import TestSupport
import Testing
import Training

/// Collective, as all tests here.
@Suite(.serialized) struct ReplicaSumsTests {
  let communicator: Communicator

  init() throws { communicator = try Communicator() }

  /// A replica writes its front, says so, and goes on; its last floats come as late as they can.
  @Test(arguments: [4, 5, 6, 7], [ReplicaSums.Overlap.none, .polled, .threaded])
  func theSumDependsOnReplicasAlone(_ replicas: Int, _ overlap: ReplicaSums.Overlap) throws {
    let count = 5003
    let late = 7
    var random = RandomValues(seed: UInt64(communicator.rank))
    for bucket in [count, 640, 33] {
      let sums = try ReplicaSums(
        communicator: communicator, replicas: replicas, count: count, bucket: bucket,
        overlap: overlap, level: CPULevel.select())
      for step in 0..<3 {
        let values = try ReplicaValues(
          communicator, replicas: replicas, count: count, step: step)
        let sum = try sums.sum(
          contribute: { replica, place, ready in
            let mine = values.all[replica]
            place.fill(.nan)
            var end = 0
            while step > 0 && end < count - late {
              let next = min(count - late, end + random.below(1000))
              for i in end..<next { place[i] = mine[i] }
              end = next
              ready(end)
            }
            place[end..<count].copy(from: Array(mine[end...]))
          },
          finish: { $0[count - 1] = Float(communicator.rank) })
        var expected = values.sum
        expected[count - 1] = lastValue(values, replicas: replicas)
        let isRight = sum.array == expected
        #expect(isRight, "bucket \(bucket), step \(step)")
      }
    }
  }

  /// What the last float ends as: `finish` overwrites each rank's first slot there.
  private func lastValue(_ values: ReplicaValues, replicas: Int) -> Float {
    let tree = ReductionTree(replicas: replicas, ranks: communicator.size)
    var slots = tree.slots.map { values.sum($0).last ?? 0 }
    var first = 0
    for (rank, count) in tree.slotsOfRank.enumerated() {
      slots[first] = Float(rank)
      first += count
    }
    for addition in tree.additions { slots[addition.into] += slots[addition.from] }
    return slots[0]
  }
}
