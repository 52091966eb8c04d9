import Core

/// Grows a tree until every leaf is pure, or its samples are equal in all features.
///
/// Nodes are made in preorder. A node that is not pure tries the first `candidates` features that
/// `CandidateDraw` deals it, and further ones as long as all are constant in it; it is split where
/// `SplitSearch` finds the least Gini impurity, even if that gains nothing.
package struct TreeGrower {
  private let table: ForestTable
  private let candidates: Int
  private var draw: CandidateDraw
  private var search: SplitSearch

  /// The samples that were drawn, each once, and their loads (`SampleKey`); a node's lie together, in
  /// ascending order.
  private var samples: [UInt32], loads: [UInt64]
  /// Room for those that go right.
  private var otherSamples: [UInt32], otherLoads: [UInt64]

  private var nodes: [DecisionTree.Node] = []
  private var leafCounts: [Int32] = []

  /// A node to be made: its samples, and the node whose right child it is.
  private struct Pending {
    let range: Range<Int>, parent: Int?
  }

  /// For tree number `tree` of a seed, from samples that were drawn `counts` times.
  package init(_ table: ForestTable, counts: [Int], candidates: Int, seed: UInt64, tree: Int) {
    precondition(counts.count == table.count, "each sample was drawn so often")
    precondition(candidates >= 1, "a node tries a feature at least")
    self.table = table
    self.candidates = candidates
    draw = CandidateDraw(seed: seed, tree: tree, features: table.features)
    let drawn = counts.indices.filter { counts[$0] > 0 }
    precondition(!drawn.isEmpty, "a tree has samples")
    samples = drawn.map { UInt32($0) }
    loads = drawn.map { SampleKey.load(class: table.labels[$0], weight: counts[$0]) }
    otherSamples = samples
    otherLoads = loads
    search = SplitSearch(classes: table.classes, capacity: samples.count)
  }

  /// The whole tree.
  package mutating func grow() -> DecisionTree {
    var pending = [Pending(range: samples.indices, parent: nil)]
    while let task = pending.popLast() {
      let number = nodes.count
      if let parent = task.parent { nodes[parent].next = Int32(number) }
      guard let split = split(task.range, node: number) else {
        let leaf = leafCounts.count / table.classes
        nodes.append(DecisionTree.Node(feature: -1, next: Int32(leaf), threshold: 0))
        leafCounts += search.totals.lazy.map { Int32($0) }
        continue
      }
      let (middle, threshold) = part(task.range, split)
      nodes.append(
        DecisionTree.Node(feature: Int32(split.feature), next: 0, threshold: threshold))
      pending.append(Pending(range: middle..<task.range.upperBound, parent: number))
      pending.append(Pending(range: task.range.lowerBound..<middle, parent: nil))
    }
    return DecisionTree(classes: table.classes, nodes: nodes, counts: leafCounts)
  }

  /// Where to split a node; nil makes it a leaf.
  private mutating func split(_ range: Range<Int>, node: Int) -> SplitSearch.Split? {
    let isPure = search.begin(loads, range)
    if isPure { return nil }
    draw.begin(node: node)
    var tried = 0
    while tried < candidates || search.best == nil, let feature = draw.next() {
      search.attempt(feature, table.ranks, samples: samples, loads: loads, range)
      tried += 1
    }
    return search.best
  }

  /// Moves a node's samples that go left before the others, each side in its order.
  /// - Returns: where the right ones begin, and the threshold: midway between the highest value that
  ///   goes left and the lowest that does not. Both are floats, so the middle, rounded to a Double,
  ///   is below the upper one.
  private mutating func part(_ range: Range<Int>, _ split: SplitSearch.Split)
    -> (middle: Int, threshold: Double)
  {
    let ranks = table.ranks.all[table.ranks.range(of: split.feature)]
    var (middle, right) = (range.lowerBound, 0)
    var (highest, lowest) = (samples[middle], samples[middle])
    var lowestRank = UInt32.max
    for i in range {
      let (sample, load) = (samples[i], loads[i])
      let rank = ranks[ranks.startIndex + Int(sample)]
      if rank <= split.rank {
        if rank == split.rank { highest = sample }
        (samples[middle], loads[middle]) = (sample, load)
        middle += 1
      } else {
        if rank < lowestRank { (lowest, lowestRank) = (sample, rank) }
        (otherSamples[right], otherLoads[right]) = (sample, load)
        right += 1
      }
    }
    for i in 0..<right {
      (samples[middle + i], loads[middle + i]) = (otherSamples[i], otherLoads[i])
    }
    func half(_ sample: UInt32) -> Double {
      Double(table.values[Int(sample) * table.features + split.feature]) / 2
    }
    return (middle, half(highest) + half(lowest))
  }
}
