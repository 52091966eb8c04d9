extension RandomForest {
  /// How much of the decrease in Gini impurity each feature brings [F], 1 in all; 0 throughout where
  /// nothing decreases.
  ///
  /// A tree's are divided by their sum, then the mean over trees that split is taken, in their order,
  /// and divided by its sum: scikit-learn's `feature_importances_`.
  package var importances: [Double] {
    var sums = [Double](repeating: 0, count: features)
    for tree in trees {
      for (f, share) in Self.shares(tree.decreases(features: features)).enumerated() {
        sums[f] += share
      }
    }
    return Self.shares(sums)
  }

  private static func shares(_ values: [Double]) -> [Double] {
    let sum = values.reduce(0, +)
    return sum > 0 ? values.map { $0 / sum } : values
  }
}

extension DecisionTree {
  /// The decrease in Gini impurity times samples at the nodes that compare each feature [F], added in
  /// the order of nodes.
  package func decreases(features: Int) -> [Double] {
    // Of each node, by class. Children come after their parents.
    var counts = [Int](repeating: 0, count: nodes.count * classes)
    for (v, node) in nodes.enumerated().reversed() {
      for c in 0..<classes {
        counts[v * classes + c] =
          node.isLeaf
          ? Int(self.counts[Int(node.next) * classes + c])
          : counts[(v + 1) * classes + c] + counts[Int(node.next) * classes + c]
      }
    }
    /// n − Σ n_c² / n: Gini impurity times samples.
    func impurity(_ v: Int) -> Double {
      let own = counts[v * classes..<(v + 1) * classes]
      let samples = own.reduce(0, +)
      let squares = own.reduce(0) { $0 + $1 * $1 }
      return Double(samples * samples - squares) / Double(samples)
    }
    var decreases = [Double](repeating: 0, count: features)
    for (v, node) in nodes.enumerated() where !node.isLeaf {
      decreases[Int(node.feature)] += impurity(v) - impurity(v + 1) - impurity(Int(node.next))
    }
    return decreases
  }
}
