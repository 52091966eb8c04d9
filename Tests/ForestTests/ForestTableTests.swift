import Core
import Forest
import Testing

/// What no forest can be grown from, and what none can classify.
@Suite struct ForestTableTests {
  private func fault(
    _ values: [Float], features: Int = 2, _ labels: [Int32], classes: Int = 2
  ) throws -> CSGError {
    try #require(throws: CSGError.self) {
      try ForestTable(values: values, features: features, labels: labels, classes: classes)
    }
  }

  @Test func faultsAreNamed() throws {
    for (error, words) in [
      (try fault([], []), "1 to 2097151 samples, not 0"),
      (try fault([], features: 0, [0, 1]), "1 to 16777215 features, not 0"),
      (try fault([1, 2], [0], classes: 0), "1 to 4194303 classes, not 0"),
      (try fault([1, 2], [0], classes: 1 << 22), "1 to 4194303 classes, not 4194304"),
      (try fault([1, 2, 3], [0, 1]), "3 values are not 2 features of 2 samples"),
      (try fault([1, 2, 3, 4], [0, 2]), "sample 1 is of class 2, which is not in 0..<2"),
      (try fault([1, 2, 3, 4], [-1, 0]), "sample 0 is of class -1"),
      (try fault([1, 2, .nan, 4], [0, 1]), "feature 0 of sample 1 is nan"),
      (try fault([1, .infinity, 3, 4], [0, 1]), "feature 1 of sample 0 is inf"),
    ] {
      #expect(error.exitCode == .data)
      #expect(error.description.contains(words), "\(error)")
    }
  }

  @Test func onlyFiniteFeaturesAreClassified() throws {
    let table = try ForestTable(values: [1, 2, 3, 4], features: 2, labels: [0, 1], classes: 2)
    let forest = try RandomForest(table, .init(trees: 3, seed: 0))
    for bad in [Float.nan, -.infinity] {
      let error = try #require(throws: CSGError.self) { try forest.predict([0, 0, 0, bad]) }
      #expect(error.exitCode == .data && "\(error)".contains("feature 1 of sample 1 is"))
    }
  }

  /// A class without samples has no probability; a single sample makes a forest.
  @Test func littleIsEnough() throws {
    let table = try ForestTable(values: [1], features: 1, labels: [1], classes: 3)
    let forest = try RandomForest(table, .init(trees: 2, seed: 0))
    #expect(try forest.probabilities([5]) == [0, 1, 0])
  }
}
