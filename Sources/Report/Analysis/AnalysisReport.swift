import Core
import Figures
import Interpretability

/// `report.html`: an analysis for readers.
package struct AnalysisReport {
  let metrics: Metrics
  let network: TrainingFacts, baseline: TrainingFacts?
  let figures: [Figure]
  /// What each filter answers to; nil where it was not asked for.
  let cards: FilterCards?
  /// Whether the samples are CIFAR-10's own test set.
  let isCIFAR10Test: Bool

  /// The report of an analysis that was drawn.
  package init(
    metrics: Metrics, network: TrainingFacts, baseline: TrainingFacts?, figures: [Figure],
    cards: FilterCards? = nil, isCIFAR10Test: Bool
  ) {
    self.metrics = metrics
    self.network = network
    self.baseline = baseline
    self.figures = figures
    self.cards = cards
    self.isCIFAR10Test = isCIFAR10Test
  }

  /// The page.
  var page: Page {
    get throws {
      let origin = metrics.network.origin
      let title = "Analysis of \(origin.architecture) on \(metrics.data.name)"
      let parts: [[Page.Block]] = [
        [.heading(1, title)], lead, classSection, training, table1, course, gates, removed,
        correlations,
        clusters,
        try filterCards, numbers,
      ]
      return Page(title: title, blocks: parts.flatMap { $0 })
    }
  }

  private var tables: ReportTables { ReportTables(metrics: metrics) }

  /// What spoils the figures of a chapter, beside them.
  private func cautions(_ measures: (NetworkMetrics) -> [String?]) -> [Page.Block] {
    let text = tables.cautions(measures)
    return text.isEmpty ? [] : [.paragraph("\(text.dropFirst(2)).")]
  }

  private func figure(_ names: String...) -> [Page.Block] {
    figures.filter { names.contains($0.name) }.flatMap { figure -> [Page.Block] in
      [.heading(3, figure.title), .figure(figure)]
    }
  }

  private var lead: [Page.Block] {
    let data = metrics.data
    let compared =
      baseline == nil
      ? [] : ["The baseline is a net of the same architecture, analyzed without gates."]
    let gated =
      metrics.network.origin.gated
      ? "The network has a gate matrix G of \(NumberText.count(data.classes.count, "class", "classes")) × "
        + "\(NumberText.count(metrics.network.origin.filters, "filter")). The STD path predicts. The CSG path multiplies "
        + "the last filters' activations by the row of G of the sample's label: it is told the answer, "
        + "so that its accuracy measures no skill."
      : "The network has no gate: the gate matrix, its overlap with mutual information and the "
        + "similarity to its rows (Figures 4a, 4c and 6) are left out, and the filters of a class are "
        + "told by their activation."
    return [
      .paragraph(SpecificityText(metrics).sentences),
      .paragraph(
        PathsText.sentences(tables.networks.map { (name: $0.name, paths: $0.metrics.training) })),
      .paragraph(
        "Measured on the \(data.split) split of \(data.name) (\(data.source)): \(NumberText.count(data.count, "sample")) of "
          + "\(NumberText.count(data.classes.count, "class", "classes")), fingerprint \(data.fingerprint)."
      ),
      .paragraph(gated),
    ] + compared.map { .paragraph($0) }
  }

  private var classSection: [Page.Block] {
    ClassSection(
      classes: metrics.data.classes, filters: metrics.network.filterAnswers,
      answers: metrics.network.classAnswers
    ).blocks
  }

  private var training: [Page.Block] {
    let facts = [("network", network)] + (baseline.map { [("baseline", $0)] } ?? [])
    let columns = facts.map(\.1.rows)
    return [
      .heading(2, "What was trained"),
      .table(
        Table(
          caption: "From checkpoint and configuration", header: [""] + facts.map(\.0),
          rows: network.rows.indices.map { i in
            [network.rows[i].name] + columns.map { $0[i].text }
          })),
    ]
  }

  private var table1: [Page.Block] {
    let (data, origin) = (metrics.data, metrics.network.origin)
    let published = PublishedResult.rows(
      architecture: origin.architecture, classes: origin.classes, source: data.source,
      isCIFAR10Test: isCIFAR10Test)
    let rows = data.split == "test" ? published?.rows ?? [] : []
    let about =
      rows.isEmpty
      ? "The paper's Table 1 has no row for \(origin.architecture) on the \(data.split) split of "
        + "\(data.source)."
      : "Published: \(PublishedResult.citation)."
    let caution = data.split == "test" ? published?.caution : nil
    let source = [about, caution].compactMap { $0 }.joined(separator: " ")
    return [
      .heading(2, "Table 1"), .table(tables.table1(rows)), .paragraph(source),
    ]
  }

  private var course: [Page.Block] {
    let curves = figure("training", "ranks")
    return [.heading(2, "Training")]
      + (curves.isEmpty
        ? [
          .paragraph(
            "The course of training is left out: no run directory with records was given, only "
              + "checkpoints.")
        ] : curves)
  }

  private var gates: [Page.Block] {
    [.heading(2, "Filters and classes")]
      + cautions { [$0.informationScore.caution, $0.similarity?.rightDiagonal.caution] }
      + figure("gate", "mutual-information") + [.table(tables.information)]
      + figure("gate-information-overlap", "similarity")
  }

  /// What each filter answers to.
  private var filterCards: [Page.Block] {
    get throws {
      guard let gallery else { return [] }
      return [
        .heading(2, "The filters, one by one"),
        .paragraph(
          "Each filter stands under the class of its largest gate entry, or without a gate of its largest mean "
            + "activation. Choose a class, and unfold a filter."),
        .gallery(try gallery.gallery),
      ]
    }
  }

  private var gallery: FilterGallery? {
    cards.map {
      FilterGallery(cards: $0, classes: metrics.data.classes, data: metrics.data.name)
    }
  }

  /// The filters' pictures as sheets.
  func sheets() throws -> [(name: String, bytes: [UInt8])] { try gallery?.sheets() ?? [] }

  private var removed: [Page.Block] {
    let removals = figures.filter { $0.name.hasPrefix("removal-") }
    var blocks: [Page.Block] = [.heading(2, "Recognition without a class's filters")]
    blocks +=
      cautions { [$0.accuracyPerClass.caution] } + figure("confusion") + [
        .table(tables.predictedClass)
      ]
    guard let table = tables.removals else {
      return blocks + [
        .paragraph(
          "No filters were removed: there are more than \(NetworkAnalysis.Request.removalLimit) "
            + "classes. --remove-classes names those whose filters to remove.")
      ]
    }
    let intact = metrics.network.removals.filter(\.filters.value.isEmpty).map { removal in
      ReportText.list(removal.classes.map { metrics.data.classes[$0] })
    }
    if !intact.isEmpty {
      blocks.append(
        .paragraph(
          "Nothing was removed from the network where no filter has a gate entry > 0.5 for the class: "
            + "\(ReportText.list(intact, most: 10))."))
    }
    if let first = removals.first { blocks += figure(first.name) }
    if removals.count > 1 {
      let rest = removals.dropFirst().flatMap { figure($0.name) }
      blocks.append(.folded("The same for \(removals.count - 1) more", rest))
    }
    return blocks + [.table(table)]
  }

  private var correlations: [Page.Block] {
    [.heading(2, "Filters among each other")]
      + cautions { [$0.correlation.ratios.caution] }
      + figure("filter-correlation", "correlation-ratio")
      + [.folded("r_s as numbers", [.table(tables.ratios)])]
  }

  private var clusters: [Page.Block] {
    [.heading(2, "Features by themselves")]
      + cautions { [$0.clusters.classes.caution] } + figure("cluster-centers")
      + [.folded("Samples behind these rows and those of S_TP and S_FN", [.table(tables.samples)])]
  }

  private var numbers: [Page.Block] {
    [
      .heading(2, "All numbers"), .table(tables.numbers),
      .folded("Accuracy of each class", [.table(tables.classes)]),
      .paragraph(
        "Made by csg-dist \(csgDistVersion). The same numbers stand in metrics.json beside this page, "
          + "the matrices in analysis.h5, the figures in figures/."),
    ]
  }
}
