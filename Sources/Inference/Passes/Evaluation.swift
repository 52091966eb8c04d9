import Communicator
import Core
import Datasets
import Network

/// How well a network predicts a split.
package struct EvaluationResult: Sendable {
  /// Samples.
  package let count: Int
  /// The STD path, and the CSG path (which is told the label); nil without a gate.
  package let standard: PathResult, gated: PathResult?

  /// One path's figures.
  package struct PathResult: Sendable, Codable {
    /// Share of correct predictions; mean cross-entropy.
    package let accuracy: Double, loss: Double
    /// Share of correct predictions of each class in label order; nil for a class without samples.
    package let perClass: [Double?]

    enum CodingKeys: String, CodingKey {
      case accuracy, loss
      case perClass = "per_class"
    }
  }
}

/// Accuracy and loss of a network on a split: predicts every sample exactly once, over all ranks.
///
/// Losses are added within blocks, and the blocks' sums in order, so that the result does not depend on
/// the number of ranks.
package struct Evaluation {
  private let passes: SplitPasses

  /// An evaluation by passes over a split.
  package init(_ passes: SplitPasses) { self.passes = passes }

  /// Runs it on all ranks; `progress` is told how many samples this rank has done, and `beginRound` called before every
  /// block, as often on every rank: what it throws, on all, ends the evaluation.
  package func run(
    paths: [Path], progress: (Int) -> Void = { _ in }, beginRound: () throws -> Void = {}
  ) throws -> EvaluationResult {
    let (network, count) = (passes.network, passes.dataset.count)
    let classes = network.classes
    var losses: [Double] = []
    var correct = [Int](repeating: 0, count: paths.count * classes)
    var counts = [Int](repeating: 0, count: classes)
    try passes.forEachPart(beginRound: beginRound) { samples, labels in
      if samples.lowerBound % SplitPasses.blockSize == 0 {
        losses += [Double](repeating: 0, count: paths.count)
      }
      for label in labels { counts[Int(label)] += 1 }
      for (index, path) in paths.enumerated() {
        let predictions = network.predict(labels: labels[...], path: path)
        for (label, prediction) in zip(labels, predictions) {
          losses[losses.count - paths.count + index] += prediction.loss
          correct[index * classes + Int(label)] += prediction.isCorrect ? 1 : 0
        }
      }
      progress(samples.upperBound)
    }
    let allLosses = try passes.gatherBlocks(losses, width: paths.count)
    let allCorrect = try passes.communicator.gather(correct)
    let allCounts = try passes.communicator.gather(counts)

    func total(_ index: Int, of all: [[Int]]) -> Int { all.reduce(0) { $0 + $1[index] } }
    let classCounts = (0..<classes).map { total($0, of: allCounts) }
    let results = paths.indices.map { path in
      let loss = stride(from: path, to: allLosses.count, by: paths.count).reduce(0.0) {
        $0 + allLosses[$1]
      }
      let hits = (0..<classes).map { total(path * classes + $0, of: allCorrect) }
      return EvaluationResult.PathResult(
        accuracy: Double(hits.reduce(0, +)) / Double(count), loss: loss / Double(count),
        perClass: zip(hits, classCounts).map { $1 == 0 ? nil : Double($0) / Double($1) })
    }
    func result(_ path: Path) -> EvaluationResult.PathResult? {
      paths.firstIndex(of: path).map { results[$0] }
    }
    guard let standard = result(.standard) else {
      preconditionFailure("the STD path is always evaluated")
    }
    return EvaluationResult(count: count, standard: standard, gated: result(.gated))
  }
}
