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
  package let network: Network
  private let dataset: Dataset
  private let transform: ImageTransform
  private let normalizer: ImageNormalizer
  package let communicator: Communicator

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
    try forEachPart { samples, labels in
      if samples.lowerBound % Self.blockSize == 0 {
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

  /// Calls `body` with the samples and labels of each part of this rank's blocks, in order, whose
  /// features are there: a block, or as many of its samples at a time as the network holds.
  package func forEachPart(_ body: (_ samples: Range<Int>, _ labels: [Int32]) -> Void) throws {
    let blocks = (dataset.count + Self.blockSize - 1) / Self.blockSize
    let parts = stride(from: communicator.rank, to: blocks, by: communicator.size).flatMap {
      self.parts(of: $0 * Self.blockSize..<min(($0 + 1) * Self.blockSize, dataset.count))
    }
    let prefetcher = Prefetcher(
      dataset: dataset, transform: transform,
      threads: Prefetcher.threads(besides: network.team.count), runs: parts)
    defer { prefetcher.stop() }
    for part in parts {
      let batch = try prefetcher.next()
      normalizer.fill(network.images, from: batch, 0..<part.count, team: network.team)
      network.forward(count: part.count)
      body(part, batch.labels)
    }
  }

  /// The runs of a block: as many samples at a time as the network holds.
  private func parts(of range: Range<Int>) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: network.capacity).map {
      $0..<min($0 + network.capacity, range.upperBound)
    }
  }

  /// Every sample's values in index order on every rank, from what each rank has for its blocks:
  /// `width` values a sample.
  package func gather<Value: BitwiseCopyable>(_ mine: [Value], width: Int = 1) throws -> [Value] {
    let all = try communicator.gather(mine)
    let size = Self.blockSize * width
    return stride(from: 0, to: dataset.count, by: Self.blockSize).flatMap { first in
      let (turn, rank) = (first / Self.blockSize).quotientAndRemainder(
        dividingBy: communicator.size)
      return all[rank][turn * size..<min((turn + 1) * size, all[rank].count)]
    }
  }
}
