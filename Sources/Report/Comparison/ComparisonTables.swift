import Core
import Figures
import Interpretability

/// The tables of a comparison.
struct ComparisonTables {
  let comparison: Comparison

  /// A recipe a row: what the paper's Table 1 shows.
  var recipes: Table {
    let measures = comparison.headline.map(MeasureText.init)
    return Table(
      caption: "Mean ± standard deviation over n seeds, and 95 % interval of the mean",
      header: ["Recipe", "n"] + measures.flatMap { [$0.title, "its 95 %"] },
      rows: comparison.recipes.map { group in
        [group.label, "\(group.runs.count)"]
          + measures.flatMap { measure in
            let spread = group.spread(of: measure.name)
            return [measure.mean(spread), measure.interval(spread?.interval)]
          }
      }, numeric: Set(1...1 + 2 * measures.count))
  }

  /// A recipe and its baseline a row: the difference of accuracies, the ratio of MIS; nil without any.
  var pairs: Table? {
    guard !comparison.pairs.isEmpty else { return nil }
    let accuracy = MeasureText(name: "accuracy")
    return Table(
      caption: "Held against baselines, pair by pair of the same seed",
      header: [
        "Recipe", "Baseline", "Pairs", "Accuracy difference", "its 95 %", "p", "MIS ratio",
        "its 95 %",
      ],
      rows: comparison.pairs.map { pair in
        let accuracies = pair.change(of: "accuracy")
        let information = pair.change(of: "mutual_information_score")
        return [
          pair.recipe, pair.baseline, "\(pair.seeds.count)",
          accuracy.difference(accuracies?.difference.mean),
          accuracy.differences(accuracies?.difference.interval),
          Self.probability(accuracies?.probability), Self.ratio(information?.ratio),
          information?.ratioInterval.map {
            "[\($0.map { Self.ratio($0) }.joined(separator: ", "))]"
          }
            ?? ReportText.none,
        ]
      }, numeric: Set(2...7))
  }

  /// The other measures, one a row; nil without any.
  var others: Table? {
    let names = comparison.measures.map(\.name).filter { !comparison.headline.contains($0) }
    guard !names.isEmpty else { return nil }
    return Table(
      caption: "The other numbers, mean ± standard deviation",
      header: ["Number"] + comparison.recipes.map(\.label),
      rows: names.map(MeasureText.init).map { measure in
        [measure.title] + comparison.recipes.map { measure.mean($0.spread(of: measure.name)) }
      }, numeric: Set(1...comparison.recipes.count))
  }

  /// What changes from baselines in every measure; nil without pairs.
  var changes: Table? {
    guard !comparison.pairs.isEmpty else { return nil }
    let rows = comparison.pairs.flatMap { pair in
      comparison.measures.compactMap { measure -> [String]? in
        guard let change = pair.change(of: measure.name) else { return nil }
        let text = MeasureText(name: measure.name)
        return [
          "\(pair.recipe) and \(pair.baseline)", text.title, "\(change.difference.count)",
          text.difference(change.difference.mean), text.differences(change.difference.interval),
          Self.probability(change.probability), Self.ratio(change.ratio),
        ]
      }
    }
    return Table(
      caption:
        "Every number against baselines; of many numbers one in twenty has p < 0.05 by chance",
      header: ["Pair", "Number", "Pairs", "Difference", "its 95 %", "p", "Ratio"], rows: rows,
      numeric: Set(2...6))
  }

  /// Every run.
  var runs: Table {
    let measures = comparison.headline.map(MeasureText.init)
    return Table(
      caption: "Every run",
      header: ["Run", "Recipe", "Seed", "Steps"] + measures.map(\.title) + ["Digest of the state"],
      rows: comparison.recipes.flatMap { group in
        group.runs.map { run in
          [run.path, group.label, "\(run.seed)", "\(run.step)"]
            + measures.map { $0.single(run.value(of: $0.name)) } + [run.digest]
        }
      }, numeric: Set(2..<4 + measures.count), prose: [4 + measures.count])
  }

  /// Keys in which the recipes differ, one a row; nil where there is one recipe.
  var keys: Table? {
    let keys = comparison.differingKeys
    guard !keys.isEmpty else { return nil }
    return Table(
      caption: "Keys in which the recipes differ; \(ReportText.none): none, or without a gate",
      header: ["Key"] + comparison.recipes.map(\.label),
      rows: keys.map { key in
        [key] + comparison.recipes.map { $0.recipe.keys[key] ?? ReportText.none }
      })
  }

  /// What each number means.
  var definitions: Table {
    Table(
      caption: "In the words of the analyses", header: ["Number", "Definition"],
      rows: comparison.measures.map { [MeasureText(name: $0.name).title, $0.definition] },
      prose: [1])
  }

  private static func ratio(_ value: Double?) -> String {
    value.map { NumberText.fixed($0, 3) } ?? ReportText.none
  }

  private static func probability(_ value: Double?) -> String {
    value.map { $0 < 0.0001 ? "< 0.0001" : NumberText.fixed($0, 4) } ?? ReportText.none
  }
}
