import Communicator
import Core
import Datasets
import Network

/// Passes of a network over a split: every sample exactly once, over all ranks.
///
/// `SampleBlocks` are the unit of work and of addition.
package struct SplitPasses {
  package let network: Network
  /// The split; it has as many classes as the network unless the passes were made for any.
  package let dataset: Dataset
  package let communicator: Communicator
  private let transform: ImageTransform
  package let normalizer: ImageNormalizer

  /// Samples of a block.
  package static let blockSize = SampleBlocks.size

  /// Passes of `network` over a split; who reads labels as classes makes sure that they are the network's.
  package init(
    network: Network, dataset: Dataset, transform: ImageTransform, normalizer: ImageNormalizer,
    communicator: Communicator
  ) {
    self.network = network
    self.dataset = dataset
    self.transform = transform
    self.normalizer = normalizer
    self.communicator = communicator
    network.track = communicator.recorder.main
    communicator.name(layers: network.layerNames)
  }

  private var share: SampleBlocks { SampleBlocks(count: dataset.count, communicator: communicator) }

  /// Blocks of the split; the last may be short.
  package var blocks: Int { share.number }

  /// Calls `body` with the samples and labels of each part of this rank's blocks, in order, whose
  /// features are there: a block, or as many of its samples at a time as the network holds. Before each round, in
  /// which every rank takes one block or, at the end, none, `beginRound` is called, as often on every rank.
  package func forEachPart(
    beginRound: () throws -> Void = {},
    _ body: (_ samples: Range<Int>, _ labels: [Int32]) throws -> Void
  ) throws {
    let mine = share.mine.map(parts)
    let prefetcher = try prefetcher(of: mine.flatMap(\.self))
    defer { prefetcher.stop() }
    for round in 0..<share.rounds {
      try beginRound()
      if round < mine.count { try take(mine[round], from: prefetcher, body) }
    }
  }

  /// The same for given runs of samples, none longer than the network holds; no rank waits for another.
  package func forEach(
    _ parts: [Range<Int>], _ body: (_ samples: Range<Int>, _ labels: [Int32]) throws -> Void
  ) throws {
    let prefetcher = try prefetcher(of: parts)
    defer { prefetcher.stop() }
    try take(parts, from: prefetcher, body)
  }

  private func prefetcher(of parts: [Range<Int>]) throws -> Prefetcher {
    try Prefetcher(
      dataset: dataset, transform: transform,
      threads: Prefetcher.threads(besides: network.team.count), runs: parts)
  }

  private func take(
    _ parts: [Range<Int>], from prefetcher: Prefetcher,
    _ body: (_ samples: Range<Int>, _ labels: [Int32]) throws -> Void
  ) throws {
    for part in parts {
      let batch = try prefetcher.next()
      normalizer.fill(network.images, from: batch, 0..<part.count, team: network.team)
      network.forward(count: part.count)
      try body(part, batch.labels)
    }
  }

  /// Which pixels of a sample's image, as the network sees it, show its object, [H][W]; nil where the
  /// split has no masks.
  package func mask(_ sample: Int) throws -> [UInt8]? {
    try dataset.mask(sample).map { transform.framed(mask: $0, of: dataset.manifest) }
  }

  /// A sample's picture as the network sees it, before it is normalised.
  package func picture(_ sample: Int) throws -> Picture {
    var pixels = [UInt8](repeating: 0, count: transform.imageBytes)
    try transform.apply(dataset.picture(sample), draw: sample, epoch: 0, into: &pixels, at: 0)
    return Picture(
      height: transform.height, width: transform.width, channels: transform.channels,
      pixels: pixels)
  }

  /// The runs of a block: as many samples at a time as the network holds.
  private func parts(of range: Range<Int>) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: network.capacity).map {
      $0..<min($0 + network.capacity, range.upperBound)
    }
  }

  /// Every sample's values in index order on every rank, from what each rank has for its blocks:
  /// `width` values a sample. Collective.
  package func gather<Value: BitwiseCopyable>(_ mine: [Value], width: Int = 1) throws -> [Value] {
    try share.gather(mine, width: width)
  }

  /// Every block's values in order on every rank, from what each rank has for its own: `width` values
  /// a block. Collective.
  package func gatherBlocks<Value: BitwiseCopyable>(_ mine: [Value], width: Int) throws -> [Value] {
    let all = try communicator.gather(mine)
    return (0..<blocks).flatMap { block in
      let (turn, rank) = block.quotientAndRemainder(dividingBy: communicator.size)
      return all[rank][turn * width..<(turn + 1) * width]
    }
  }
}
