import Core
import Figures
import Interpretability

/// The paper's figures of an analysis.
struct AnalysisFigures {
  let network: NetworkAnalysis, baseline: NetworkAnalysis?
  /// Whether G was given and not learned.
  let isGateFixed: Bool
  /// Names of the classes by label, and the labels in the order of the figures.
  let classes: [String], order: [Int]

  /// The networks in the order of the panels.
  var networks: [(name: String, analysis: NetworkAnalysis)] {
    [("network", network)] + (baseline.map { [("baseline", $0)] } ?? [])
  }

  var names: [String] { order.map { classes[$0] } }

  /// All figures for which there is something to draw, in the order of the report.
  func all() throws -> [Figure] {
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

  // MARK: Gate and mutual information: Figs. 4 and 10

  func byFilter(_ matrix: Matrix) -> (x: Axis, y: Axis) {
    (.numbers("filter", count: matrix.columns), .names("class", names))
  }

  /// G [C][K] of a network.
  func gate(_ analysis: NetworkAnalysis) -> Matrix? {
    analysis.gate.map {
      Matrix(
        rows: classes.count, columns: analysis.table.filters, values: $0.map(Double.init)
      ).rows(order)
    }
  }

  private func gateMatrix() throws -> Figure? {
    guard let gate = gate(network), let density = network.metrics.density.value else { return nil }
    let axes = byFilter(gate)
    return try Figure(
      "gate", title: "Gate matrix G (\(isGateFixed ? "Fig. 10" : "Fig. 4a"))",
      summary: """
        Each column is a filter, each row a class: look for columns with a single bright entry, \
        filters that only one class may use. The L1-density, \(Progress.format(density, 4)), is the \
        mean of all entries.
        """,
      .heatMaps(
        [
          HeatMap(
            "L1-density \(Progress.format(density, 4))", gate, x: axes.x, y: axes.y,
            reduction: .largest)
        ], ColorScale(.continuous(.viridis, 0...1), label: "gate entry")))
  }

  /// M as [C][K].
  func information(_ analysis: NetworkAnalysis) -> Matrix {
    Matrix(
      rows: analysis.table.filters, columns: classes.count, values: analysis.information.values
    ).transposed.rows(order)
  }

  private func information() throws -> Figure {
    let matrices = networks.map { information($0.analysis) }
    let panels = zip(networks, matrices).map { network, matrix in
      let score = Progress.format(network.analysis.metrics.informationScore.value, 4)
      let axes = byFilter(matrix)
      return HeatMap(
        "\(network.name): MIS \(score)", matrix, x: axes.x, y: axes.y, reduction: .largest)
    }
    return try Figure(
      "mutual-information",
      title: "Mutual information M between filters and classes (Fig. 4b)",
      summary: """
        How much a filter's activation tells of whether a picture is of a class: look for columns \
        that are bright in one row and dark in the others. MIS is the mean over filters of their \
        brightest entry.
        """,
      .heatMaps(panels, .fromZero(matrices, label: "mutual information (nats)")))
  }

  private func overlap() throws -> Figure? {
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
    let axes = byFilter(matrix)
    let colors = Color.okabeIto
    return try Figure(
      "gate-information-overlap", title: "Strongest entries of G and of M (Fig. 4c)",
      summary: """
        Entries of the gate above 0.5 and as many of the largest entries of M: look for how many \
        cells are both. They are \(Progress.percent(share)) of the gate's.
        """,
      .heatMaps(
        [
          HeatMap(
            "network: \(Progress.percent(share)) of G's strong entries are strong in M", matrix,
            x: axes.x, y: axes.y, reduction: .kind(several: 4), decimals: nil)
        ],
        ColorScale(
          .categories([
            .init("neither", Color(0xF4F5F7)), .init("G only", colors[5]),
            .init("M only", colors[4]),
            .init("both", colors[2]), .init("several of these", colors[3]),
          ]), label: "")))
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
        "\(name): accuracy \(Progress.percent(analysis.metrics.accuracy.value))",
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
        "\(name) without \(removal.filters.count) filters: accuracy "
          + Progress.percent(removal.standard.accuracy), removal.standard)
    }
    let left = found.map { name, removal in
      "\(name) \(ReportText.share(removal.standard.share(of: removal.classes)))"
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
      let mean = similarity.diagonalMean.map { ": diagonal mean \(Progress.format($0, 3))" } ?? ""
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

extension Confusion {
  /// Share of the samples of some classes that are taken for what they are; nil without samples.
  fileprivate func share(of labels: [Int]) -> Double? {
    let samples = labels.reduce(0) { sum, label in
      counts[label * classes..<(label + 1) * classes].reduce(sum) { $0 + Int($1) }
    }
    let hits = labels.reduce(0) { $0 + Int(counts[$1 * (classes + 1)]) }
    return samples == 0 ? nil : Double(hits) / Double(samples)
  }
}
