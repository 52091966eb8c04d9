import Core
import Forest
import TestSupport
import Testing

/// Trees against ones made by hand, and against the definition on tables full of ties.
@Suite struct DecisionTreeTests {
  private func tree(
    _ table: ForestTable, counts: [Int]? = nil, candidates: Int? = nil, seed: UInt64 = 0,
    number: Int = 0
  ) -> DecisionTree {
    var grower = TreeGrower(
      table, counts: counts ?? Array(repeating: 1, count: table.count),
      candidates: candidates ?? table.features, seed: seed, tree: number)
    return grower.grow()
  }

  private func table(_ values: [Float], features: Int = 1, _ labels: [Int32], classes: Int = 2)
    throws -> ForestTable
  {
    try ForestTable(values: values, features: features, labels: labels, classes: classes)
  }

  private func node(_ feature: Int32, _ next: Int32, _ threshold: Double = 0) -> DecisionTree.Node {
    DecisionTree.Node(feature: feature, next: next, threshold: threshold)
  }

  /// Values 1 to 6 of classes 0 0 1 1 2 1. Root: below 2.5 (2 | 4 samples) 4 − (9 + 1)/4 = 1.5 is
  /// left, below 4.5 (4 | 2) it is 2 + 1 = 3, elsewhere more. Then 3 4 5 6 of 1 1 2 1: below 4.5 1 is
  /// left, below 5.5 it is 3 − 5/3 = 4/3. Then 5 of 2 and 6 of 1.
  @Test func threeThresholds() throws {
    let table = try table([4, 1, 6, 2, 5, 3], [1, 0, 1, 0, 2, 1], classes: 3)
    let grown = tree(table)
    #expect(
      grown.nodes == [
        node(0, 2, 2.5), node(-1, 0), node(0, 4, 4.5), node(-1, 1), node(0, 6, 5.5), node(-1, 2),
        node(-1, 3),
      ])
    #expect(grown.counts == [2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0])
    for (value, leaf) in [(-9, 0), (2.5, 0), (2.6, 1), (5, 2), (9, 3)] as [(Float, Int)] {
      #expect(grown.leaf(of: [value]) == leaf)
    }
    #expect(grown.counts(ofLeaf: 2) == [0, 0, 1])
  }

  /// A sample that was drawn thrice weighs three; one that was not drawn is not there.
  @Test func samplesWeighAsOftenAsTheyWereDrawn() throws {
    let table = try table([1, 2, 3, 4, 5], [0, 1, 0, 1, 1])
    let grown = tree(table, counts: [1, 1, 3, 0, 1])
    // 0 1 0·3 | 1: 5 − 17/5 = 1.6 is left; 0 | 1 0·3 1: 5 − 13/5; 0 1 | 0·3 1: 1 + 1.5.
    #expect(grown.nodes[0] == node(0, 6, 4))
    #expect(grown.counts == [1, 0, 0, 1, 3, 0, 0, 1])
    let repeated = try ForestTable(
      values: [1, 2, 3, 3, 3, 5], features: 1, labels: [0, 1, 0, 0, 0, 1], classes: 2)
    #expect(tree(repeated) == grown)
  }

  /// No first split of exclusive or gains anything; it is made all the same.
  @Test(arguments: 0..<4) func exclusiveOrIsLearnt(seed: UInt64) throws {
    let table = try table(
      [0, 0, 0, 1, 1, 0, 1, 1], features: 2, [0, 1, 1, 0])
    let grown = tree(table, seed: seed)
    #expect(grown.nodes.map(\.isLeaf) == [false, false, true, true, false, true, true])
    #expect(grown.nodes[0].feature != grown.nodes[1].feature)
    #expect(grown.nodes.filter { !$0.isLeaf }.allSatisfy { $0.threshold == 0.5 })
  }

  /// Of equal thresholds the lowest; of equal features the one that is drawn first.
  @Test func tiesGoToTheFirst() throws {
    #expect(tree(try table([1, 2, 3, 4], [0, 1, 1, 0])).nodes[0].threshold == 1.5)
    let same = try table([1, 1, 2, 2, 3, 3], features: 2, [0, 1, 1])
    var chosen: Set<Int32> = []
    for number in 0..<20 {
      let words = AddressedRandom(seed: 0, purpose: .forest, stream: number).words(0, attempt: 1)
      let first = Int32(AddressedRandom.below(2, words[0], words[1]))
      #expect(tree(same, number: number).nodes[0].feature == first)
      chosen.insert(first)
    }
    #expect(chosen == [0, 1])
  }

  /// Neighbouring floats, the smallest and the largest are parted; 0 and −0 are not.
  @Test func everyTwoFloatsAreParted() throws {
    for (low, high) in [
      (1, Float(1).nextUp), (0, .leastNonzeroMagnitude), (-.leastNonzeroMagnitude, -0),
      (-.greatestFiniteMagnitude, .greatestFiniteMagnitude),
      (Float.greatestFiniteMagnitude.nextDown, .greatestFiniteMagnitude),
      (-Float(3).nextUp, -3), (-1, .leastNormalMagnitude),
    ] as [(Float, Float)] {
      let grown = tree(try table([high, low], [1, 0]))
      let threshold = grown.nodes[0].threshold
      #expect(grown.nodes.count == 3 && grown.counts == [1, 0, 0, 1])
      #expect(Double(low) < threshold && threshold < Double(high))
      #expect(grown.leaf(of: [low]) == 0 && grown.leaf(of: [high]) == 1)
    }
    #expect(tree(try table([0, -0], [1, 0])).nodes == [node(-1, 0)])
  }

  /// A single class is a leaf; so are samples that only their class tells apart.
  @Test func leavesAreWhatCannotBeSplit() throws {
    let single = tree(try table([1, 2, 3], [1, 1, 1]))
    #expect(single.nodes == [node(-1, 0)] && single.counts == [0, 3])
    let equal = tree(try table([7, 5, 7, 5, 7, 5], features: 2, [0, 1, 0]))
    #expect(equal.nodes == [node(-1, 0)] && equal.counts == [2, 1])
  }

  /// Classes 0 0 1 2 have impurity 4 − 6/4 = 2.5. The first feature parts 0 0 from 1 2, which leaves
  /// 2 − 2/2 = 1 (the second would leave 3 − 5/3), and the second takes that.
  @Test func decreasesOfImpurityBelongToFeatures() throws {
    let table = try table([0, 5, 0, 5, 1, 5, 1, 6], features: 2, [0, 0, 1, 2], classes: 3)
    #expect(tree(table).decreases(features: 2) == [1.5, 1])
    #expect(tree(table, counts: [2, 1, 0, 1]).decreases(features: 2).reduce(0, +) == 1.5)
  }

  /// With one candidate a node, and many constant features, nodes go on until one parts its samples.
  @Test func constantFeaturesArePassedOver() throws {
    let labels: [Int32] = [0, 1, 0, 1]
    let values = labels.flatMap { label in (0..<30).map { $0 == 17 ? Float(label) : 4 } }
    let table = try ForestTable(values: values, features: 30, labels: labels, classes: 2)
    for seed in 0..<5 as Range<UInt64> {
      #expect(tree(table, candidates: 1, seed: seed).nodes[0] == node(17, 2, 0.5))
    }
  }

  /// Small tables of few values and large ones of many, with duplicate rows, constant features, zeros
  /// of both signs, empty classes.
  @Test(arguments: [
    (8, 3, 2, 2), (25, 4, 2, 3), (40, 10, 3, 3), (60, 5, 2, 1000), (60, 9, 4, 1000),
    (300, 3, 2, 6), (300, 2, 3, 1000), (120, 16, 2, 40),
  ])
  func treesAreTheDefinitions(samples: Int, features: Int, classes: Int, values: Int) throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = RandomValues(seed: seed)
      var rows = (0..<samples).map { _ in
        (0..<features).map { f -> Float in
          let value = Float(random.below(values)) - Float(values / 2)
          return f == 1 ? 0.25 : value == 0 && random.below(2) == 0 ? -0 : value / 3
        }
      }
      for n in stride(from: 0, to: samples, by: 5) { rows[n] = rows[(n * 7 + 3) % samples] }
      let labels = rows.map { row in
        Int32(random.below(4) == 0 ? random.below(classes) : Int(abs(row[0])) % classes)
      }
      let table = try ForestTable(
        values: rows.flatMap { $0 }, features: features, labels: labels, classes: classes + 1)
      let root = Int(Double(features).squareRoot())
      let forest = try RandomForest(table, .init(trees: 3, seed: seed))
      for (number, ours) in forest.trees.enumerated() {
        let plain = ReferenceTree(table, candidates: root, seed: seed, tree: number)
        #expect(ours.nodes == plain.nodes)
        #expect(ours.counts == plain.counts)
      }
      let whole = ReferenceTree(
        table, candidates: features, seed: seed, tree: 9, drawn: Array(0..<samples))
      let ours = tree(table, seed: seed, number: 9)
      #expect(ours.nodes == whole.nodes && ours.counts == whole.counts)
      #expect(samples < 20 || ours.nodes.count > 5, "there is something to compare")
    }
  }
}
