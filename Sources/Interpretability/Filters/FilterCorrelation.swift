import Kernels

/// The cosine between the weights of the last convolution's filters [K][K].
///
/// Source: the paper's Sec. 4.3. A filter without weight has the correlation 0 with all, itself
/// included.
package struct FilterCorrelation: Sendable {
  /// K.
  package let filters: Int
  /// Correlations [K][K], symmetric, at most 1 but for rounding.
  package let values: [Double]

  private final class Row: @unchecked Sendable { var values: [Double] = [] }

  /// Correlates `weights` [K][weights of a filter], a row a job of `team`.
  package init(weights: [Float], filters: Int, team: ThreadTeam) {
    precondition(filters > 0 && weights.count % filters == 0, "filters of equal size")
    self.filters = filters
    let size = weights.count / filters
    let unit = (0..<filters).map { k in
      let row = weights[k * size..<(k + 1) * size].map(Double.init)
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return norm > 0 ? row.map { $0 / norm } : row
    }
    let rows = (0..<filters).map { _ in Row() }
    team.forEach(filters) { i, _ in
      rows[i].values = (0...i).map { j in
        var sum = 0.0
        for (a, b) in zip(unit[i], unit[j]) { sum += a * b }
        return sum
      }
    }
    values = (0..<filters).flatMap { i in
      (0..<filters).map { j in rows[max(i, j)].values[min(i, j)] }
    }
  }

  /// r_s: the share of the K² entries that are ≥ s. Entries within 1e-12 of s count, so that the
  /// diagonal is ≥ 1.
  package func ratio(above s: Double) -> Double {
    Double(values.count { $0 >= s - 1e-12 }) / Double(values.count)
  }

  /// The share of the pairs of different filters whose entry's `size` is ≥ s; nil for a single filter.
  /// Entries within 1e-12 of s count.
  package func pairRatio(above s: Double, _ size: (Double) -> Double) -> Double? {
    guard filters > 1 else { return nil }
    let count = values.indices.count { i in
      i / filters != i % filters && size(values[i]) >= s - 1e-12
    }
    return Double(count) / Double(filters * (filters - 1))
  }

  /// CIC: the mean correlation between filters of different classes' groups, a group being the
  /// `size` (m₁ > 0; all K, where there are fewer) filters with the largest mean activation for the
  /// class, the first of equals.
  ///
  /// A filter may be in several groups, and then counts with itself too, unless `withSelf` says no.
  /// Classes without samples (nil) have no group; nil with fewer than two groups, or no pair.
  package func betweenClasses(_ classMeans: [[Double]?], size: Int, withSelf: Bool = true)
    -> Double?
  {
    precondition(size > 0, "a group has filters")
    let groups = classMeans.compactMap { $0.map { strongest(size, of: $0) } }
    guard groups.count > 1 else { return nil }
    var sum = 0.0
    var count = 0
    for (a, group) in groups.enumerated() {
      for (b, other) in groups.enumerated() where a != b {
        for i in group {
          for j in other where withSelf || i != j {
            sum += values[i * filters + j]
            count += 1
          }
        }
      }
    }
    return count == 0 ? nil : sum / Double(count)
  }
}

/// The places of the `count` largest values, the first of equals, ascending.
package func strongest(_ count: Int, of values: [Double]) -> [Int] {
  let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
  return order.prefix(count).sorted()
}
