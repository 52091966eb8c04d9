import Core
import Datasets
import Testing

struct BatchPlanTests {
  private func plan(
    _ samples: Int, _ batch: Int, _ replicas: Int, seed: UInt64 = 5,
    shuffle: Configuration.Shuffle = .full
  ) -> BatchPlan {
    BatchPlan(
      samples: samples, batchSize: batch, replicas: replicas, seed: seed, shuffle: shuffle)
  }

  /// Samples, batch size, replicas.
  @Test(arguments: [
    (1, 1, 1), (10, 4, 3), (10, 10, 4), (9, 4, 4), (100, 7, 8), (5, 64, 4), (1000, 32, 5),
  ])
  func partsCoverEveryPositionOnce(samples: Int, batch: Int, replicas: Int) {
    let plan = plan(samples, batch, replicas)
    var next = 0
    for step in 0..<plan.stepsPerEpoch {
      let parts = (0..<replicas).map { plan.positions(step: step, replica: $0) }
      let count = min(batch, samples - step * batch)
      #expect(plan.count(step: step) == count && count > 0)
      for (replica, part) in parts.enumerated() {
        #expect(part.lowerBound == next, "parts follow each other")
        #expect(part.count == count / replicas + (replica < count % replicas ? 1 : 0))
        next = part.upperBound
      }
    }
    #expect(next == samples)
    let largest = (0..<plan.stepsPerEpoch).flatMap { step in
      (0..<replicas).map { plan.positions(step: step, replica: $0).count }
    }.max()
    #expect(plan.largestReplica == largest)
  }

  @Test func aShortLastBatchLeavesReplicasEmpty() {
    let plan = plan(10, 8, 4)
    #expect((0..<4).map { plan.positions(step: 0, replica: $0) } == [0..<2, 2..<4, 4..<6, 6..<8])
    #expect(
      (0..<4).map { plan.positions(step: 1, replica: $0) } == [8..<9, 9..<10, 10..<10, 10..<10])
  }

  @Test(arguments: [1, 2, 17, 500])
  func everySampleComesOnceAnEpoch(samples: Int) {
    for epoch in 0..<3 {
      #expect(plan(samples, 4, 2).order(epoch: epoch).sorted() == Array(0..<Int32(samples)))
    }
  }

  @Test func theOrderIsAFunctionOfSeedAndEpoch() {
    let orders = (0..<4).map { plan(100, 8, 4).order(epoch: $0) }
    #expect(Set(orders).count == 4)
    #expect(plan(100, 8, 4, seed: 6).order(epoch: 0) != orders[0])
    // Neither the batch size nor the replicas have a say.
    #expect(plan(100, 32, 2).order(epoch: 3) == orders[3])
  }

  @Test func withoutShufflingTheOrderIsTheSources() {
    for epoch in 0..<2 {
      #expect(plan(20, 8, 4, shuffle: .none).order(epoch: epoch) == Array(0..<20))
    }
  }

  // MARK: Windows

  private static let shards = [0..<30, 30..<37, 37..<80, 80..<101]

  private func window(_ window: Int, samples: Int = 101, seed: UInt64 = 5) -> BatchPlan {
    BatchPlan(
      samples: samples, batchSize: 8, replicas: 4, seed: seed, shuffle: .window, window: window,
      shards: Self.shards)
  }

  @Test(arguments: [1, 7, 25, 101, 10_000], [1, 29, 31, 90, 101])
  func aWindowedOrderIsAPermutationOfTheFirstSamples(window: Int, samples: Int) {
    for epoch in 0..<3 {
      let order = self.window(window, samples: samples).order(epoch: epoch)
      #expect(order.sorted() == Array(0..<Int32(samples)))
    }
  }

  /// With a window of one, the order is that of the shards, each whole and in its own order.
  @Test func shardsFollowEachOtherWhole() {
    var orders: Set<[Int32]> = []
    for epoch in 0..<40 {
      let order = window(1).order(epoch: epoch)
      var place = 0
      while place < order.count {
        guard let shard = Self.shards.first(where: { $0.lowerBound == order[place] }) else {
          Issue.record("epoch \(epoch): position \(place) is not the first of a shard")
          return
        }
        #expect(Array(order[place..<place + shard.count]) == shard.map(Int32.init))
        place += shard.count
      }
      orders.insert(order)
    }
    #expect(orders.count > 12, "of the 24 orders of four shards")
  }

  /// A run of `window` positions holds the samples that the shards' order gives it, shuffled.
  @Test func aWindowShufflesWithinItself() {
    let stream = window(1).order(epoch: 3)
    let order = window(20).order(epoch: 3)
    for first in stride(from: 0, to: 101, by: 20) {
      let range = first..<min(first + 20, 101)
      #expect(Set(order[range]) == Set(stream[range]))
      #expect(range.count < 3 || Array(order[range]) != Array(stream[range]))
    }
  }

  @Test func aWindowedOrderIsAFunctionOfSeedAndEpoch() {
    #expect(window(20).order(epoch: 2) == window(20).order(epoch: 2))
    #expect(window(20).order(epoch: 2) != window(20).order(epoch: 3))
    #expect(window(20).order(epoch: 2) != window(20, seed: 6).order(epoch: 2))
  }
}
