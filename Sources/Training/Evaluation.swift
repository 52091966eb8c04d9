import Communicator
import Core
import Datasets
import Network

/// How well a network predicts a split.
public struct EvaluationResult: Sendable {
  /// Samples.
  public let count: Int
  /// The STD path, and the CSG path (which is told the label); nil without a gate.
  public let standard: PathResult, gated: PathResult?

  /// One path's figures.
  public struct PathResult: Sendable, Codable {
    /// Share of correct predictions; mean cross-entropy.
    public let accuracy: Double, loss: Double
    /// Share of correct predictions of each class in label order; nil for a class without samples.
    public let perClass: [Double?]

    enum CodingKeys: String, CodingKey {
      case accuracy, loss
      case perClass = "per_class"
    }
  }
}

/// Predicts every sample of a split exactly once, over all ranks.
///
/// Blocks of 64 samples in index order are the unit of work and of addition: block b goes to rank
/// b mod P, and the blocks' sums are added in order, so that the result does not depend on P.
public struct Evaluation {
  private let network: Network
  private let dataset: Dataset
  private let transform: ImageTransform
  private let normalizer: ImageNormalizer
  private let communicator: Communicator

  static let blockSize = 64

  /// An evaluation of `network` on a split with as many classes.
  public init(
    network: Network, dataset: Dataset, transform: ImageTransform, normalizer: ImageNormalizer,
    communicator: Communicator
  ) {
    self.network = network
    self.dataset = dataset
    self.transform = transform
    self.normalizer = normalizer
    self.communicator = communicator
  }

  /// Runs it on all ranks; `progress` is told how many samples this rank has done.
  public func run(paths: [Path], progress: (Int) -> Void = { _ in }) throws -> EvaluationResult {
    let blocks = (dataset.count + Self.blockSize - 1) / Self.blockSize
    let classes = network.classes
    var losses: [Double] = []
    var correct = [Int](repeating: 0, count: paths.count * classes)
    var counts = [Int](repeating: 0, count: classes)
    let ranges = stride(from: communicator.rank, to: blocks, by: communicator.size).map {
      $0 * Self.blockSize..<min(($0 + 1) * Self.blockSize, dataset.count)
    }
    let prefetcher = Prefetcher(
      dataset: dataset, transform: transform,
      threads: Prefetcher.threads(besides: network.team.count), runs: ranges.flatMap(parts))
    defer { prefetcher.stop() }
    for range in ranges {
      var sums = [Double](repeating: 0, count: paths.count)
      try forEachBatch(of: range, from: prefetcher) { labels in
        for label in labels { counts[Int(label)] += 1 }
        for (index, path) in paths.enumerated() {
          let predictions = network.predict(labels: labels[...], path: path)
          for (label, prediction) in zip(labels, predictions) {
            sums[index] += prediction.loss
            correct[index * classes + Int(label)] += prediction.isCorrect ? 1 : 0
          }
        }
      }
      losses += sums
      progress(range.upperBound)
    }
    let allLosses = try communicator.gather(losses)
    let allCorrect = try communicator.gather(correct)
    let allCounts = try communicator.gather(counts)

    func total(_ index: Int, of all: [[Int]]) -> Int { all.reduce(0) { $0 + $1[index] } }
    let classCounts = (0..<classes).map { total($0, of: allCounts) }
    let results = paths.indices.map { path in
      var loss = 0.0
      for block in 0..<blocks {
        let (turn, rank) = block.quotientAndRemainder(dividingBy: communicator.size)
        loss += allLosses[rank][turn * paths.count + path]
      }
      let hits = (0..<classes).map { total(path * classes + $0, of: allCorrect) }
      return EvaluationResult.PathResult(
        accuracy: Double(hits.reduce(0, +)) / Double(dataset.count),
        loss: loss / Double(dataset.count),
        perClass: zip(hits, classCounts).map { $1 == 0 ? nil : Double($0) / Double($1) })
    }
    func result(_ path: Path) -> EvaluationResult.PathResult? {
      paths.firstIndex(of: path).map { results[$0] }
    }
    guard let standard = result(.standard) else {
      preconditionFailure("the STD path is always evaluated")
    }
    return EvaluationResult(count: dataset.count, standard: standard, gated: result(.gated))
  }

  /// The runs of a block: as many samples at a time as the network holds.
  private func parts(of range: Range<Int>) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: network.capacity).map {
      $0..<min($0 + network.capacity, range.upperBound)
    }
  }

  /// Calls `body` with the labels of consecutive samples of a block whose features are there.
  private func forEachBatch(
    of range: Range<Int>, from prefetcher: Prefetcher, _ body: ([Int32]) -> Void
  ) throws {
    for part in parts(of: range) {
      let batch = try prefetcher.next()
      normalizer.fill(network.images, from: batch, 0..<part.count, team: network.team)
      network.extractFeatures(count: part.count)
      body(batch.labels)
    }
  }
}
