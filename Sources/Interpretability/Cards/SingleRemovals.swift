/// What each class's accuracy loses without one filter, of a net that ends in one linear layer: from the
/// features alone, on the STD path.
struct SingleRemovals {
  private let table: FeatureTable
  private let weights: [Float]
  /// Logits [N][C] with all filters, in Double; filters are added in order.
  private let logits: [Double]
  /// Right answers with all filters [C].
  private let right: [Int]

  init(_ table: FeatureTable, weights: [Float], biases: [Float]) {
    self.table = table
    self.weights = weights
    let (classes, filters) = (table.classes, table.filters)
    var logits = [Double](repeating: 0, count: table.count * classes)
    var right = [Int](repeating: 0, count: classes)
    for n in 0..<table.count {
      for c in 0..<classes {
        var sum = Double(biases[c])
        for k in 0..<filters {
          sum += Double(weights[c * filters + k]) * Double(table.values[n * filters + k])
        }
        logits[n * classes + c] = sum
      }
      let label = Int(table.labels[n])
      if Self.best(logits[n * classes..<(n + 1) * classes]) == label { right[label] += 1 }
    }
    self.logits = logits
    self.right = right
  }

  private static func best(_ logits: ArraySlice<Double>) -> Int {
    var best = logits.startIndex
    for i in logits.indices where logits[i] > logits[best] { best = i }
    return best - logits.startIndex
  }

  /// The loss of each class without filter k; nil for a class without samples.
  func losses(_ k: Int) -> [Double?] {
    let (classes, filters) = (table.classes, table.filters)
    var left = [Int](repeating: 0, count: classes)
    var changed = [Double](repeating: 0, count: classes)
    for n in 0..<table.count {
      let value = Double(table.values[n * filters + k])
      for c in 0..<classes {
        changed[c] = logits[n * classes + c] - Double(weights[c * filters + k]) * value
      }
      let label = Int(table.labels[n])
      if Self.best(changed[...]) == label { left[label] += 1 }
    }
    return table.classCounts.enumerated().map { c, count in
      count == 0 ? nil : Double(right[c] - left[c]) / Double(count)
    }
  }
}
