import Core
import Figures
import Interpretability

/// Figures 4 and 10: the gate, mutual information, and what they have in common.
extension AnalysisFigures {
  /// G [C][K] of a network.
  func gate(_ analysis: NetworkAnalysis) -> Matrix? {
    analysis.gate.map {
      Matrix(
        rows: classes.count, columns: analysis.table.filters, values: $0.map(Double.init)
      ).rows(order)
    }
  }

  func gateMatrix() throws -> Figure? {
    guard let gate = gate(network), let density = network.metrics.density.value else { return nil }
    let sorted = filterOrder(network)
    return try Figure(
      "gate", title: "Gate matrix G (\(isGateFixed ? "Fig. 10" : "Fig. 4a"))",
      summary: """
        Each column is a filter, each row a class, filters of a class beside each other: look for \
        columns with a single bright entry, filters that only one class may use. The L1-density, \
        \(NumberText.fixed(density, 4)), is the mean of all |entries|.
        """,
      .heatMaps(
        [
          HeatMap(
            "L1-density \(NumberText.fixed(density, 4))", gate.columns(sorted.filters),
            x: sorted.axis,
            y: byClass, reduction: .largest)
        ], ColorScale(.continuous(.viridis, 0...1), label: "gate entry")))
  }

  /// M as [C][K].
  func information(_ analysis: NetworkAnalysis) -> Matrix {
    Matrix(
      rows: analysis.table.filters, columns: classes.count, values: analysis.information.values
    ).transposed.rows(order)
  }

  func information() throws -> Figure {
    let panels = networks.map { name, analysis in
      let score = NumberText.fixed(analysis.metrics.informationScore.value, 4)
      let sorted = filterOrder(analysis)
      return HeatMap(
        "\(name): MIS \(score)", information(analysis).columns(sorted.filters), x: sorted.axis,
        y: byClass, reduction: .largest)
    }
    let ceiling = network.metrics.information.scoreCeiling.value
    let chance = network.metrics.information.scoreChance.value.map {
      " By chance it would be \(NumberText.fixed($0, 4))."
    }
    return try Figure(
      "mutual-information",
      title: "Mutual information M between filters and classes (Fig. 4b)",
      summary: """
        How much a filter's activation tells of whether a picture is of a class: look for columns \
        that are bright in one row and dark in the others. MIS is the mean over filters of their \
        brightest entry.\(chance ?? "") The scale ends at the ceiling, \(NumberText.fixed(ceiling, 4)) \
        nats, the most that there is to know of a class.
        """,
      .heatMaps(
        panels,
        ColorScale(
          .continuous(.viridis, 0...(ceiling > 0 ? ceiling : 1)),
          label: "mutual information (nats)")))
  }

  func overlap() throws -> Figure? {
    guard let gate = gate(network), let share = network.metrics.gateInformationOverlap.value else {
      return nil
    }
    let isStrong = gate.values.map { $0 > 0.5 }
    // The n largest of M [K][C], as the metric counts them.
    let strong = Set(strongest(isStrong.count { $0 }, of: network.information.values))
    let values = isStrong.indices.map { i in
      let (row, filter) = i.quotientAndRemainder(dividingBy: gate.columns)
      return (isStrong[i] ? 1.0 : 0)
        + (strong.contains(filter * classes.count + order[row]) ? 2 : 0)
    }
    let matrix = Matrix(rows: gate.rows, columns: gate.columns, values: values)
    let sorted = filterOrder(network)
    let colors = Color.okabeIto
    return try Figure(
      "gate-information-overlap", title: "Strongest entries of G and of M (Fig. 4c)",
      summary: """
        Entries of the gate above 0.5 and as many of the largest entries of M: look for how many \
        cells are both. They are \(NumberText.percent(share)) of the gate's; of entries drawn at random \
        \(ReportText.share(network.metrics.overlapChance.value)) would be.
        """,
      .heatMaps(
        [
          HeatMap(
            "network: \(NumberText.percent(share)) of G's strong entries are strong in M",
            matrix.columns(sorted.filters), x: sorted.axis, y: byClass,
            reduction: .kind(several: 4),
            decimals: nil)
        ],
        ColorScale(
          .categories([
            .init("neither", Color(0xF4F5F7)), .init("G only", colors[5]),
            .init("M only", colors[4]),
            .init("both", colors[2]), .init("several of these", colors[3]),
          ]), label: "")))
  }
}
