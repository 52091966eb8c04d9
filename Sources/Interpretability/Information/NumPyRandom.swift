import Core

/// NumPy's `RandomState`: the numbers that scikit-learn's `random_state` draws, in their order.
///
/// MT19937 (Matsumoto, Nishimura, "Mersenne Twister", ACM TOMACS 8, 1998) seeded by `init_genrand`;
/// a Double takes two words, and normal numbers come in pairs of Marsaglia's polar method, as
/// `legacy_gauss` in NumPy's `legacy-distributions.c` makes them.
package struct NumPyRandom {
  private static let size = 624, offset = 397
  private var state: [UInt32]
  private var next = Self.size
  /// The second of a pair of normal numbers, until it is asked for.
  private var kept: Double?

  /// `RandomState(seed)`.
  package init(seed: UInt32) {
    state = [seed]
    for i in 1..<Self.size {
      let last = state[i - 1]
      state.append(1_812_433_253 &* (last ^ last >> 30) &+ UInt32(i))
    }
  }

  private mutating func refill() {
    for i in 0..<Self.size {
      let bits =
        state[i] & 0x8000_0000 | state[(i + 1) % Self.size] & 0x7FFF_FFFF
      state[i] =
        state[(i + Self.offset) % Self.size] ^ bits >> 1 ^ (bits & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    next = 0
  }

  /// The next 32 random bits.
  package mutating func word() -> UInt32 {
    if next == Self.size { refill() }
    var y = state[next]
    next += 1
    y ^= y >> 11
    y ^= y << 7 & 0x9D2C_5680
    y ^= y << 15 & 0xEFC6_0000
    return y ^ y >> 18
  }

  /// The next Double in [0, 1), of 53 random bits.
  mutating func unit() -> Double {
    let high = word() >> 5
    let low = word() >> 6
    return (Double(high) * 67_108_864 + Double(low)) / 9_007_199_254_740_992
  }

  /// The next standard normal number.
  package mutating func normal() -> Double {
    if let second = kept {
      kept = nil
      return second
    }
    while true {
      let x = 2 * unit() - 1
      let y = 2 * unit() - 1
      let square = x * x + y * y
      if square < 1 && square != 0 {
        let factor = (-2 * ElementaryFunctions.log(square) / square).squareRoot()
        kept = factor * x
        return factor * y
      }
    }
  }
}
