import Core
import Interpretability
import TestSupport
import Testing

/// M by chance and the interval of MIS against scikit-learn and NumPy, and where the answer is known.
@Suite struct InformationChanceTests {
  private let golden: GoldenAnalysis

  init() throws { golden = try GoldenAnalysis.golden.get() }

  /// Filters that know nothing of labels, but for the first `knowing`, which answer class 1 alone.
  private func table(knowing: Int) throws -> FeatureTable {
    var random = RandomValues(seed: 11)
    let (samples, filters) = (400, 30)
    let labels = (0..<samples).map { Int32($0 % 4) }
    let values = labels.flatMap { label in
      (0..<filters).map { k in
        Float(random.unit()) + (k < knowing && label == 1 ? 3 : 0)
      }
    }
    return try FeatureTable(values: values, filters: filters, labels: labels, classes: 4)
  }

  @Test func chanceIsScikitLearns() throws {
    let columns = try SharedColumns(golden.table)
    let ours = try InformationChance(columns, permutations: 5, seed: 7)
    expectEqual(ours.values, try golden.values("information.chance"), within: 1e-8)
    let theirs = try golden.values("information.maxima")
    expectEqual(ours.maxima, theirs, within: 1e-8)
    let score = theirs.reduce(0, +) / 80
    #expect(abs(ours.score - score) < 1e-6 * score)
    let best = try golden.values("information")
    let above = (0..<16).count { k in
      (best[k * 5..<k * 5 + 5].max() ?? 0) > (theirs[k * 5..<k * 5 + 5].max() ?? 0)
    }
    #expect((1..<16).contains(above))
    let information = try MutualInformation(columns)
    #expect(ours.shareAbove(information) == Double(above) / 16)
  }

  @Test func theIntervalIsNumPys() throws {
    let columns = try SharedColumns(golden.table)
    let information = try MutualInformation(columns)
    let ours = try InformationInterval(information, columns, seed: 7)
    expectEqual(ours.terms, try golden.values("information.terms"), within: 1e-7)
    let ends = try golden.values("information.interval")
    #expect(abs(ours.low - ends[0]) < 1e-6 * ends[0] && abs(ours.high - ends[1]) < 1e-6 * ends[1])
    let mean = ours.terms.reduce(0, +) / Double(ours.terms.count)
    #expect(abs(mean - information.score) < 1e-12, "MIS is the mean of the terms")
    #expect(ours.low < mean && mean < ours.high)
  }

  @Test func ceilingsAreSciPys() throws {
    expectEqual(
      golden.table.classEntropies, try golden.values("information.ceilings"), within: 1e-7)
    let halves = try FeatureTable(
      values: [0, 0, 0, 0], filters: 1, labels: [0, 2, 0, 2], classes: 3)
    expectEqual(
      halves.classEntropies, [0.693_147_180_559_945, 0, 0.693_147_180_559_945], within: 1e-14)
    let one = try FeatureTable(values: [0, 0], filters: 1, labels: [0, 0], classes: 1)
    #expect(one.classEntropies == [0])
  }

  /// Where labels have nothing to do with features, MIS is what chance says, for all that it is far
  /// from 0.
  @Test func independentLabelsAreChance() throws {
    let columns = try SharedColumns(table(knowing: 0))
    let information = try MutualInformation(columns)
    let chance = try InformationChance(columns, permutations: 19, seed: 0)
    #expect(chance.score > 0.01)
    let squares = chance.scores.reduce(0) { $0 + ($1 - chance.score) * ($1 - chance.score) }
    let deviation = (squares / 18).squareRoot()
    #expect(abs(information.score - chance.score) < 3 * deviation && deviation < 0.005)
    #expect(chance.shareAbove(information) <= 0.2, "5 % on average")
  }

  @Test func filtersThatKnowAreAboveChance() throws {
    let columns = try SharedColumns(table(knowing: 15))
    let information = try MutualInformation(columns)
    let chance = try InformationChance(columns, permutations: 19, seed: 0)
    let entropy = 0.562_335_144_618_808
    #expect(abs(information[filter: 0, class: 1] - entropy) < 0.02, "all there is to know")
    #expect((0.5...0.6).contains(chance.shareAbove(information)))
    #expect(chance.score < 0.1 * information.score)
  }

  @Test func threadsChangeNoBit() throws {
    func bits(threads: Int) throws -> [[Double]] {
      let columns = try SharedColumns(golden.table, threads: threads)
      let chance = try InformationChance(columns, permutations: 3, seed: 1)
      let interval = try InformationInterval(MutualInformation(columns), columns, seed: 1)
      return [chance.values, chance.maxima, interval.terms, [interval.low, interval.high]]
    }
    #expect(try bits(threads: 1) == bits(threads: 3))
  }

  /// Classes of none, of few and of most samples, on values that are often equal.
  @Test(arguments: [
    [0, 1, 2, 3, 4, 7, 183], [1, 199], [2, 198], [3, 197], [4, 196], [100, 100],
    Array(repeating: 5, count: 40), [1, 2], [2, 2], [3, 3],
  ])
  func chanceIsTheEstimateOfOtherLabels(counts: [Int]) throws {
    var random = RandomValues(seed: 5)
    let labels = counts.enumerated().flatMap { Array(repeating: Int32($0), count: $1) }
    let values: [Float] = labels.indices.flatMap { _ in
      [Float(random.unit()), Float(random.below(4)), max(0, Float(random.unit())), 1]
    }
    let chance = try InformationChance(
      SharedColumns(
        FeatureTable(values: values, filters: 4, labels: labels, classes: counts.count)),
      permutations: 1, seed: 3)
    let order = AddressedRandom(seed: 3, purpose: .chance, stream: 0).permutation(labels.count)
    let plain = try MutualInformation(
      SharedColumns(
        FeatureTable(
          values: values, filters: 4, labels: order.map { labels[Int($0)] },
          classes: counts.count)))
    expectEqual(chance.values, plain.values, within: 1e-12)
  }

  /// The seed says which permutations.
  @Test func seedsDealOtherLabels() throws {
    let columns = try SharedColumns(golden.table)
    let one = try InformationChance(columns, permutations: 1, seed: 1)
    let other = try InformationChance(columns, permutations: 1, seed: 2)
    #expect(one.maxima != other.maxima)
  }

  /// Two sides far apart, of equal size: each sample says the same, and no draw changes the mean.
  @Test func equalTermsHaveNoSpread() throws {
    var random = RandomValues(seed: 3)
    let labels = (0..<200).map { Int32($0 % 2) }
    let columns = try SharedColumns(
      FeatureTable(
        values: labels.map { Float(random.unit()) + 50 * Float($0) }, filters: 1, labels: labels,
        classes: 2))
    let ours = try InformationInterval(MutualInformation(columns), columns, seed: 0)
    #expect(abs(ours.low - 0.695_653) < 1e-6 && abs(ours.high - ours.low) < 1e-12)
  }

  /// Nothing was learnt, and nothing is drawn.
  @Test func whatWasCutOffStaysAtZero() throws {
    let columns = try SharedColumns(
      FeatureTable(
        values: (0..<20).map { Float($0 * $0) }, filters: 1,
        labels: [1] + Array(repeating: 0, count: 19), classes: 2))
    let ours = try InformationInterval(MutualInformation(columns), columns, seed: 0)
    #expect(ours.terms.allSatisfy { $0 == 0 } && ours.low == 0 && ours.high == 0)
  }
}
