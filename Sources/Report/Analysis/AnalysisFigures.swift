import Core
import Figures
import Interpretability

/// The paper's figures of an analysis.
package struct AnalysisFigures {
  let network: NetworkAnalysis, baseline: NetworkAnalysis?
  /// Whether G was given and not learned.
  let isGateFixed: Bool
  /// Names of the classes by label, and the labels in the order of the figures.
  let classes: [String], order: [Int]

  /// Figures of a network, and of a baseline beside it.
  package init(
    network: NetworkAnalysis, baseline: NetworkAnalysis?, isGateFixed: Bool, classes: [String],
    order: [Int]
  ) {
    self.network = network
    self.baseline = baseline
    self.isGateFixed = isGateFixed
    self.classes = classes
    self.order = order
  }

  /// The networks in the order of the panels.
  var networks: [(name: String, analysis: NetworkAnalysis)] {
    [("network", network)] + (baseline.map { [("baseline", $0)] } ?? [])
  }

  var names: [String] { order.map { classes[$0] } }

  /// All figures for which there is something to draw, in the order of the report.
  package func all() throws -> [Figure] {
    var figures: [Figure] = []
    if let gate = try gateMatrix() { figures.append(gate) }
    figures.append(try information())
    if let overlap = try overlap() { figures.append(overlap) }
    figures.append(try confusion())
    figures += try network.removals.compactMap(removal)
    if let similarity = try similarity() { figures.append(similarity) }
    figures += [try correlation(), try ratios(), try centers()]
    return figures
  }

  // MARK: Confusion: Fig. 5

  private func ofClasses(
    _ title: String, _ matrix: Matrix, x: String, y: String, decimals: Int
  ) -> HeatMap {
    HeatMap(
      title, matrix.rows(order).columns(order), x: .names(x, names), y: .names(y, names),
      reduction: .largest, decimals: decimals)
  }

  private func panel(_ title: String, _ confusion: Confusion) -> HeatMap {
    let count = confusion.classes
    let shares = (0..<count).flatMap { row in
      let counts = confusion.counts[row * count..<(row + 1) * count].map(Double.init)
      let total = counts.reduce(0, +)
      return counts.map { total > 0 ? 100 * $0 / total : .nan }
    }
    return ofClasses(
      title, Matrix(rows: count, columns: count, values: shares), x: "predicted class",
      y: "true class", decimals: 0)
  }

  private static let shares = ColorScale(
    .continuous(.viridis, 0...100), label: "% of the class's samples")

  private func confusion() throws -> Figure {
    let panels = networks.map { name, analysis in
      panel(
        "\(name): accuracy \(NumberText.percent(analysis.metrics.accuracy.value))",
        Confusion(
          labels: analysis.table.labels, predictions: analysis.predictions, classes: classes.count))
    }
    return try Figure(
      "confusion", title: "Confusion on the STD path, all filters in place",
      summary:
        "Each row is a true class: a bright diagonal means that its pictures are recognised.",
      .heatMaps(panels, Self.shares))
  }

  /// What is left without the filters of some classes; nil where they have none: nothing was removed.
  private func removal(_ removal: Removal) throws -> Figure? {
    guard !removal.filters.isEmpty else { return nil }
    let removed = ReportText.list(removal.classes.map { classes[$0] })
    let found = networks.compactMap { name, analysis in
      analysis.removals.first { $0.classes == removal.classes }.map { (name, $0) }
    }
    let panels = found.map { name, removal in
      panel(
        "\(name) without \(NumberText.count(removal.filters.count, "filter")): accuracy "
          + NumberText.percent(removal.standard.accuracy), removal.standard)
    }
    let left = found.map { name, removal in
      "\(name) \(ReportText.share(removal.after.own))"
    }
    return try Figure(
      FigureFolder.removalName(removal.classes),
      title: "Confusion without the filters of \(removed) (Fig. 5)",
      summary: """
        Look at the diagonal in the \(removal.classes.count == 1 ? "row" : "rows") of \(removed), dark \
        where the removed filters were needed. Still recognised of these samples: \
        \(left.joined(separator: ", ")).
        """,
      .heatMaps(panels, Self.shares))
  }

  // MARK: Similarity: Fig. 6

  private func similarity() throws -> Figure? {
    guard let right = network.rightSimilarity, let wrong = network.wrongSimilarity else {
      return nil
    }
    func panel(_ title: String, _ similarity: GateSimilarity) -> HeatMap {
      let mean = similarity.diagonalMean.map { ": diagonal mean \(NumberText.fixed($0, 3))" } ?? ""
      return ofClasses(
        title + mean,
        Matrix(
          rows: classes.count, columns: classes.count,
          values: similarity.values.map { $0 ?? .nan }), x: "row of G", y: "class of the samples",
        decimals: 2)
    }
    return try Figure(
      "similarity", title: "Similarity of features and gates (Fig. 6)",
      summary: """
        The cosine between a class's mean features and each row of G: look for a bright diagonal \
        where samples are recognised, and for bright entries beside it where they are not.
        """,
      .heatMaps(
        [panel("S_TP, true positives", right), panel("S_FN, false negatives", wrong)],
        ColorScale(.continuous(.viridis, 0...1), label: "cosine", undefined: "no such sample")))
  }
}
