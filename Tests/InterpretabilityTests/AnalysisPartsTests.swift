import Communicator
import Core
import Interpretability
import Kernels
import TestSupport
import Testing

/// Confusion, similarity, correlation and clusters against NumPy and scikit-learn.
@Suite struct AnalysisPartsTests {
  private let golden: GoldenAnalysis
  private let predictions: [Int32]

  init() throws {
    golden = try GoldenAnalysis.golden.get()
    predictions = try golden.values("predictions").map { Int32($0) }
  }

  @Test func confusionIsScikitLearns() throws {
    let ours = Confusion(labels: golden.table.labels, predictions: predictions, classes: 5)
    let theirs = try golden.values("confusion")
    expectEqual(ours.counts.map(Double.init), theirs, within: 0)
    #expect(ours.accuracy == (0..<5).reduce(0) { $0 + theirs[$1 * 6] } / 420)
    #expect(ours.perClass[4] == nil, "a class without samples")
    #expect(ours.perClass[0] == theirs[0] / theirs[..<5].reduce(0, +))
  }

  @Test(arguments: [true, false]) func similarityIsTheCosine(isRight: Bool) throws {
    let gate = try golden.values("gate").map { Float($0) }
    let ours = GateSimilarity(golden.table, gate: gate) {
      (predictions[$0] == golden.table.labels[$0]) == isRight
    }
    let theirs = try golden.values("similarity." + (isRight ? "right" : "wrong"))
    expectEqual(ours.values, theirs, within: 1e-6)
    let own = (0..<4).reduce(0) { $0 + theirs[$1 * 6] } / 4
    #expect(abs(try #require(ours.diagonalMean) - own) < 1e-6)
    let rest = (0..<20).filter { $0 % 6 != 0 }.map { theirs[$0] }
    #expect(abs(try #require(ours.offDiagonalMean) - rest.reduce(0, +) / 16) < 1e-6)
    #expect(
      ours.samples
        == (0..<5).map { c in
          zip(predictions, golden.table.labels).count { $1 == c && ($0 == $1) == isRight }
        })
  }

  @Test func correlationIsTheCosineOfFilters() throws {
    let weights = try golden.values("filters").map { Float($0) }
    let ours = try FilterCorrelation(weights: weights, filters: 16, team: ThreadTeam(count: 2))
    expectEqual(ours.values, try golden.values("correlation"), within: 1e-6)
    expectEqual(
      (0...20).map { ours.ratio(above: Double($0) / 20) }, try golden.values("correlation.ratios"),
      within: 1e-6)
    let between = try #require(ours.betweenClasses(golden.table.classMeans(), size: 3))
    #expect(abs(between - (try golden.number("correlation.between"))) < 1e-6)
    #expect(ours.betweenClasses([nil, [1, 2, 3]], size: 1) == nil, "one group has no other")
    let mean = ours.values.reduce(0, +) / 256
    let means = golden.table.classMeans()
    let all = try #require(ours.betweenClasses(means, size: 20), "more than there are")
    #expect(abs(all - mean) < 1e-12, "every group has all filters")
    let thresholds = (0...20).map { Double($0) / 20 }
    expectEqual(
      thresholds.map { ours.pairRatio(above: $0) { $0 } }, try golden.values("correlation.pairs"),
      within: 1e-7)
    expectEqual(
      thresholds.map { ours.pairRatio(above: $0, abs) }, try golden.values("correlation.absolute"),
      within: 1e-7)
    let different = try #require(ours.betweenClasses(means, size: 6, withSelf: false))
    let theirs = try golden.number("correlation.different")
    #expect(abs(different - theirs) < 1e-6 * theirs)
  }

  /// Filters 0 and 1 are opposite, 2 is at right angles to both.
  @Test func pairsOfDifferentFiltersAreCounted() throws {
    let ours = FilterCorrelation(
      weights: [1, 0, -1, 0, 0, 1], filters: 3, team: try ThreadTeam(count: 1))
    #expect(ours.ratio(above: 0.5) == 3.0 / 9, "the diagonal")
    #expect(ours.pairRatio(above: 0.5) { $0 } == 0)
    #expect(ours.pairRatio(above: 0.5, abs) == 2.0 / 6)
    let means: [[Double]] = [[9, 5, 0], [9, 0, 5]]
    #expect(ours.betweenClasses(means, size: 2) == 0, "1 of filter 0 with itself, -1 with filter 1")
    #expect(ours.betweenClasses(means, size: 2, withSelf: false) == -1.0 / 3)
    #expect(ours.betweenClasses(means, size: 1) == 1)
    #expect(ours.betweenClasses(means, size: 1, withSelf: false) == nil, "no other pair")
    let single = try FilterCorrelation(weights: [1, 2], filters: 1, team: ThreadTeam(count: 1))
    #expect(single.pairRatio(above: 0.5, abs) == nil)
  }

  @Test func aFilterWithoutWeightIsUncorrelated() throws {
    let ours = FilterCorrelation(
      weights: [1, 1, 0, 0, 2, 2], filters: 3, team: try ThreadTeam(count: 1))
    let theirs: [Double] = [1, 0, 1, 0, 0, 0, 1, 0, 1]
    expectEqual(ours.values, theirs, within: 1e-15)
  }

  @Test func clustersAreLloyds() throws {
    let flat = try golden.values("clusters.start")
    let start = (0..<4).map { Array(flat[$0 * 16..<($0 + 1) * 16]) }
    let ours = try Clusters(golden.table, from: start, team: ThreadTeam(count: 2))
    expectEqual(ours.centers.flatMap { $0 }, try golden.values("clusters.centers"), within: 1e-5)
    let theirs = try golden.number("clusters.inertia")
    #expect(abs(ours.inertia - theirs) < 1e-5 * theirs)
    let matching = ClusterMatching(ours.assignments, labels: golden.table.labels)
    expectEqual(
      matching.classes.map(Double.init), try golden.values("clusters.matching"), within: 0)
    let agreeing = zip(ours.assignments, golden.table.labels).count {
      matching.classes[Int($0)] == Int($1)
    }
    #expect(matching.agreement == Double(agreeing) / 420)
    #expect(ours.sizes == (0..<4).map { c in ours.assignments.count { $0 == c } })
  }

  /// As good as the best of scikit-learn's twenty starts; threads change no bit.
  @Test func carefulSeedingFindsGoodClusters() throws {
    func clusters(threads: Int) throws -> Clusters {
      try Clusters(
        golden.table, count: 4, starts: 20, seed: 1, team: try ThreadTeam(count: threads),
        communicator: Communicator())
    }
    let ours = try clusters(threads: 1)
    #expect(ours.inertia < 1.01 * (try golden.number("clusters.best")))
    let again = try clusters(threads: 3)
    #expect(again.centers == ours.centers && again.assignments == ours.assignments)
  }

  /// Fewer different points than clusters: all are found, none is lost.
  @Test func equalPointsMakeClustersOfNoExtent() throws {
    let table = try FeatureTable(
      values: [1, 1, 1, 5], filters: 1, labels: [0, 1, 2, 0], classes: 3)
    let ours = try Clusters(
      table, count: 3, starts: 2, seed: 0, team: try ThreadTeam(count: 1),
      communicator: Communicator())
    #expect(ours.inertia == 0 && ours.centers.count == 3)
  }

  /// Every permutation is tried instead.
  @Test(arguments: 1...6) func matchingIsTheBestOfAll(size: Int) {
    var random = RandomValues(seed: UInt64(size))
    let matrix = (0..<size).map { _ in (0..<size).map { _ in Double(random.below(20)) } }
    func best(_ row: Int, _ free: Set<Int>) -> Double {
      free.map { matrix[row][$0] + best(row + 1, free.subtracting([$0])) }.max() ?? 0
    }
    let columns = bestMatching(matrix)
    #expect(Set(columns) == Set(0..<size))
    let sum = columns.enumerated().reduce(0) { $0 + matrix[$1.offset][$1.element] }
    #expect(sum == best(0, Set(0..<size)))
  }
}
