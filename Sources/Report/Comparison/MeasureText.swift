import Core
import Figures
import Interpretability

/// A measure of an analysis as tables write it.
struct MeasureText {
  let name: String

  /// Names for readers; a measure that is not here is called by its key.
  private static let titles = [
    "accuracy": "Accuracy", "gated_accuracy": "Accuracy, CSG path",
    "mutual_information_score": "MIS (nats)", "l1_density": "L1-density",
    "mutual_information.score_chance": "MIS by chance",
    "mutual_information.score_ceiling": "MIS at most",
    "mutual_information.filters_above_chance": "Filters above chance",
    "mutual_information.mean": "Mean of M", "mutual_information.mean_chance": "Mean of M by chance",
    "predicted_class_filters.acc2": "ACC2", "predicted_class_filters.acc3": "ACC3",
    "predicted_class_filters.acc2_random": "ACC2, random filters",
    "predicted_class_filters.acc3_random": "ACC3, random filters",
    "dead_filters": "Dead filters", "gate_information_overlap": "Overlap of G and M",
    "gate_information_overlap_chance": "Overlap by chance",
    "similarity.true_positive_own_row": "S_TP, own row",
    "similarity.true_positive_other_rows": "S_TP, other rows",
    "similarity.false_negative_own_row": "S_FN, own row",
    "similarity.false_negative_other_rows": "S_FN, other rows",
    "correlation.r_0_1": "r_0.1", "correlation.cic": "CIC", "correlation.m1": "m1",
    "correlation.cic_without_self": "CIC without self",
    "correlation.r_0_1_without_diagonal": "r_0.1 without diagonal",
    "correlation.absolute_r_0_1_without_diagonal": "r_0.1 of |r|",
    "clusters.inertia": "Inertia of k-means", "clusters.agreement": "Agreement of clusters",
  ]

  private static let shares: Set = [
    "accuracy", "gated_accuracy", "gate_information_overlap", "gate_information_overlap_chance",
    "clusters.agreement", "mutual_information.filters_above_chance",
    "predicted_class_filters.acc2", "predicted_class_filters.acc3",
    "predicted_class_filters.acc2_random", "predicted_class_filters.acc3_random",
  ]

  var title: String {
    Self.titles[name]
      ?? name.replacing("_", with: " ").replacing(".", with: ": ")
  }

  private var isShare: Bool { Self.shares.contains(name) }

  private func number(_ value: Double) -> String {
    let text =
      isShare
      ? NumberText.fixed(100 * value, 2) : NumberText.fixed(value, abs(value) < 1000 ? 4 : 1)
    return text.replacing("-", with: "−")
  }

  private var unit: String { isShare ? " %" : "" }

  /// `91.92 %`.
  func single(_ value: Double?) -> String { value.map { number($0) + unit } ?? ReportText.none }

  /// `91.92 ± 0.12 %`; without a deviation where there is none.
  func mean(_ spread: Spread?) -> String {
    guard let spread else { return ReportText.none }
    let deviation = spread.standardDeviation.map { " ± \(number($0))" } ?? ""
    return number(spread.mean) + deviation + unit
  }

  /// `[91.80, 92.04] %`.
  func interval(_ ends: [Double]?) -> String {
    ends.map { "[\($0.map(number).joined(separator: ", "))]\(unit)" }
      ?? ReportText.none
  }

  /// `+0.31 points` of shares.
  func difference(_ value: Double?) -> String {
    guard let value else { return ReportText.none }
    return isShare
      ? NumberText.signed(100 * value, decimals: 2, unit: " points")
      : NumberText.signed(value, decimals: abs(value) < 1000 ? 4 : 1)
  }

  /// The same of the ends of an interval.
  func differences(_ ends: [Double]?) -> String {
    guard let ends else { return ReportText.none }
    let texts = ends.map { end in
      isShare
        ? NumberText.signed(100 * end, decimals: 2)
        : NumberText.signed(end, decimals: abs(end) < 1000 ? 4 : 1)
    }
    return "[\(texts.joined(separator: ", "))]"
  }
}
