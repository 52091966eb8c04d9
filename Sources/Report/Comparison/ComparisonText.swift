import Core
import Figures
import Interpretability

/// A comparison in words: what its tables leave to be said, and `compare.md`.
package struct ComparisonText {
  let comparison: Comparison

  /// The text of a comparison.
  package init(comparison: Comparison) { self.comparison = comparison }

  /// On what it all was measured.
  var data: String {
    let data = comparison.data
    let runs = comparison.recipes.reduce(0) { $0 + $1.runs.count }
    return "\(runs) run\(runs == 1 ? "" : "s"), measured on the \(data.split) split of "
      + "\(data.source): \(NumberText.count(data.count, "sample")), fingerprint \(data.fingerprint)."
  }

  /// How the numbers are to be read.
  var method: String {
    let isLonely = comparison.recipes.contains { $0.runs.count == 1 }
    let lonely =
      isLonely ? " With n = 1 there is neither a deviation nor an interval, and no test." : ""
    return "Runs of one recipe differ in their seed alone. Deviations have n − 1 below the sum of "
      + "squares, intervals are Student's t.\(lonely)"
  }

  /// How pairs are to be read; nil without any.
  var pairing: String? {
    comparison.pairs.isEmpty
      ? nil
      : "Differences are recipe − baseline of the same seed, of shares in percentage points; p is the paired "
        + "t-test's. Ratios are exp of the mean of log(recipe / baseline), their intervals those of "
        + "the logarithms."
  }

  /// `compare.md`.
  package var markdown: String {
    let tables = ComparisonTables(comparison: comparison)
    let parts: [String?] = [
      data + " " + method, tables.recipes.markdown, pairing, tables.pairs?.markdown,
      tables.others?.markdown,
      comparison.warnings.isEmpty
        ? nil : comparison.warnings.map { "- \($0)" }.joined(separator: "\n") + "\n",
    ]
    return parts.compactMap { $0 }.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }
      .joined(separator: "\n")
  }
}
