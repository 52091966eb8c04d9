import Communicator
import Core
import Forest
import Interpretability
import Kernels

/// The speed of growing a random forest, alone.
package enum ForestBenchmark {
  /// What was measured.
  package struct Result: Codable, Sendable {
    /// N, F and C.
    package let samples: Int, features: Int, classes: Int
    /// Trees, and nodes of all of them.
    package let trees: Int, nodes: Int
    /// P, and computing threads of each.
    package let ranks: Int, threads: Int
    /// Median of one forest on rank 0, from features to trees, and how many were timed.
    package let seconds: Double, repetitions: Int
    /// Accuracy on the samples that trees were not grown from, so that what was measured can be held
    /// against another program's; null where every tree has every sample.
    package let outOfBagAccuracy: Double?

    enum CodingKeys: String, CodingKey {
      case samples, features, classes, trees, nodes, ranks, threads, seconds, repetitions
      case outOfBagAccuracy = "out_of_bag_accuracy"
    }
  }

  /// Grows a forest on `table`, which is the same on every rank, for `seconds` (at least five times).
  package static func run(
    _ table: FeatureTable, trees: Int, seconds: Double, team: ThreadTeam, communicator: Communicator
  ) throws -> Result {
    var grown: (table: ForestTable, forest: RandomForest)?
    let (median, repetitions) = try Repetition.median(
      seconds: seconds, communicator: communicator
    ) {
      let ranked = try ForestTable(
        values: table.values, features: table.filters, labels: table.labels,
        classes: table.classes, forEach: team.forEach)
      let forest = try RandomForest(
        ranked, RandomForest.Settings(trees: trees, seed: 0), ranks: communicator,
        forEach: team.forEach)
      grown = (ranked, forest)
    }
    guard let (ranked, forest) = grown else { preconditionFailure("it ran five times") }
    return Result(
      samples: table.count, features: table.filters, classes: table.classes, trees: trees,
      nodes: forest.trees.reduce(0) { $0 + $1.nodes.count }, ranks: communicator.size,
      threads: team.count, seconds: median, repetitions: repetitions,
      outOfBagAccuracy: forest.outOfBagAccuracy(on: ranked))
  }

  /// Features of two classes as rectifiers leave them: half of them 0, and one in sixteen a little
  /// higher in class 1. From ten thousand samples of 688 a forest errs in a few of a hundred.
  package static func features(samples: Int, filters: Int) throws -> FeatureTable {
    func random(_ stream: Int, _ element: Int) -> Double {
      let words = AddressedRandom(seed: 0, purpose: .benchmark, stream: stream).words(element)
      return AddressedRandom.unit(words[0], words[1])
    }
    let labels = (0..<samples).map { Int32(random(2, $0) * 2) }
    let values = labels.enumerated().flatMap { n, label in
      (0..<filters).map { k in
        Float(max(0, random(3, n * filters + k) - (k % 16 == 0 && label == 1 ? 0.4 : 0.5)))
      }
    }
    return try FeatureTable(values: values, filters: filters, labels: labels, classes: 2)
  }
}
