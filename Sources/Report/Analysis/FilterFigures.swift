import Core
import Figures
import Interpretability

/// Figures 7, 8 and 11: how alike filters are, and how features cluster.
extension AnalysisFigures {
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
      let sorted = filterOrder(analysis)
      let matrix = Matrix(rows: count, columns: count, values: analysis.correlation.values)
      let metrics = analysis.metrics.correlation
      let between = metrics.betweenClasses.value.map { ", CIC \(NumberText.fixed($0, 4))" } ?? ""
      return HeatMap(
        "\(name): r_0.1 \(NumberText.fixed(metrics.ratio.value, 4))\(between)",
        matrix.rows(sorted.filters).columns(sorted.filters), x: sorted.axis, y: sorted.axis,
        reduction: .mean, decimals: nil)
    }
    return try Figure(
      "filter-correlation", title: "Correlation of the last convolution's filters (Fig. 7)",
      summary: """
        The cosine between the weights of two filters: look for colour in the blocks of a class on \
        the diagonal and for white between blocks. On the diagonal each filter meets itself; the scale \
        ends at \(NumberText.fixed(end, 1)), and what lies beyond takes its colour.
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
        \(NumberText.fixed(1 / Double(network.table.filters), 4)) of them.
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
      let share = NumberText.percent(network.analysis.metrics.clusters.agreement.value)
      let sorted = filterOrder(network.analysis)
      return HeatMap(
        "\(network.name): \(share) of the samples in their class's cluster",
        matrix.columns(sorted.filters), x: sorted.axis, y: byClass, reduction: .largest)
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
