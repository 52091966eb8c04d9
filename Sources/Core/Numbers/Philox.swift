/// Philox4x32-10, a counter-based generator: 128 random bits for any key and counter, in any order.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
package enum Philox {
  /// The four random words at `counter` under `key`.
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var x = counter
    var k = key
    for _ in 0..<10 {
      let a = UInt64(0xD251_1F53) * UInt64(x[0])
      let b = UInt64(0xCD9E_8D57) * UInt64(x[2])
      x = SIMD4(
        UInt32(b >> 32) ^ x[1] ^ k[0], UInt32(truncatingIfNeeded: b),
        UInt32(a >> 32) ^ x[3] ^ k[1], UInt32(truncatingIfNeeded: a))
      k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return x
  }
}

/// What a random number is for. Raw values are part of every result: never renumber.
package enum RandomPurpose: UInt32, Sendable {
  /// The order of the samples in an epoch.
  case permutation = 1
  /// Crop and flip of a sample.
  case augmentation = 2
  /// Initial parameters.
  case initialization = 3
  /// Values that dropout drops.
  case dropout = 4
  /// The order of the shards in an epoch.
  case shardOrder = 5
  /// The order in which balanced classes take turns, and that of the samples of each.
  case balance = 6
  /// Which pictures of a data set without lists train, and which test.
  case split = 9
  /// Where clusters of feature vectors start.
  case clustering = 16
  /// The labels that chance deals out.
  case chance = 17
  /// The samples that a bootstrap draws.
  case bootstrap = 18
  /// The filters that a control takes in place of a class's.
  case control = 19
  /// The samples that a filter's card shows beside the telling ones.
  case cards = 20
  /// Weights in place of those that were learned.
  case sanity = 21
  /// The class that an attack is to make a net predict.
  case attackTarget = 22
  /// Where an attack starts, what it tries, and the noise beside it.
  case attack = 23
  /// The samples that a tree of a random forest is grown from, and the features that its nodes try.
  case forest = 24
  /// Which samples teach a detector of attacks, and which test it.
  case detection = 25
  /// What benchmarks work on.
  case benchmark = 32
}

/// Random numbers that are addressed, not drawn: (seed, purpose, stream, element, attempt) names a
/// block, so that it does not matter who asks, when, or in which order. A stream is an epoch, or
/// the number of a tensor.
///
/// Key: the seed. Counter: element's low word, its high 16 bits over the attempt's low 16, stream,
/// purpose.
package struct AddressedRandom: Sendable {
  private let key: SIMD2<UInt32>
  private let purpose: RandomPurpose
  private let stream: UInt32

  /// The numbers of one purpose in one stream.
  package init(seed: UInt64, purpose: RandomPurpose, stream: Int) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32))
    self.purpose = purpose
    self.stream = UInt32(stream)
  }

  /// Four random words for `element` (below 2⁴⁸); `attempt` (below 2¹⁶) gives fresh ones.
  package func words(_ element: Int, attempt: Int = 0) -> SIMD4<UInt32> {
    precondition(element >= 0 && element < 1 << 48 && attempt >= 0 && attempt < 1 << 16)
    let high = UInt32(element >> 32) << 16 | UInt32(attempt)
    return Philox.block(
      counter: SIMD4(UInt32(truncatingIfNeeded: element), high, stream, purpose.rawValue), key: key)
  }

  /// A whole number in 0..<bound from 64 random bits: `⌊bits · bound / 2⁶⁴⌋`, whose bias is below
  /// bound / 2⁶⁴.
  package static func below(_ bound: Int, _ low: UInt32, _ high: UInt32) -> Int {
    precondition(bound > 0)
    let bits = UInt64(high) << 32 | UInt64(low)
    return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A Double in [0, 1) with 53 random bits.
  package static func unit(_ low: UInt32, _ high: UInt32) -> Double {
    Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
  }

  /// A standard normal number for `element`, by Marsaglia's polar method: each rejected pair moves
  /// on to the next attempt.
  package func normal(_ element: Int) -> Double {
    for attempt in 0..<(1 << 16) {
      let w = words(element, attempt: attempt)
      let u = 2 * Self.unit(w[0], w[1]) - 1
      let v = 2 * Self.unit(w[2], w[3]) - 1
      let square = u * u + v * v
      if square > 0 && square < 1 {
        return u * (-2 * ElementaryFunctions.log(square) / square).squareRoot()
      }
    }
    preconditionFailure("65,536 rejections in a row: the generator is broken")
  }

  /// A permutation of 0..<count: Fisher–Yates from the last place down, place i swapped with
  /// `below(i + 1)` of element `first` + i.
  package func permutation(_ count: Int, from first: Int = 0) -> [Int32] {
    precondition(count <= Int(Int32.max))
    var order = Array(0..<Int32(count))
    for i in stride(from: count - 1, to: 0, by: -1) {
      let w = words(first + i)
      order.swapAt(i, Self.below(i + 1, w[0], w[1]))
    }
    return order
  }
}
