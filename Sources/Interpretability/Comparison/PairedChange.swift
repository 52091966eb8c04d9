import Foundation

/// What changes from a baseline to a recipe, by pairs of runs with the same seed.
package struct PairedChange: Encodable, Sendable {
  /// Mean of value − baseline, with its spread over the pairs.
  package let difference: Spread
  /// Of the paired t-test: how likely a mean difference at least so far from 0 would be if the true one
  /// were 0; nil for one pair, and where all differences are equal.
  package let probability: Double?
  /// exp of the mean of log(value / baseline), and of the ends of its interval; nil where a value is
  /// not above 0, the interval also for one pair.
  package let ratio: Double?, ratioInterval: [Double]?

  /// Of one pair or more.
  package init(_ pairs: [(value: Double, baseline: Double)]) {
    let difference = Spread(
      pairs.map { $0.value - $0.baseline },
      scale: pairs.map { max(abs($0.value), abs($0.baseline)) }.max())
    self.difference = difference
    probability = difference.standardDeviation.flatMap { deviation in
      guard deviation > 0 else { return nil }
      let t = difference.mean / (deviation / Double(pairs.count).squareRoot())
      return StudentT(degreesOfFreedom: pairs.count - 1).probability(beyond: t)
    }
    guard pairs.allSatisfy({ $0.value > 0 && $0.baseline > 0 }) else {
      (ratio, ratioInterval) = (nil, nil)
      return
    }
    let logs = Spread(pairs.map { log($0.value / $0.baseline) }, scale: 1)
    ratio = exp(logs.mean)
    ratioInterval = logs.interval.map { $0.map { exp($0) } }
  }

  enum CodingKeys: String, CodingKey {
    case difference, ratio
    case probability = "p_value"
    case ratioInterval = "ratio_interval"
  }

  /// Every key stands in the file: null where there is no value.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(difference, forKey: .difference)
    try container.encode(probability, forKey: .probability)
    try container.encode(ratio, forKey: .ratio)
    try container.encode(ratioInterval, forKey: .ratioInterval)
  }
}
