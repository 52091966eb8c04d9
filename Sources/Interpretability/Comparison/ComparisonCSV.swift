/// `compare.csv`: a row for each measure of each recipe, after RFC 4180; a value that there is not is
/// empty.
package enum ComparisonCSV {
  /// The columns.
  static let header = [
    "recipe", "measure", "n", "mean", "standard_deviation", "interval_low", "interval_high",
    "baseline", "pairs", "difference", "difference_low", "difference_high", "p_value", "ratio",
    "ratio_low", "ratio_high",
  ]

  /// The text; numbers with all their digits.
  package static func text(_ comparison: Comparison) -> String {
    let rows = comparison.recipes.flatMap { group in
      comparison.measures.compactMap { measure in
        group.spread(of: measure.name).map { spread in
          row(
            group.label, measure.name, spread,
            comparison.pairs.first { $0.recipe == group.label })
        }
      }
    }
    return ([header] + rows).map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func row(
    _ label: String, _ measure: String, _ spread: Spread, _ pair: RecipePair?
  ) -> [String] {
    let change = pair?.change(of: measure)
    let difference = change?.difference
    let own =
      [label, measure, "\(spread.count)", "\(spread.mean)", text(spread.standardDeviation)]
      + ends(spread.interval)
    let paired =
      [change == nil ? "" : pair?.baseline ?? "", difference.map { "\($0.count)" } ?? ""]
      + [text(difference?.mean)] + ends(difference?.interval)
    return own + paired + [text(change?.probability), text(change?.ratio)]
      + ends(change?.ratioInterval)
  }

  private static func ends(_ interval: [Double]?) -> [String] {
    [text(interval?.first), text(interval?.last)]
  }

  private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private static func field(_ text: String) -> String {
    let isPlain = !text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    return isPlain ? text : "\"\(text.replacing("\"", with: "\"\""))\""
  }
}
