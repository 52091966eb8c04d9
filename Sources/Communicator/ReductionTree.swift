/// Who owns which replicas, and in which order their contributions are added.
///
/// T(lo, hi) is the leaf `lo` if hi − lo = 1, else T(lo, m) + T(m, hi) with m = lo + the largest
/// power of two below hi − lo. A rank adds the maximal subtrees that it owns whole (its slots); the
/// ordered all-reduce adds the rest. So the bits depend on R alone, not on P.
package struct ReductionTree: Sendable {
  /// R and P.
  package let replicas: Int, ranks: Int
  /// The replicas of each slot, in rank order.
  package let slots: [Range<Int>]
  /// How many slots each rank holds.
  package let slotsOfRank: [Int]
  /// The additions that finish the tree: slot `into` becomes itself plus slot `from`.
  package let additions: [(into: Int, from: Int)]

  /// The tree of `replicas` over `ranks` ≤ `replicas`.
  package init(replicas: Int, ranks: Int) {
    precondition(
      ranks >= 1 && replicas >= ranks, "\(ranks) ranks cannot share \(replicas) replicas")
    self.replicas = replicas
    self.ranks = ranks
    let perRank = (0..<ranks).map { rank in
      Self.maximalSubtrees(
        in: 0..<replicas, owned: Self.owned(by: rank, replicas: replicas, ranks: ranks))
    }
    slots = perRank.flatMap { $0 }
    slotsOfRank = perRank.map(\.count)
    var slotAt: [Int: Int] = [:]
    for (slot, range) in slots.enumerated() { slotAt[range.lowerBound] = slot }
    additions = Self.additions(in: 0..<replicas, slots: Set(slots), slotAt: slotAt)
  }

  /// The replicas of a rank: ⌊pR/P⌋ ..< ⌊(p + 1)R/P⌋.
  package static func owned(by rank: Int, replicas: Int, ranks: Int) -> Range<Int> {
    rank * replicas / ranks..<(rank + 1) * replicas / ranks
  }

  /// The slots of a rank.
  package func slots(of rank: Int) -> [Range<Int>] {
    let first = slotsOfRank[0..<rank].reduce(0, +)
    return Array(slots[first..<first + slotsOfRank[rank]])
  }

  /// Where a subtree of at least two leaves is cut.
  package static func middle(of range: Range<Int>) -> Int {
    precondition(range.count > 1, "a leaf has no middle")
    return range.lowerBound + 1 << (Int.bitWidth - 1 - (range.count - 1).leadingZeroBitCount)
  }

  /// Levels below the root: partial sums that are held at a time.
  package var depth: Int { replicas == 1 ? 0 : Int.bitWidth - (replicas - 1).leadingZeroBitCount }

  private static func maximalSubtrees(in range: Range<Int>, owned: Range<Int>) -> [Range<Int>] {
    if owned.lowerBound <= range.lowerBound && range.upperBound <= owned.upperBound {
      return [range]
    }
    guard range.overlaps(owned) else { return [] }
    let middle = middle(of: range)
    return maximalSubtrees(in: range.lowerBound..<middle, owned: owned)
      + maximalSubtrees(in: middle..<range.upperBound, owned: owned)
  }

  private static func additions(
    in range: Range<Int>, slots: Set<Range<Int>>, slotAt: [Int: Int]
  ) -> [(into: Int, from: Int)] {
    if slots.contains(range) { return [] }
    let middle = middle(of: range)
    guard let into = slotAt[range.lowerBound], let from = slotAt[middle] else {
      preconditionFailure("every subtree begins with a slot")
    }
    return additions(in: range.lowerBound..<middle, slots: slots, slotAt: slotAt)
      + additions(in: middle..<range.upperBound, slots: slots, slotAt: slotAt)
      + [(into, from)]
  }
}
