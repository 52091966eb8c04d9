import Figures
import Interpretability

/// `report.html`: a comparison for readers.
struct ComparisonReport {
  let comparison: Comparison

  /// The page.
  var page: Page {
    get throws {
      let tables = ComparisonTables(comparison: comparison)
      let text = ComparisonText(comparison: comparison)
      let labels = comparison.recipes.map(\.label)
      let name = comparison.data.name ?? comparison.data.source
      let title = "Comparison of \(ReportText.list(labels)) on \(name)"
      func table(_ table: Table?) -> [Page.Block] { table.map { [.table($0)] } ?? [] }
      var blocks: [Page.Block] = [.heading(1, title)]
      blocks += text.verdicts.map { .paragraph($0) } + [.paragraph(text.data)]
      blocks += [.heading(2, "By recipe"), .paragraph(text.method)] + table(tables.recipes)
      blocks += [.heading(2, "Against baselines")]
      blocks +=
        text.pairing.map { [.paragraph($0)] + table(tables.pairs) }
        ?? [
          .paragraph(
            "No pairs: a baseline is the same recipe with gate.schedule standard, or what --baseline "
              + "names, with runs of the same seeds.")
        ]
      if !comparison.warnings.isEmpty {
        blocks += [.heading(2, "What to know")] + comparison.warnings.map { .paragraph($0) }
      }
      blocks += [.heading(2, "Training")]
      blocks +=
        try ComparisonFigure.figure(comparison).map { [.figure($0)] }
        ?? [.paragraph("No curves: no run has its records (metrics.jsonl) beside its analysis.")]
      blocks += [.heading(2, "All numbers")] + table(tables.others)
      if let changes = tables.changes {
        blocks.append(.folded("Every number against baselines", [.table(changes)]))
      }
      blocks.append(.folded("What each number means", [.table(tables.definitions)]))
      blocks += [.heading(2, "Recipes and runs")] + table(tables.keys) + [.table(tables.runs)]
      return Page(title: title, blocks: blocks)
    }
  }
}
