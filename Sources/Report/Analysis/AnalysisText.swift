import Core
import Interpretability

/// An analysis in a few lines: what is found, and where the rest of it lies.
package struct AnalysisText {
  private let metrics: Metrics
  private let folder: String

  /// The text of an analysis that was written into a folder.
  package init(metrics: Metrics, folder: String) {
    self.metrics = metrics
    self.folder = folder
  }

  /// The lines.
  package var lines: String {
    let intact = metrics.network.removals.filter(\.filters.value.isEmpty).map { removal in
      removal.classes.map { metrics.data.classes[$0] }.joined(separator: " and ")
    }
    let lines = [
      "\(NumberText.count(metrics.data.count, "sample"))", line("network ", metrics.network),
      cautions(metrics.network),
      metrics.baseline.map { line("baseline", $0) }, metrics.baseline.flatMap(cautions),
      metrics.baseline == nil ? nil : SpecificityText(metrics).answer,
      intact.isEmpty
        ? nil : "nothing to remove, no gate entry > 0.5: \(intact.joined(separator: ", "))",
      "written: \(folder)/metrics.json, \(folder)/analysis.h5, \(folder)/figures/, "
        + "\(folder)/report.html",
    ]
    return lines.compactMap { $0 }.joined(separator: "\n")
  }

  private func cautions(_ network: NetworkMetrics) -> String? {
    let all = [network.informationScore.caution, network.clusters.inertia.caution]
      .compactMap { $0 }
    return all.isEmpty ? nil : "  \(ReportText.cautionMark) \(all.joined(separator: "; "))"
  }

  private func line(_ name: String, _ network: NetworkMetrics) -> String {
    func number(_ value: Double) -> String { NumberText.fixed(value, 4) }
    let density = network.density.value.map { "  L1-density \(number($0))" }
    let chance = network.information.scoreChance.value.map { " (by chance \(number($0)))" }
    return "\(name)  accuracy \(NumberText.percent(network.accuracy.value))  "
      + "MIS \(ReportText.marked(network.informationScore) { number($0) })\(chance ?? "")\(density ?? "")  "
      + "r_0.1 \(number(network.correlation.ratio.value))  "
      + "CIC \(network.correlation.betweenClasses.value.map(number) ?? "none")"
  }
}
