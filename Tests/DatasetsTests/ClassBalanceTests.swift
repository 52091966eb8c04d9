import Core
import Datasets
import Testing

/// Every class is drawn equally often, and every sample of a class.
@Suite struct ClassBalanceTests {
  /// Labels of classes with so many samples, mixed.
  private static func labels(_ counts: [Int]) -> [Int32] {
    let sorted = counts.enumerated().flatMap { Array(repeating: Int32($0), count: $1) }
    return AddressedRandom(seed: 8, purpose: .benchmark, stream: 0).permutation(sorted.count)
      .map { sorted[Int($0)] }
  }

  private func plan(_ counts: [Int], seed: UInt64 = 5, batch: Int = 8, replicas: Int = 4)
    -> BatchPlan
  {
    let labels = Self.labels(counts)
    return BatchPlan(
      samples: labels.count, batchSize: batch, replicas: replicas, seed: seed, shuffle: .full,
      balance: ClassBalance(labels: labels, classes: counts.count, seed: seed))
  }

  /// The samples of an epoch, in the order in which they come.
  private func samples(_ plan: BatchPlan, _ epoch: Int) -> [Int] {
    plan.order(epoch: epoch).map { plan.sample(Int($0), epoch: epoch) }
  }

  /// How often each of 0..<count occurs.
  private func occurrences(_ numbers: [Int], below count: Int) -> [Int] {
    numbers.reduce(into: [Int](repeating: 0, count: count)) { $0[$1] += 1 }
  }

  private static let uneven = [
    [50, 50], [1, 99], [3, 40, 200], [7, 1, 1, 1], [100, 0, 20, 0, 3], [0, 12], [5, 5, 5, 5, 6],
    Array(1...60),
  ]

  /// In each epoch, and over any epochs from the first on; a class without samples has no part.
  @Test(arguments: uneven)
  func classesAreDrawnEquallyOften(_ counts: [Int]) {
    let labels = Self.labels(counts)
    let plan = plan(counts)
    #expect(plan.stepsPerEpoch == (labels.count + 7) / 8)
    var all: [Int] = []
    for epoch in 0..<7 {
      let drawn = samples(plan, epoch)
      #expect(drawn.count == labels.count, "an epoch keeps its length")
      all += drawn
      for draws in [drawn, all] {
        let perClass = occurrences(draws.map { Int(labels[$0]) }, below: counts.count)
        let held = zip(perClass, counts).filter { $1 > 0 }.map(\.0)
        #expect((held.max() ?? 0) - (held.min() ?? 0) <= 1)
        #expect(zip(perClass, counts).allSatisfy { $1 > 0 || $0 == 0 })
        let perSample = occurrences(draws, below: labels.count)
        for label in counts.indices where counts[label] > 0 {
          let own = labels.indices.filter { labels[$0] == label }.map { perSample[$0] }
          #expect((own.max() ?? 0) - (own.min() ?? 0) <= 1, "class \(label)")
        }
      }
    }
  }

  /// Of a class of more samples than its share none comes twice in an epoch, and the next has others.
  @Test func aPlentifulClassShowsOthersInEachEpoch() {
    let counts = [3, 40, 200]
    let labels = Self.labels(counts)
    let plan = plan(counts)
    let shown = (0..<3).map { epoch in samples(plan, epoch).filter { labels[$0] == 2 } }
    for samples in shown { #expect(samples.count == 81 && Set(samples).count == 81) }
    #expect(Set(shown[0]).isDisjoint(with: shown[1]))
    #expect(Set(shown.joined()).count == 200)
  }

  @Test func drawsAreAFunctionOfSeedAndEpoch() {
    let counts = [3, 40, 200]
    let orders = (0..<4).map { samples(plan(counts), $0) }
    #expect(Set(orders).count == 4)
    #expect((0..<4).map { samples(plan(counts), $0) } == orders)
    #expect(samples(plan(counts, batch: 32, replicas: 3), 3) == orders[3])
    #expect(Set(samples(plan(counts, seed: 6), 0)) != Set(orders[0]))
  }

  /// Each draw of an epoch has a number of its own, by which crops and dropout are addressed.
  @Test func aSampleThatComesAgainIsAnotherDraw() {
    let plan = plan([1, 99])
    for epoch in 0..<2 {
      #expect(plan.order(epoch: epoch).sorted() == Array(0..<100))
      #expect(Set(samples(plan, epoch)).count == 51)
    }
  }

  /// No class is always in front: the order of the turns is the seed's, and one more draw goes round.
  @Test func remaindersGoRound() {
    var more = [Int](repeating: 0, count: 4)
    let counts = [2, 1, 1, 1]
    let labels = Self.labels(counts)
    let first = Set((0..<40).map { labels[plan(counts, seed: $0).sample(0, epoch: 0)] })
    #expect(first.count == 4)
    for epoch in 0..<4 {
      let perClass = occurrences(samples(plan(counts), epoch).map { Int(labels[$0]) }, below: 4)
      for label in 0..<4 where perClass[label] == 2 { more[label] += 1 }
    }
    #expect(more == [1, 1, 1, 1])
  }
}
