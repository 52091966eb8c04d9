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
    let source = data.name.map { "\($0) (\(data.source))" } ?? data.source
    return "\(runs) run\(runs == 1 ? "" : "s"), measured on the \(data.split) split of "
      + "\(source): \(NumberText.count(data.count, "sample")), fingerprint \(data.fingerprint)."
  }

  /// Whether recipes' filters are more class-specific than their baselines', a sentence or more each.
  var verdicts: [String] {
    guard !comparison.pairs.isEmpty else {
      return [
        "Whether gates make filters more class-specific cannot be said here: no recipe with gates has runs "
          + "of the same seeds without."
      ]
    }
    return comparison.pairs.compactMap { pair in
      guard let score = pair.change(of: "mutual_information_score") else { return nil }
      func group(_ label: String) -> RecipeGroup? {
        comparison.recipes.first { $0.label == label }
      }
      let groups = [group(pair.recipe), group(pair.baseline)]
      return PairText(
        recipe: pair.recipe, baseline: pair.baseline, score: score,
        accuracy: pair.change(of: "accuracy"),
        chance: groups.compactMap {
          $0?.spread(of: "mutual_information.score_chance")?.mean
        }, samples: comparison.data.count
      ).sentences
    }
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
      verdicts.joined(separator: "\n\n"), data + " " + method, tables.recipes.markdown, pairing,
      tables.pairs?.markdown,
      tables.others?.markdown,
      comparison.warnings.isEmpty
        ? nil : comparison.warnings.map { "- \($0)" }.joined(separator: "\n") + "\n",
    ]
    return parts.compactMap { $0 }.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }
      .joined(separator: "\n")
  }
}
