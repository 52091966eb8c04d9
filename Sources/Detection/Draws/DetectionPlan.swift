import Core
import Datasets
import Forest

/// How many samples teach detectors and test them, and how often.
package struct DetectionPlan: Sendable, Equatable {
  /// Training samples of each class, rising.
  package let sizes: [Int]
  /// Test samples of each class.
  package let testPerClass: Int
  /// Draws, each with its forests.
  package let repeats: Int
  /// Trees of a forest.
  package let trees: Int
  /// Of draws, forests, targets and attacks.
  package let seed: UInt64
  /// Whether an attacked picture counts only if it fools the net.
  package let countsSuccessfulOnly: Bool

  /// A plan; equal sizes are one.
  package init(
    sizes: [Int] = [500, 1000, 2000], testPerClass: Int = 100, repeats: Int = 5, trees: Int = 100,
    seed: UInt64 = 0, countsSuccessfulOnly: Bool = false
  ) {
    precondition(!sizes.isEmpty && sizes.allSatisfy { $0 > 0 }, "sizes are above 0")
    precondition(testPerClass > 0 && repeats > 0 && trees > 0, "numbers are above 0")
    self.sizes = Set(sizes).sorted()
    self.testPerClass = testPerClass
    self.repeats = repeats
    self.trees = trees
    self.seed = seed
    self.countsSuccessfulOnly = countsSuccessfulOnly
  }

  /// The largest draw of a class from a split.
  package func largest(_ side: DetectionDraw.Side) -> Int {
    side == .train ? sizes[sizes.count - 1] : testPerClass
  }

  /// Checks that a split has as many samples of each class as are drawn.
  /// - Throws: `CSGError` 78 that names size, class and what there is.
  package func require(_ side: DetectionDraw.Side, of dataset: Dataset) throws {
    try require(
      side, counts: dataset.classCounts(first: dataset.count), names: dataset.manifest.classes,
      folder: dataset.folder)
  }

  /// The same, of classes with so many samples each.
  package func require(
    _ side: DetectionDraw.Side, counts: [Int], names: [String], folder: String
  ) throws {
    let rows = 2 * largest(side) * names.count
    guard side == .test || rows <= ForestTable.mostSamples else {
      throw CSGError.configuration(
        "--per-class",
        "\(largest(side)) samples of each of \(names.count) classes, as they are and attacked, are \(rows): "
          + "a random forest takes \(ForestTable.mostSamples)",
        remedy: "ask for \(ForestTable.mostSamples / (2 * names.count)) at most")
    }
    guard let few = zip(counts, names).min(by: { $0.0 < $1.0 }), few.0 < largest(side) else {
      return
    }
    let (count, name) = (few.0, FileName(Array(few.1.utf8)).shown)
    throw CSGError.configuration(
      side == .train ? "--per-class" : "--test-per-class",
      "\(largest(side)) samples of each class are to be drawn, but class '\(name)' has \(count) in "
        + folder,
      remedy: count > 0 ? "ask for \(count) at most" : "give data with samples of every class")
  }

  /// The draws of a split, one a repeat.
  package func draws(_ side: DetectionDraw.Side, labels: [Int32], classes: Int) -> [DetectionDraw] {
    (0..<repeats).map {
      DetectionDraw(labels: labels, classes: classes, seed: seed, side: side, repetition: $0)
    }
  }

  /// All samples of a split that any repeat draws, by number.
  package func union(_ side: DetectionDraw.Side, of draws: [DetectionDraw]) -> [Int] {
    Set(draws.flatMap { $0.samples(perClass: largest(side)) }).sorted()
  }

  /// What the union is called.
  package func name(_ side: DetectionDraw.Side) -> String {
    "\(repeats) draws of \(largest(side)) of each class"
  }
}
