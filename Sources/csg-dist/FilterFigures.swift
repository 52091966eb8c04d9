import Core
import Figures
import Interpretability

/// Figures 7, 8 and 11: how alike filters are, and how features cluster.
extension AnalysisFigures {
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

  func correlation() throws -> Figure {
    let largest =
      networks.map { _, analysis in
        let (values, count) = (analysis.correlation.values, analysis.correlation.filters)
        return values.indices.reduce(0) { largest, i in
          i / count == i % count ? largest : max(largest, abs(values[i]))
        }
      }.max() ?? 1
    // The diagonal would hide the rest: the scale ends at the next tenth above it.
    let end = min(1, max(0.1, (largest * 10 - 1e-9).rounded(.up) / 10))
    let panels = networks.map { name, analysis in
      let count = analysis.correlation.filters
      let (order, groups) = groups(gate(analysis) ?? information(analysis))
      let matrix = Matrix(rows: count, columns: count, values: analysis.correlation.values)
      let metrics = analysis.metrics.correlation
      let between = metrics.betweenClasses.value.map { ", CIC \(Progress.format($0, 4))" } ?? ""
      let axis = Axis.groups(
        analysis.gate == nil
          ? "filters, by class of largest mutual information"
          : "filters, by class of largest gate entry", groups)
      return HeatMap(
        "\(name): r_0.1 \(Progress.format(metrics.ratio.value, 4))\(between)",
        matrix.rows(order).columns(order), x: axis, y: axis, reduction: .mean, decimals: nil)
    }
    return try Figure(
      "filter-correlation", title: "Correlation of the last convolution's filters (Fig. 7)",
      summary: """
        The cosine between the weights of two filters: look for colour in the blocks of a class on \
        the diagonal and for white between blocks. On the diagonal each filter meets itself; the scale \
        ends at \(Progress.format(end, 1)), and what lies beyond takes its colour.
        """,
      .heatMaps(
        panels, ColorScale(.continuous(.redBlue, -end...end), label: "cosine of the weights")))
  }

  func ratios() throws -> Figure {
    let series = networks.enumerated().map { i, network in
      let metrics = network.analysis.metrics.correlation
      return LineChart.Series(
        network.name, zip(metrics.thresholds, metrics.ratios.value).map { .init($0, $1) }, style: i)
    }
    return try Figure(
      "correlation-ratio", title: "Share of correlated filters (Fig. 8)",
      summary: """
        The share of the entries of the correlation matrix, the diagonal included, that are at least \
        s: the lower the line, the fewer filters repeat each other. The diagonal alone is \
        \(Progress.format(1 / Double(network.table.filters), 4)) of them.
        """,
      .charts([
        LineChart(
          "r_s over s", x: "threshold s", y: "r_s", series: series, xRange: 0...1, yRange: 0...1)
      ]))
  }

  func centers() throws -> Figure {
    let matrices = networks.map { _, analysis in
      let filters = analysis.table.filters
      let matched = analysis.matching.classes
      return Matrix(
        rows: classes.count, columns: filters,
        values: order.flatMap { label in
          matched.firstIndex(of: label).map { analysis.clusters.centers[$0] }
            ?? Array(repeating: .nan, count: filters)
        })
    }
    let panels = zip(networks, matrices).map { network, matrix in
      let share = Progress.percent(network.analysis.metrics.clusters.agreement.value)
      let axes = byFilter(matrix)
      return HeatMap(
        "\(network.name): \(share) of the samples in their class's cluster", matrix, x: axes.x,
        y: axes.y, reduction: .largest)
    }
    return try Figure(
      "cluster-centers", title: "Centres of k-means over feature vectors (Fig. 11)",
      summary: """
        Each row is the centre of the cluster matched to a class: look for filters that are bright \
        in few rows.
        """,
      .heatMaps(panels, .fromZero(matrices, label: "mean activation")))
  }
}
