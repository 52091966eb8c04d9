import Figures
import Interpretability

/// In which order figures list filters: those of a class beside each other.
extension AnalysisFigures {
  var byClass: Axis { .names("class", names) }

  /// The filters of a network by the class of their largest entry of G, or without a gate of M.
  func filterOrder(_ analysis: NetworkAnalysis) -> (filters: [Int], axis: Axis) {
    let gate = gate(analysis)
    let (filters, groups) = groups(gate ?? information(analysis))
    let entry = gate == nil ? "mutual information" : "gate entry"
    return (filters, .groups("filters, by class of largest \(entry)", groups))
  }

  /// Filters in groups: of each class those whose entry for it is the largest of their column of
  /// `matrix` [C][K], rows in the order of the figures. Filters with several largest entries, as fixed
  /// gates share them, come behind them, and those of no class last.
  private func groups(_ matrix: Matrix) -> (filters: [Int], groups: [(name: String, count: Int)]) {
    var members = [[Int]](repeating: [], count: matrix.rows)
    var shared: [Int] = []
    var idle: [Int] = []
    for filter in 0..<matrix.columns {
      let column = (0..<matrix.rows).map { matrix[$0, filter] }
      let largest = column.max() ?? 0
      let rows = column.indices.filter { column[$0] == largest }
      if largest == 0 {
        idle.append(filter)
      } else if rows.count == 1 {
        members[rows[0]].append(filter)
      } else {
        shared.append(filter)
      }
    }
    let groups = zip(names, members).map { (name: $0, count: $1.count) }
    return (
      members.flatMap { $0 } + shared + idle,
      groups + [("shared", shared.count), ("none", idle.count)]
    )
  }
}
