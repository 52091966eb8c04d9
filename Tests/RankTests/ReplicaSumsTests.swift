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
        communicator: communicator, replicas: replicas, capacity: count, bucket: bucket,
        overlap: overlap, level: CPULevel.select())
      for step in 0..<3 {
        let values = try ReplicaValues(
          communicator, replicas: replicas, count: count, step: step)
        let sum = try sums.sum(
          count: count,
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

  /// Every leaf and every partial sum is rounded, on whatever rank it is added, when ever it leaves and whichever way;
  /// half of the bytes are sent. What lies behind the rounded front is as it was.
  @Test(arguments: [4, 5, 6, 7, 9], [ReplicaSums.Overlap.none, .polled, .threaded])
  func aRoundedFrontIsOfReplicasAloneToo(
    _ replicas: Int, _ overlap: ReplicaSums.Overlap
  ) throws {
    let count = 5003
    var random = RandomValues(seed: UInt64(communicator.rank))
    for (bucket, kind) in [(count, .flat), (641, .flat), (count, .hosts), (641, .hosts)]
      as [(Int, Configuration.Compute.AllReduce)]
    {
      let sums = try ReplicaSums(
        communicator: communicator, replicas: replicas, capacity: count, bucket: bucket,
        overlap: overlap, kind: kind,
        hosts: HostMap(Array([0, 1, 1, 0].prefix(communicator.size))), level: CPULevel.select())
      var sent: [Int] = []
      for rounded in [0, 1, 4001, count] {
        let values = try ReplicaValues(
          communicator, replicas: replicas, count: count, step: rounded)
        let before = sums.sentBytes
        let sum = try sums.sum(
          count: count, rounded: rounded,
          contribute: { replica, place, ready in
            var end = 0
            while end < count {
              let next = min(count, end + 1 + random.below(2000))
              for i in end..<next { place[i] = values.all[replica][i] }
              end = next
              ready(end)
            }
          }, finish: { _ in })
        let isRight = sum.array == values.sum(0..<replicas, rounding: rounded)
        #expect(isRight, "\(kind), bucket \(bucket), rounded \(rounded)")
        sent.append(sums.sentBytes - before)
      }
      #expect(sent[0] == 2 * sent[3], "\(sent)")
    }
  }

  /// A step may sum the front of what is planned: the rest stays at home.
  @Test(arguments: [4, 6], [ReplicaSums.Overlap.none, .polled, .threaded])
  func aShorterVectorSendsFewerBytes(_ replicas: Int, _ overlap: ReplicaSums.Overlap) throws {
    let sums = try ReplicaSums(
      communicator: communicator, replicas: replicas, capacity: 5003, bucket: 640,
      overlap: overlap, level: CPULevel.select())
    var sent: [Int] = []
    for count in [5003, 1300, 1, 5003] {
      let values = try ReplicaValues(communicator, replicas: replicas, count: count, step: count)
      let before = sums.sentBytes
      let sum = try sums.sum(
        count: count, contribute: { replica, place, _ in place.copy(from: values.all[replica]) },
        finish: { _ in })
      let isRight = sum.array == values.sum
      #expect(isRight, "\(count) floats")
      sent.append(sums.sentBytes - before)
    }
    let all = try communicator.gather(sent)
    for step in sent.indices {
      // Each chunk of the vector: its slots elsewhere come to one rank, its sum goes to the others.
      let tree = ReductionTree(replicas: replicas, ranks: communicator.size)
      var expected = 0
      let count = [5003, 1300, 1, 5003][step]
      for first in stride(from: 0, to: count, by: 640) {
        let length = min(640, count - first)
        for p in 0..<tree.ranks {
          let chunk = (p + 1) * length / tree.ranks - p * length / tree.ranks
          expected += chunk * (tree.slots.count - tree.slotsOfRank[p] + tree.ranks - 1)
        }
      }
      #expect(all.reduce(0) { $0 + $1[step] } == 4 * expected)
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
