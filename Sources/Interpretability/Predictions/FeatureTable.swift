import Core

/// The feature vectors of a split: the pooled activations of the last convolution.
package struct FeatureTable: Sendable {
  /// Samples (N), filters (K) and classes (C).
  package let count: Int, filters: Int, classes: Int
  /// Features [N][K], finite.
  package let values: [Float]
  /// The label of each sample, in 0..<C.
  package let labels: [Int32]

  /// A table of `labels.count` samples.
  /// - Throws: `CSGError` 1 that names the first feature that is not finite.
  package init(values: [Float], filters: Int, labels: [Int32], classes: Int) throws {
    precondition(values.count == labels.count * filters, "features do not fill [N, K]")
    precondition(labels.allSatisfy { $0 >= 0 && $0 < classes }, "labels lie in 0..<C")
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw CSGError(
        .failure,
        "filter \(place % filters) answers sample \(place / filters) with \(values[place])",
        remedy: "analyze an older checkpoint")
    }
    self.values = values
    self.filters = filters
    self.labels = labels
    self.classes = classes
    count = labels.count
  }

  /// Samples of each class [C].
  package var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classes)
    for label in labels { counts[Int(label)] += 1 }
    return counts
  }

  /// Filters whose features are 0 for every sample.
  var deadFilters: Int {
    var isAlive = [Bool](repeating: false, count: filters)
    for n in 0..<count {
      for (k, value) in row(n).enumerated() where value != 0 { isAlive[k] = true }
    }
    return isAlive.count { !$0 }
  }

  /// The features of sample n.
  func row(_ n: Int) -> ArraySlice<Float> { values[n * filters..<(n + 1) * filters] }

  /// Mean feature vectors [C][K] of the samples that `isIncluded` takes, by label; nil for a class
  /// without any. Samples are added in order, in Double.
  package func classMeans(where isIncluded: (Int) -> Bool = { _ in true }) -> [[Double]?] {
    var sums = [[Double]](repeating: Array(repeating: 0, count: filters), count: classes)
    var counts = [Int](repeating: 0, count: classes)
    for n in 0..<count where isIncluded(n) {
      let label = Int(labels[n])
      counts[label] += 1
      for (k, value) in row(n).enumerated() { sums[label][k] += Double(value) }
    }
    return zip(sums, counts).map { sum, count in
      count == 0 ? nil : sum.map { $0 / Double(count) }
    }
  }
}
