import Core
import Interpretability

/// Whether a recipe's filters are more class-specific than its baseline's, against the spread over seeds.
package struct PairText {
  let recipe: String, baseline: String
  /// MIS, and accuracy, over the pairs.
  let score: PairedChange, accuracy: PairedChange?
  /// MIS by chance: the means of both; empty or one where that was not asked.
  let chance: [Double]
  /// Of the split.
  let samples: Int

  /// What was found of a pair.
  package init(
    recipe: String, baseline: String, score: PairedChange, accuracy: PairedChange?,
    chance: [Double], samples: Int
  ) {
    self.recipe = recipe
    self.baseline = baseline
    self.score = score
    self.accuracy = accuracy
    self.chance = chance
    self.samples = samples
  }

  /// The answer, and what it costs.
  package var sentences: String { [answer, cost].compactMap { $0 }.joined(separator: " ") }

  private var answer: String {
    let difference = NumberText.signed(score.difference.mean, decimals: 4)
    let ratio = score.ratio.map { "\(NumberText.fixed($0, 3)) times" }
    let byChance =
      chance.count == 2
      ? "; chance would give \(NumberText.fixed(chance[0], 4)) and \(NumberText.fixed(chance[1], 4))"
      : ""
    guard let interval = score.difference.interval,
      let deviation = score.difference.standardDeviation
    else {
      return
        "MIS of \(recipe) is \(ratio.map { "\($0) that" } ?? "\(difference) nats from that") of "
        + "\(baseline) in one pair of runs\(byChance). One pair tells nothing of the spread over seeds: "
        + "train both with several."
    }
    // By the ratio, where there is one: its interval is the one that is told.
    let (low, high) = score.ratioInterval.map { ($0[0], $0[1]) } ?? (interval[0], interval[1])
    let even: Double = score.ratioInterval == nil ? 0 : 1
    let how =
      low > even
      ? "are more class-specific than those"
      : high < even
        ? "are less class-specific than those"
        : "are not clearly more or less class-specific than those"
    let times = score.ratioInterval.map { ends in
      "is \(ratio ?? "") as much (95 % interval "
        + "\(ends.map { NumberText.fixed($0, 3) }.joined(separator: " to "))), "
    }
    return "Here the filters of \(recipe) \(how) of \(baseline): over "
      + "\(NumberText.count(score.difference.count, "pair")) of the same seed MIS \(times ?? "differs by ")"
      + "\(difference) nats with a spread of ± \(NumberText.fixed(deviation, 4)) over seeds\(byChance)."
  }

  private var cost: String? {
    guard let change = accuracy?.difference else { return nil }
    let points = NumberText.signed(100 * change.mean, decimals: 2, unit: " points")
    let counted = NumberText.signed(change.mean * Double(samples), decimals: 1)
    let start =
      "Accuracy differs by \(points), \(counted) of \(NumberText.count(samples, "sample"))"
    guard let interval = change.interval, let deviation = change.standardDeviation else {
      return start + "."
    }
    let ends = interval.map { NumberText.signed(100 * $0, decimals: 2) }.joined(separator: " to ")
    let what =
      interval[0] > 0
      ? "a clear gain" : interval[1] < 0 ? "a clear loss" : "no clear difference"
    return "\(start), with a spread of ± \(NumberText.fixed(100 * deviation, 2)) over seeds "
      + "(95 % interval \(ends)): \(what)."
  }
}
