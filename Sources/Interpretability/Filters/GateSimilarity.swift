/// S [C][C]: the cosine between the mean feature vector of each class and each row of G, over some
/// samples. Source: the paper's Appendix C.
package struct GateSimilarity: Sendable {
  /// C.
  package let classes: Int
  /// S [class of the samples][row of G]; nil rows for classes that no sample is of.
  package let values: [Double?]
  /// Samples behind each row [C].
  package let samples: [Int]

  /// S over the samples that `isIncluded` takes: those predicted right give S_TP, the others S_FN.
  /// `gate` is G [C][K].
  package init(_ table: FeatureTable, gate: [Float], where isIncluded: (Int) -> Bool) {
    let filters = table.filters
    precondition(gate.count == table.classes * filters, "G does not fit the features")
    classes = table.classes
    let rows = (0..<classes).map { c in
      gate[c * filters..<(c + 1) * filters].map(Double.init)
    }
    var samples = [Int](repeating: 0, count: classes)
    for n in 0..<table.count where isIncluded(n) { samples[Int(table.labels[n])] += 1 }
    self.samples = samples
    values = table.classMeans(where: isIncluded).flatMap { mean in
      rows.map { row in mean.map { cosine($0, row) } }
    }
  }

  /// Mean of the entries on, and off the diagonal, added row by row; nil where there are none.
  package var diagonalMean: Double? { mean { $0 == $1 } }
  /// See `diagonalMean`.
  package var offDiagonalMean: Double? { mean { $0 != $1 } }

  private func mean(where isIncluded: (Int, Int) -> Bool) -> Double? {
    var sum = 0.0
    var count = 0
    for (i, value) in values.enumerated() where isIncluded(i / classes, i % classes) {
      guard let value else { continue }
      sum += value
      count += 1
    }
    return count == 0 ? nil : sum / Double(count)
  }
}
