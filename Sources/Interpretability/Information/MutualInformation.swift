/// M [K][C]: the mutual information, in nats, between each filter's activation and whether a sample
/// is of a class.
///
/// The estimator and its numbers are those of scikit-learn's
/// `mutual_info_classif(features, y == c, random_state=0)`, class by class: Ross, "Mutual Information
/// between Discrete and Continuous Data Sets", PLoS ONE 9(2), 2014, with 3 neighbours. (With 2 to 7
/// samples on one side of a class, scikit-learn measures distances by another formula and may differ
/// by some 1e-3.)
package struct MutualInformation: Sendable {
  /// K and C.
  package let filters: Int, classes: Int
  /// M [K][C], each ≥ 0.
  package let values: [Double]

  /// M[k][c].
  package subscript(filter k: Int, class c: Int) -> Double { values[k * classes + c] }

  /// The class that filter k tells most of, the first of equals, and how much that is.
  func best(ofFilter k: Int) -> (label: Int, value: Double) {
    let row = values[k * classes..<(k + 1) * classes]
    let place = row.indices.max { (row[$0], $1) < (row[$1], $0) } ?? row.startIndex
    return (place - row.startIndex, row[place])
  }

  /// MIS = mean over filters of the max over classes of M: the paper's Sec. 4.1. Filters are added in
  /// order.
  package var score: Double {
    (0..<filters).reduce(0.0) { $0 + best(ofFilter: $1).value } / Double(filters)
  }

  /// Estimates M over all ranks; collective.
  package init(_ columns: SharedColumns) throws {
    let table = columns.table
    filters = table.filters
    classes = table.classes
    values = try columns.rows(width: classes) { _, column in
      let labels = column.placed(table.labels)
      return (0..<Int32(table.classes)).map { column.information(onClass: $0, labels: labels) }
    }
  }
}
