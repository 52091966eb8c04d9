import Core

/// A random forest: trees that are grown from bootstraps of the samples, with ⌊√F⌋ features tried at
/// each node, and answer by the mean of their classes' shares.
///
/// Breiman, "Random Forests", Machine Learning 45(1), 2001, with the conventions of scikit-learn's
/// RandomForestClassifier (Gini impurity, trees grown to the end). Tree t is a function of table,
/// settings and t alone: trees are grown in any order, on any threads and ranks.
package struct RandomForest: Sendable, Equatable {
  /// How a forest is grown.
  package struct Settings: Sendable, Equatable {
    /// Trees.
    package let trees: Int
    /// Features that a node tries; nil: ⌊√F⌋.
    package let candidates: Int?
    /// The seed of its bootstraps and candidates.
    package let seed: UInt64

    /// So many trees, grown so.
    package init(trees: Int = 100, candidates: Int? = nil, seed: UInt64) {
      precondition(trees >= 1, "a forest has a tree at least")
      precondition(candidates ?? 1 >= 1, "a node tries a feature at least")
      self.trees = trees
      self.candidates = candidates
      self.seed = seed
    }
  }

  /// F and C.
  package let features: Int, classes: Int
  /// How it was grown.
  package let settings: Settings
  /// Its trees, in their order.
  package let trees: [DecisionTree]

  /// Grows a forest over all ranks; collective. `table` is the same on every rank, and each has the
  /// whole forest in the end.
  ///
  /// Rank p of P grows trees ⌊pT/P⌋ ..< ⌊(p + 1)T/P⌋.
  package init(
    _ table: ForestTable, _ settings: Settings, ranks: any Ranks = SingleRank(),
    forEach: ForEachJob = RandomForest.oneByOne
  ) throws {
    features = table.features
    classes = table.classes
    self.settings = settings
    let own =
      ranks.rank * settings.trees / ranks.size..<(ranks.rank + 1) * settings.trees / ranks.size
    let grown = Self.grow(own, on: table, settings, forEach: forEach)
    trees =
      try ranks.size == 1 ? grown : ranks.gather(TreeBytes.write(grown)).flatMap(TreeBytes.read)
  }

  private final class Place: @unchecked Sendable { var tree: DecisionTree? }

  /// The trees with these numbers, a job each.
  package static func grow(
    _ numbers: Range<Int>, on table: ForestTable, _ settings: Settings,
    forEach: ForEachJob = RandomForest.oneByOne
  ) -> [DecisionTree] {
    let places = numbers.map { _ in Place() }
    let root = Int(Double(table.features).squareRoot())
    forEach(numbers.count) { job, _ in
      let tree = numbers.lowerBound + job
      var grower = TreeGrower(
        table, counts: Bootstrap.counts(seed: settings.seed, tree: tree, samples: table.count),
        candidates: settings.candidates ?? root, seed: settings.seed, tree: tree)
      places[job].tree = grower.grow()
    }
    return places.compactMap(\.tree)
  }

  /// All jobs on the caller's thread.
  package static func oneByOne(_ count: Int, _ body: (_ job: Int, _ thread: Int) -> Void) {
    for job in 0..<count { body(job, 0) }
  }
}
