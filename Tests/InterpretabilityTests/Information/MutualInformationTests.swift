import Communicator
import Core
import Interpretability
import Kernels
import TestSupport
import Testing

extension SharedColumns {
  /// The columns of a rank that is alone.
  init(_ table: FeatureTable, threads: Int = 1) throws {
    try self.init(table, team: ThreadTeam(count: threads), communicator: Communicator())
  }
}

/// M against scikit-learn's `mutual_info_classif`.
@Suite struct MutualInformationTests {
  private func information(_ table: FeatureTable, threads: Int = 1) throws -> MutualInformation {
    try MutualInformation(SharedColumns(table, threads: threads))
  }

  /// Dead, constant and coarse filters, and a class without samples, included.
  @Test func matchesScikitLearn() throws {
    let golden = try GoldenAnalysis.golden.get()
    let ours = try information(golden.table)
    expectEqual(ours.values, try golden.values("information"), within: 1e-6)
    #expect(abs(ours.score - (try golden.number("information.score"))) < 1e-6)
    #expect(ours.score > 0.02, "the table has something to learn")
  }

  @Test func threadsChangeNoBit() throws {
    let table = try GoldenAnalysis.golden.get().table
    #expect(try information(table).values == information(table, threads: 3).values)
  }

  /// A class of one sample is left out, as its neighbours are nobody.
  @Test func aClassOfOneSampleTeachesNothing() throws {
    let table = try FeatureTable(
      values: (0..<20).map { Float($0 * $0) }, filters: 1,
      labels: [1] + Array(repeating: 0, count: 19), classes: 3)
    #expect(try information(table).values == [0, 0, 0])
  }

  /// Two sides far apart: everything there is to know, ψ(N) − ψ(N / 2), as every mᵢ is kᵢ.
  @Test func partedSidesTeachAll() throws {
    var random = RandomValues(seed: 3)
    let labels = (0..<200).map { Int32($0 % 2) }
    let table = try FeatureTable(
      values: labels.map { Float(random.unit()) + 50 * Float($0) }, filters: 1, labels: labels,
      classes: 2)
    let ours = try information(table)
    #expect(abs(ours[filter: 0, class: 1] - 0.695_653) < 1e-6)
    #expect(ours[filter: 0, class: 0] == ours[filter: 0, class: 1])
  }

  @Test func aFeatureThatIsNoNumberIsNamed() {
    #expect {
      try FeatureTable(values: [0, 1, 2, .nan], filters: 2, labels: [0, 1], classes: 2)
    } throws: {
      ($0 as? CSGError)?.message == "filter 1 answers sample 1 with nan"
    }
  }
}
