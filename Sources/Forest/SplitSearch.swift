/// Finds the best split of a node's samples: of all thresholds between values of the features that are
/// tried, the one that leaves least Gini impurity.
///
/// With n samples in a node, n_c of class c, and q = Σ n_c², the node's share of the impurity is
/// n·(1 − q/n²) = n − q/n. Two children leave n − (q₁/n₁ + q₂/n₂), so the score of a split is
/// q₁/n₁ + q₂/n₂ = (q₁n₂ + q₂n₁)/(n₁n₂). Numerator (at most n³/4) and denominator are whole numbers,
/// which up to 2¹⁸ samples Double holds: equal splits then have equal scores, in whatever order anything
/// was added. Of equal scores the first stays: the feature that was tried first, and its lowest
/// threshold.
struct SplitSearch {
  /// A feature, and the highest of its ranks that goes left.
  struct Split {
    let feature: Int, rank: UInt32
  }

  /// The best so far; nil where every feature that was tried is constant in the node.
  private(set) var best: Split?
  private var score = -Double.infinity

  /// The node's samples by class [C], and those to the left of a threshold.
  private(set) var totals: [Int]
  private var left: [Int]
  /// `SampleKey`s of the node's samples by the feature.
  private var keys: [UInt64]
  private var sort: RadixSort

  /// For nodes of up to `capacity` different samples.
  init(classes: Int, capacity: Int) {
    totals = Array(repeating: 0, count: classes)
    left = totals
    keys = Array(repeating: 0, count: capacity)
    sort = RadixSort(capacity: capacity)
  }

  /// Begins with a node of samples with the loads in `range`; says whether they are of one class.
  mutating func begin(_ loads: [UInt64], _ range: Range<Int>) -> Bool {
    best = nil
    score = -.infinity
    for c in totals.indices { totals[c] = 0 }
    var isPure = true
    for load in loads[range] {
      totals[SampleKey.label(load)] += SampleKey.weight(load)
      if SampleKey.label(load) != SampleKey.label(loads[range.lowerBound]) { isPure = false }
    }
    return isPure
  }

  /// Tries all thresholds of a feature for a node of the samples in `range`, with their loads.
  mutating func attempt(
    _ feature: Int, _ ranks: FeatureRanks, samples: [UInt32], loads: [UInt64], _ range: Range<Int>
  ) {
    let varying = Self.gather(
      ranks.all.span.extracting(ranks.range(of: feature)), samples.span.extracting(range),
      loads.span.extracting(range), into: &keys)
    guard varying != 0 else { return }
    let top = SampleKey.rankShift + UInt32.bitWidth - varying.leadingZeroBitCount
    sort.sort(&keys, count: range.count, bits: SampleKey.rankShift..<top)
    if let rank = Self.scan(keys, count: range.count, totals, left: &left, score: &score) {
      best = Split(feature: feature, rank: rank)
    }
  }

  /// Overwrites `keys` by those of samples; returns the bits in which their ranks differ.
  private static func gather(
    _ ranks: Span<UInt32>, _ samples: Span<UInt32>, _ loads: Span<UInt64>, into keys: inout [UInt64]
  ) -> UInt32 {
    var keys = keys.mutableSpan
    var varying: UInt32 = 0
    let first = ranks[Int(samples[0])]
    for i in samples.indices {
      let rank = ranks[Int(samples[i])]
      varying |= rank ^ first
      keys[i] = UInt64(rank) << UInt64(SampleKey.rankShift) | loads[i]
    }
    return varying
  }

  /// The highest rank to the left of the best threshold between the first `count` keys, if that has a
  /// higher score, which is then taken. `left` is room for a number a class.
  private static func scan(
    _ keys: [UInt64], count: Int, _ totals: [Int], left: inout [Int], score: inout Double
  ) -> UInt32? {
    var (right, rightSquares) = (0, 0)
    for total in totals {
      right += total
      rightSquares += total * total
    }
    let keys = keys.span
    let totals = totals.span
    var left = left.mutableSpan
    for c in left.indices { left[c] = 0 }
    var (many, squares) = (0, 0)
    var found: UInt32?
    var key = keys[0]
    for i in 1..<count {
      let (label, weight) = (SampleKey.label(key), SampleKey.weight(key))
      // (x + w)² = x² + w(2x + w), and so on the other side.
      let before = left[label]
      let after = before &+ weight
      left[label] = after
      squares &+= weight &* (before &+ after)
      rightSquares &-= weight &* (2 &* totals[label] &- before &- after)
      many &+= weight
      right &-= weight
      let next = keys[i]
      if SampleKey.rank(next) != SampleKey.rank(key) {
        let quotient =
          Double(squares &* right &+ rightSquares &* many) / Double(many &* right)
        if quotient > score { (score, found) = (quotient, SampleKey.rank(key)) }
      }
      key = next
    }
    return found
  }
}
