import Communicator
import Core
import Kernels
import Network
import TestSupport
import Testing
import Training

/// Collective, as all tests here.
@Suite(.serialized) struct ReplicaExchangeTests {
  let communicator: Communicator

  init() throws { communicator = try Communicator() }

  private func value(_ replica: Int, _ i: Int) -> Double { Double(replica) + 1 / Double(i + 3) }

  @Test(arguments: [4, 5, 7], [1, 129])
  func everyRankSeesTheRowsOfAllReplicas(_ replicas: Int, _ width: Int) throws {
    let exchange = ReplicaExchange(communicator, replicas: replicas)
    for width in [width, 2 * width] {
      var rows = [Double](repeating: -1, count: replicas * 2 * 129)
      for replica in exchange.owned {
        for i in 0..<width { rows[replica * width + i] = value(replica, i) }
      }
      try exchange.complete(&rows, width: width)
      let expected = (0..<replicas).flatMap { r in (0..<width).map { value(r, $0) } }
      #expect(Array(rows[..<(replicas * width)]) == expected)
      #expect(rows[(replicas * width)...].allSatisfy { $0 == -1 })
    }
  }

  /// Layer by layer, with a meeting after each while buckets are on their way: the order in which
  /// `batch_norm: sync` goes about it.
  @Test(arguments: [4, 5, 6, 7], [ReplicaSums.Overlap.none, .polled])
  func replicasThatMeetBetweenPartsMakeTheSameSum(
    _ replicas: Int, _ overlap: ReplicaSums.Overlap
  ) throws {
    let count = 5003
    let exchange = ReplicaExchange(communicator, replicas: replicas)
    var rows = [Double](repeating: 0, count: replicas)
    for bucket in [count, 640, 33] {
      let sums = try ReplicaSums(
        communicator: communicator, replicas: replicas, capacity: count, bucket: bucket,
        overlap: overlap, level: CPULevel.select())
      for step in 0..<2 {
        let values = try ReplicaValues(
          communicator, replicas: replicas, count: count, step: step)
        // In the second step the first parts are rounded, up to the middle of one.
        let rounded = step * 777
        let sum = try sums.sumTogether(
          count: count, rounded: rounded,
          contribute: { contributions, ready in
            // The head's parts lie apart: its gradient in front, all else at the end.
            let parts =
              [VectorParts(0..<100, 4000..<count)]
              + stride(from: 100, to: 4000, by: 300).map {
                VectorParts($0..<min($0 + 300, 4000))
              }
            for parts in parts {
              for replica in sums.owned { rows[replica] = Double(replica + parts.first.lowerBound) }
              try exchange.complete(&rows, width: 1)
              #expect(rows == (0..<replicas).map { Double($0 + parts.first.lowerBound) })
              contributions.add(parts) { number, place in
                let mine = values.all[sums.owned.lowerBound + number]
                parts.forEach { part in
                  let isZero = place[part].array.allSatisfy { $0 == 0 }
                  #expect(isZero)
                  place[part].copy(from: Array(mine[part]))
                }
              }
              ready(parts.first.upperBound)
            }
          }, finish: { _ in })
        let isRight = sum.array == values.sum(0..<replicas, rounding: rounded)
        #expect(isRight, "bucket \(bucket), step \(step)")
      }
    }
  }
}
