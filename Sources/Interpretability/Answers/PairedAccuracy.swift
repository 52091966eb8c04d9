import Core

/// How much more often one network is right than another on the same samples, with the 95 % interval.
///
/// With p₁, p₂ the shares, their Wilson intervals pᵢ − lᵢ … pᵢ + uᵢ, and φ the correlation of being right:
/// p₁ − p₂ − √(l₁² − 2φ l₁u₂ + u₂²) … p₁ − p₂ + √(u₁² − 2φ u₁l₂ + l₂²). φ is 0 where one of the nets is
/// always right, or never, and is shrunk towards 0 by n/2 in its numerator where that is positive. Source:
/// Newcombe, "Improved confidence intervals for the difference between binomial proportions based on
/// paired data", Statistics in Medicine 17, 1998, method 10.
package struct PairedAccuracy: Sendable, Equatable {
  /// Samples that both are right on, only the first, only the second, and neither.
  package let both: Int, onlyFirst: Int, onlySecond: Int, neither: Int

  /// So many samples.
  package init(both: Int, onlyFirst: Int, onlySecond: Int, neither: Int) {
    precondition(min(both, onlyFirst, onlySecond, neither) >= 0, "counts are not below 0")
    self.both = both
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
    self.neither = neither
  }

  /// What two networks predict of samples with these labels.
  init(_ first: [Int32], _ second: [Int32], labels: [Int32]) {
    var counts = [0, 0, 0, 0]
    for (n, label) in labels.enumerated() {
      counts[(first[n] == label ? 0 : 2) + (second[n] == label ? 0 : 1)] += 1
    }
    self.init(both: counts[0], onlyFirst: counts[1], onlySecond: counts[2], neither: counts[3])
  }

  /// What each is right on.
  package var first: Tally { Tally(both + onlyFirst, of: count) }
  /// See `first`.
  package var second: Tally { Tally(both + onlySecond, of: count) }

  private var count: Int { both + onlyFirst + onlySecond + neither }

  /// The share of the first − that of the second, with the ends of the interval; nil without samples.
  package var difference: (value: Double, low: Double, high: Double)? {
    guard let p = first.share, let q = second.share else { return nil }
    let value = Double(onlyFirst - onlySecond) / Double(count)
    func length(_ a: Double, _ b: Double) -> Double {
      max(0, a * a - 2 * correlation * a * b + b * b).squareRoot()
    }
    return (
      value, value - length(p.share - p.low, q.high - q.share),
      value + length(p.high - p.share, q.share - q.low)
    )
  }

  /// φ.
  private var correlation: Double {
    let margins = [
      both + onlyFirst, onlySecond + neither, both + onlySecond, onlyFirst + neither,
    ].map { Double($0) }
    let square = margins.reduce(1, *)
    guard square > 0 else { return 0 }
    let product = Double(both) * Double(neither) - Double(onlyFirst) * Double(onlySecond)
    let shrunk = product > 0 ? max(0, product - Double(count) / 2) : product
    return shrunk / square.squareRoot()
  }
}
