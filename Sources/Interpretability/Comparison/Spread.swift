/// Mean and spread of a value over runs that differ in their seed alone.
package struct Spread: Encodable, Sendable {
  /// How many runs have the value (n), and their mean.
  package let count: Int, mean: Double
  /// s, with n − 1 below the sum of squares; nil for n = 1.
  package let standardDeviation: Double?
  /// mean ± t s / √n: in 95 of 100 such experiments such an interval holds the true mean, if values
  /// scatter normally; nil for n = 1.
  package let interval: [Double]?

  /// Share of experiments whose interval misses the true mean.
  static let missed = 0.05

  /// Of one value or more. A deviation that rounding alone can make of equal values, such as came from
  /// numbers of size `scale` (their largest, unless told), is 0.
  package init(_ values: [Double], scale: Double? = nil) {
    precondition(!values.isEmpty, "a mean of something")
    count = values.count
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    self.mean = mean
    guard values.count > 1 else { (standardDeviation, interval) = (nil, nil); return }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let scatter = (squares / (n - 1)).squareRoot()
    let rounding = 8 * (scale ?? values.map(abs).max() ?? 0).ulp
    let deviation = scatter > rounding ? scatter : 0
    let t = StudentT(degreesOfFreedom: values.count - 1).bound(probability: Self.missed)
    let half = t * deviation / n.squareRoot()
    standardDeviation = deviation
    interval = [mean - half, mean + half]
  }

  enum CodingKeys: String, CodingKey {
    case mean, interval
    case count = "n"
    case standardDeviation = "standard_deviation"
  }

  /// Every key stands in the file: null for n = 1.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encode(mean, forKey: .mean)
    try container.encode(standardDeviation, forKey: .standardDeviation)
    try container.encode(interval, forKey: .interval)
  }
}
