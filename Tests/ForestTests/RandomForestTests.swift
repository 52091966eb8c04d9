import Core
import Dispatch
import Forest
import TestSupport
import Testing

/// One forest, whoever grows it; and what it says of samples.
@Suite struct RandomForestTests {
  private let table: ForestTable
  private let settings = RandomForest.Settings(trees: 11, seed: 5)

  init() throws { table = try Self.table(samples: 90, features: 40) }

  /// Class 1 where the first two features are large together, but for a tenth.
  private static func table(samples: Int, features: Int, forEach: ForEachJob? = nil) throws
    -> ForestTable
  {
    var random = RandomValues(seed: 2)
    let values = random.floats(samples * features)
    let labels = (0..<samples).map { n -> Int32 in
      let isLarge = values[n * features] + values[n * features + 1] > 0
      return isLarge != (random.below(10) == 0) ? 1 : 0
    }
    return try ForestTable(
      values: values, features: features, labels: labels, classes: 2,
      forEach: forEach ?? RandomForest.oneByOne)
  }

  private static func backwards(_ count: Int, _ body: (Int, Int) -> Void) {
    for job in (0..<count).reversed() { body(job, 0) }
  }

  private static func concurrently(_ count: Int, _ body: (Int, Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: count) { body($0, 0) }
    }
  }

  @Test func neitherOrderNorThreadsChangeABit() throws {
    let forest = try RandomForest(table, settings)
    for forEach in [Self.backwards, Self.concurrently] {
      let again = try Self.table(samples: 90, features: 40, forEach: forEach)
      #expect(try RandomForest(again, settings, forEach: forEach) == forest)
    }
    let parts = [0..<3, 3..<4, 4..<4, 4..<11].map {
      RandomForest.grow($0, on: table, settings, forEach: Self.backwards)
    }
    #expect(parts.flatMap { $0 } == forest.trees)
  }

  /// A rank whose `gather` notes what it brings, or returns what all ranks brought.
  private final class Rank: Ranks {
    let rank: Int, size: Int
    var brought: [UInt8]?
    let all: [[UInt8]]?

    init(_ rank: Int, of size: Int, all: [[UInt8]]? = nil) {
      self.rank = rank
      self.size = size
      self.all = all
    }

    func gather(_ mine: [UInt8]) throws -> [[UInt8]] {
      brought = mine
      guard let all else { throw CSGError(.failure, "the others are not there yet") }
      return all
    }
  }

  @Test(arguments: [2, 3, 12]) func ranksShareTheTrees(size: Int) throws {
    let forest = try RandomForest(table, settings)
    let all = try (0..<size).map { number in
      let rank = Rank(number, of: size)
      #expect(throws: CSGError.self) { try RandomForest(table, settings, ranks: rank) }
      return try #require(rank.brought)
    }
    #expect(all.count { $0.isEmpty } == max(0, size - 11), "each grows its part")
    for number in 0..<size {
      let rank = Rank(number, of: size, all: all)
      #expect(try RandomForest(table, settings, ranks: rank) == forest)
      #expect(rank.brought == all[number])
    }
  }

  @Test func seedsAndTreesDiffer() throws {
    let forest = try RandomForest(table, settings)
    for (t, tree) in forest.trees.enumerated() {
      #expect(forest.trees.firstIndex(of: tree) == t)
    }
    let other = try RandomForest(table, .init(trees: 11, seed: 6))
    #expect(zip(forest.trees, other.trees).allSatisfy { $0 != $1 })
    let more = try RandomForest(table, .init(trees: 20, seed: 5))
    #expect(Array(more.trees.prefix(11)) == forest.trees)
  }

  @Test func probabilitiesAreMeansOfLeaves() throws {
    let forest = try RandomForest(table, settings)
    let values = Array(table.values.prefix(30 * 40))
    let ours = try forest.probabilities(values)
    #expect(ours.count == 60)
    for n in 0..<30 {
      let row = values[n * 40..<(n + 1) * 40]
      let shares = forest.trees.map { tree in
        let counts = tree.counts(ofLeaf: tree.leaf(of: row)).map { Double($0) }
        return counts[1] / (counts[0] + counts[1])
      }
      #expect(abs(ours[2 * n + 1] - shares.reduce(0, +) / 11) < 1e-15)
      #expect(abs(ours[2 * n] + ours[2 * n + 1] - 1) < 1e-15)
    }
    let classes = try forest.predict(values)
    #expect(classes == (0..<30).map { ours[2 * $0 + 1] > ours[2 * $0] ? 1 : 0 })
    #expect(zip(classes, table.labels).count { $0 == $1 } > 27, "it has seen them")
    #expect(try forest.predict([]) == [])
  }

  /// Two samples that only their classes tell apart: every tree is a leaf with a class's share, and of
  /// equal shares the lower class answers.
  @Test func ofEqualClassesTheLowestAnswers() throws {
    let table = try ForestTable(
      values: [1, 1, 1, 1], features: 1, labels: [2, 2, 1, 1], classes: 4)
    let seed = try #require(
      (0..<100 as Range<UInt64>).first {
        Bootstrap.counts(seed: $0, tree: 0, samples: 4).prefix(2).reduce(0, +) == 2
      })
    let forest = try RandomForest(table, .init(trees: 1, seed: seed))
    #expect(try forest.probabilities([1]) == [0, 0.5, 0.5, 0])
    #expect(try forest.predict([1, -3]) == [1, 1])
  }

  @Test func oneClassAnswersAlways() throws {
    let table = try ForestTable(
      values: [1, 2, 3], features: 1, labels: [1, 1, 1], classes: 2)
    let forest = try RandomForest(table, .init(trees: 5, seed: 0))
    #expect(try forest.probabilities([2, 90]) == [0, 1, 0, 1])
    #expect(forest.importances == [0])
  }

  /// Each sample by the trees that did not draw it, counted over.
  @Test func outOfBagAccuracyIsByTheDefinition() throws {
    let forest = try RandomForest(table, settings)
    var (right, all) = (0, 0)
    for n in 0..<90 {
      let row = table.values[n * 40..<(n + 1) * 40]
      let trees = forest.trees.indices.filter {
        Bootstrap.counts(seed: 5, tree: $0, samples: 90)[n] == 0
      }
      if trees.isEmpty { continue }
      let share = trees.reduce(0.0) { sum, t in
        let counts = forest.trees[t].counts(ofLeaf: forest.trees[t].leaf(of: row)).map(Double.init)
        return sum + (counts[1] - counts[0]) / (counts[0] + counts[1])
      }
      all += 1
      if (share > 0 ? 1 : 0) == table.labels[n] { right += 1 }
    }
    #expect(forest.outOfBagAccuracy(on: table) == Double(right) / Double(all))
    #expect(right > all / 2 && right < all)

    let single = try ForestTable(values: [1], features: 1, labels: [0], classes: 2)
    let sure = try RandomForest(single, settings)
    #expect(sure.outOfBagAccuracy(on: single) == nil, "its only sample is in every bag")
  }
}
