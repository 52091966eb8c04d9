import Core

/// Seeded values for tests.
public struct RandomValues {
  private let random: AddressedRandom
  private var next = 0

  /// The values of a seed.
  public init(seed: UInt64) {
    random = AddressedRandom(seed: seed, purpose: .augmentation, stream: 0)
  }

  /// Uniform in [−1, 1).
  public mutating func unit() -> Double {
    defer { next += 1 }
    let words = random.words(next)
    return 2 * AddressedRandom.unit(words[0], words[1]) - 1
  }

  /// Uniform in 0..<bound.
  public mutating func below(_ bound: Int) -> Int {
    defer { next += 1 }
    let words = random.words(next)
    return AddressedRandom.below(bound, words[0], words[1])
  }

  /// So many floats, uniform in [−1, 1).
  public mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(unit()) } }
}

/// Largest |a − b| over largest |b|: the error of a kernel against its reference.
public func relativeError(_ a: [Float], _ b: [Double]) -> Double {
  precondition(a.count == b.count, "\(a.count) values against \(b.count)")
  let largest = b.reduce(0) { max($0, abs($1)) }
  let error = zip(a, b).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
  return error / max(largest, .leastNormalMagnitude)
}
