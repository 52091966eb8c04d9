/// A share of trials, and the 95 % interval by Wilson's score: it stays within 0 ... 1 and is honest
/// where the share is 0 or 1.
///
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
package struct WilsonInterval: Sendable, Codable, Equatable {
  /// successes / trials.
  package let share: Double
  /// The interval's ends.
  package let low: Double, high: Double

  /// The standard normal's quantile at 97.5 %.
  private static let z = 1.959963984540054

  /// Of so many trials; nil where there is none.
  package init?(_ successes: Int, of trials: Int) {
    precondition(successes >= 0 && successes <= trials, "\(successes) of \(trials)")
    guard trials > 0 else { return nil }
    let n = Double(trials)
    let square = Self.z * Self.z
    share = Double(successes) / n
    let middle = (share + square / (2 * n)) / (1 + square / n)
    let half =
      Self.z / (1 + square / n) * (share * (1 - share) / n + square / (4 * n * n)).squareRoot()
    low = successes == 0 ? 0 : middle - half
    high = successes == trials ? 1 : middle + half
  }
}
