/// The places of samples' values among the distinct values of a feature, in ascending order.
///
/// What parts samples is the order of values alone. As ranks, values of any feature are whole numbers
/// of few bits, which sort in fewer passes than floats, and each tree sorts every feature many times.
struct FeatureRanks: Sendable {
  /// N.
  private let count: Int
  /// Ranks [F][N] from 0; equal values have equal ranks, as 0 and −0 have.
  let all: [UInt32]

  /// Features whose values lie in one line of the cache.
  private static let together = 16

  private final class Block: @unchecked Sendable { var ranks: [UInt32] = [] }

  /// Of values [N][F].
  init(_ values: [Float], features: Int, forEach: ForEachJob) {
    let count = values.count / features
    let blocks = (0..<(features + Self.together - 1) / Self.together).map { _ in Block() }
    forEach(blocks.count) { job, _ in
      let own = job * Self.together..<min((job + 1) * Self.together, features)
      var columns = own.map { _ in [UInt64](repeating: 0, count: count) }
      for n in 0..<count {
        for f in own {
          columns[f - own.lowerBound][n] = Self.key(values[n * features + f], sample: n)
        }
      }
      var sort = RadixSort(capacity: count)
      blocks[job].ranks = columns.indices.flatMap { Self.ranks(&columns[$0], &sort) }
    }
    var all: [UInt32] = []
    all.reserveCapacity(values.count)
    for block in blocks {
      all += block.ranks
      block.ranks = []
    }
    self.count = count
    self.all = all
  }

  /// Where those of a feature lie, by sample.
  func range(of feature: Int) -> Range<Int> { feature * count..<(feature + 1) * count }

  /// The bits of a float, made to ascend as the float does, above the sample's number.
  private static func key(_ value: Float, sample: Int) -> UInt64 {
    let bits = (value + 0).bitPattern  // −0 becomes 0
    let ascending = bits >> 31 == 0 ? bits | 1 << 31 : ~bits
    return UInt64(ascending) << 32 | UInt64(sample)
  }

  /// The ranks by sample [N], of keys [N], which are left in any order.
  private static func ranks(_ keys: inout [UInt64], _ sort: inout RadixSort) -> [UInt32] {
    sort.sort(&keys, count: keys.count, bits: 32..<64)
    var ranks = [UInt32](repeating: 0, count: keys.count)
    var rank: UInt32 = 0
    for i in keys.indices {
      if i > 0 && keys[i] >> 32 != keys[i - 1] >> 32 { rank += 1 }
      ranks[Int(truncatingIfNeeded: keys[i] & 0xFFFF_FFFF)] = rank
    }
    return ranks
  }
}
