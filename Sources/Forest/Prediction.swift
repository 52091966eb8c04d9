import Core

extension RandomForest {
  /// The probability of each class [n][C] for samples with features [n][F]: the mean over trees, added
  /// in their order, of the class's share of the training samples at the leaf.
  /// - Throws: `CSGError` 65 that names the first feature that is not finite.
  package func probabilities(_ values: [Float]) throws -> [Double] {
    precondition(values.count % features == 0, "features fill [n][F]")
    try ForestTable.check(values, features: features)
    let count = values.count / features
    var votes = Votes(count: count, classes: classes)
    for tree in trees {
      for n in 0..<count { votes.add(tree, values[n * features..<(n + 1) * features], to: n) }
    }
    return votes.sums.map { $0 / Double(trees.count) }
  }

  /// The most probable class of each sample with features [n][F], the lowest of equals.
  /// - Throws: As `probabilities(_:)`.
  package func predict(_ values: [Float]) throws -> [Int32] {
    let all = try probabilities(values)
    return stride(from: 0, to: all.count, by: classes).map {
      Votes.winner(all[$0..<$0 + classes])
    }
  }
}

/// What trees say of samples, added up.
struct Votes {
  private let classes: Int
  /// Sums of shares [n][C].
  private(set) var sums: [Double]

  init(count: Int, classes: Int) {
    self.classes = classes
    sums = Array(repeating: 0, count: count * classes)
  }

  /// Adds the shares of the classes at the leaf that features [F] lead to, for sample n.
  mutating func add(_ tree: DecisionTree, _ features: ArraySlice<Float>, to n: Int) {
    let counts = tree.counts(ofLeaf: tree.leaf(of: features))
    let all = Double(counts.reduce(0, +))
    for (c, count) in counts.enumerated() where count > 0 {
      sums[n * classes + c] += Double(count) / all
    }
  }

  /// The class with the largest value, the lowest of equals.
  static func winner(_ values: ArraySlice<Double>) -> Int32 {
    var best = values.startIndex
    for c in values.indices where values[c] > values[best] { best = c }
    return Int32(best - values.startIndex)
  }
}
