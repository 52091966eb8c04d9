import Core
import Interpretability
import Kernels
import Testing

/// What is degenerate is said; what is not, is not.
struct CautionsTests {
  /// Cautions of 3 classes of `counts` samples and 4 filters, of which the last `dead` are silent.
  private func cautions(
    _ counts: [Int], dead: Int, centers: [[Double]]? = nil, value: (Int) -> Float = { Float($0) }
  ) throws -> Cautions {
    let labels = counts.enumerated().flatMap { label, count in
      [Int32](repeating: Int32(label), count: count)
    }
    let values = labels.indices.flatMap { n in
      (0..<4).map { $0 < 4 - dead ? value(n + $0 + 1) : 0 }
    }
    let table = try FeatureTable(values: values, filters: 4, labels: labels, classes: counts.count)
    let start = centers ?? [0, counts[0]].map { n in values[n * 4..<n * 4 + 4].map(Double.init) }
    let clusters = Clusters(table, from: start, team: try ThreadTeam(count: 1))
    return Cautions(table, deadFilters: dead, clusters: clusters)
  }

  @Test func aSoundNetHasNone() throws {
    let found = try cautions([8, 9, 30], dead: 0)
    #expect(found.deadFilters == nil && found.fewSamples == nil && found.centers == nil)
  }

  @Test func deadFiltersAndFewSamplesAreCounted() throws {
    let found = try cautions([7, 0, 8, 1], dead: 3)
    #expect(found.deadFilters?.hasPrefix("3 of 4 filters are dead (0 for every sample)") == true)
    #expect(
      found.fewSamples?.hasPrefix("2 of 4 classes have fewer than 8 samples (label 0, 3): ") == true
    )
    #expect(found.centers == nil)
  }

  @Test func coincidingCentersAreCounted() throws {
    let found = try cautions([9, 9, 9], dead: 0, centers: nil) { _ in 5 }
    #expect(found.centers?.contains("only 1 of 2 centres differ") == true)
    #expect(found.centers?.contains("1 of 2 clusters have no sample") == true)
  }
}
