extension RandomForest {
  /// The accuracy on the samples that it was grown from, each classified by the trees whose bootstraps
  /// left it out (about e⁻¹ of them). Samples that no tree left out do not count; nil where there is
  /// none other. Shares are added in the order of trees; of equal classes the lowest answers.
  package func outOfBagAccuracy(on table: ForestTable) -> Double? {
    precondition(table.features == features && table.classes == classes, "it is another table")
    var votes = Votes(count: table.count, classes: classes)
    for (t, tree) in trees.enumerated() {
      let drawn = Bootstrap.counts(seed: settings.seed, tree: t, samples: table.count)
      for n in drawn.indices where drawn[n] == 0 {
        votes.add(tree, table.values[n * features..<(n + 1) * features], to: n)
      }
    }
    var (right, all) = (0, 0)
    for n in 0..<table.count {
      let sums = votes.sums[n * classes..<(n + 1) * classes]
      guard sums.contains(where: { $0 > 0 }) else { continue }
      all += 1
      if Votes.winner(sums) == table.labels[n] { right += 1 }
    }
    return all == 0 ? nil : Double(right) / Double(all)
  }
}
