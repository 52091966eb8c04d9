import Core
import Forest

/// A tree of a forest by its definition: drawn samples one by one, every threshold of every candidate by
/// going through all of them, impurities in Double.
struct ReferenceTree {
  let table: ForestTable
  let candidates: Int, seed: UInt64, tree: Int
  private(set) var nodes: [DecisionTree.Node] = []
  private(set) var counts: [Int32] = []

  private var random: AddressedRandom {
    AddressedRandom(seed: seed, purpose: .forest, stream: tree)
  }

  /// The tree of a bootstrap, or of the samples `drawn`.
  init(
    _ table: ForestTable, candidates: Int, seed: UInt64, tree: Int, drawn: [Int]? = nil
  ) {
    self.table = table
    self.candidates = candidates
    self.seed = seed
    self.tree = tree
    grow(drawn ?? bootstrap())
  }

  private func bootstrap() -> [Int] {
    (0..<table.count).map { draw in
      let words = random.words(draw / 2)
      return draw % 2 == 0
        ? AddressedRandom.below(table.count, words[0], words[1])
        : AddressedRandom.below(table.count, words[2], words[3])
    }
  }

  private func value(_ sample: Int, _ feature: Int) -> Double {
    Double(table.values[sample * table.features + feature])
  }

  private func classCounts(_ samples: [Int]) -> [Int] {
    (0..<table.classes).map { c in samples.count { Int(table.labels[$0]) == c } }
  }

  /// Gini impurity times samples.
  private func impurity(_ samples: [Int]) -> Double {
    let n = Double(samples.count)
    return n * (1 - classCounts(samples).reduce(0) { $0 + Double($1) / n * Double($1) / n })
  }

  private mutating func grow(_ samples: [Int]) {
    let number = nodes.count
    guard let (feature, threshold) = bestSplit(samples, node: number) else {
      nodes.append(
        DecisionTree.Node(
          feature: -1, next: Int32(counts.count / table.classes), threshold: 0))
      counts += classCounts(samples).map { Int32($0) }
      return
    }
    nodes.append(DecisionTree.Node(feature: -1, next: 0, threshold: 0))
    grow(samples.filter { value($0, feature) <= threshold })
    nodes[number] = DecisionTree.Node(
      feature: Int32(feature), next: Int32(nodes.count), threshold: threshold)
    grow(samples.filter { value($0, feature) > threshold })
  }

  private func bestSplit(_ samples: [Int], node: Int) -> (feature: Int, threshold: Double)? {
    if Set(samples.map { table.labels[$0] }).count == 1 { return nil }
    var order = Array(0..<table.features)
    var best: (feature: Int, threshold: Double)?
    var least = Double.infinity
    for i in order.indices {
      if i >= candidates && best != nil { break }
      let words = random.words(node * table.features + i, attempt: 1)
      order.swapAt(i, i + AddressedRandom.below(table.features - i, words[0], words[1]))
      let values = Set(samples.map { value($0, order[i]) }).sorted()
      for (lower, upper) in zip(values, values.dropFirst()) {
        let threshold = lower / 2 + upper / 2
        let left = samples.filter { value($0, order[i]) <= threshold }
        let right = samples.filter { value($0, order[i]) > threshold }
        let remaining = impurity(left) + impurity(right)
        // Different impurities of some hundred samples differ by more, roundings by less.
        if remaining < least - 1e-11 { (best, least) = ((order[i], threshold), remaining) }
      }
    }
    return best
  }
}
