import Core

/// The random numbers of one black-box attack on one sample: those of `RandomPurpose.attack`, addressed
/// by method, sample, round and place, so that no two methods, samples or rounds share one.
///
/// Stream: method · 2²⁸ + sample. Element: round · 2³² + place. Methods count from 1; streams below 2²⁸
/// are left to attacks whose stream is the sample alone.
package struct AttackRandom: Sendable {
  /// Raw values are part of every result: never renumber.
  package enum Method: Int, Sendable {
    case singlePixel = 1
    case localSearch = 2
    case onePixel = 3
  }

  private let random: AddressedRandom

  package init(seed: UInt64, method: Method, sample: Int) {
    precondition(sample >= 0 && sample < 1 << 28, "sample \(sample) has no address")
    random = AddressedRandom(
      seed: seed, purpose: .attack, stream: method.rawValue << 28 + sample)
  }

  /// Four random words; `round` is below 2¹⁶, `place` below 2³².
  package func words(round: Int, place: Int) -> SIMD4<UInt32> {
    random.words(Self.element(round: round, place: place))
  }

  /// A standard normal number.
  package func normal(round: Int, place: Int) -> Double {
    random.normal(Self.element(round: round, place: place))
  }

  /// The first `count` of a random order of `items`: all of them where they are fewer.
  package func choose(_ count: Int, of items: [Int], round: Int) -> [Int] {
    random.permutation(items.count, from: Self.element(round: round, place: 0))
      .prefix(count).map { items[Int($0)] }
  }

  private static func element(round: Int, place: Int) -> Int {
    precondition(
      round >= 0 && round < 1 << 16 && place >= 0 && place < 1 << 32,
      "round \(round), place \(place) have no address")
    return round << 32 + place
  }
}
