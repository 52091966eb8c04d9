import Core

/// Which samples each replica sees in each step: a pure function of the configuration.
package struct BatchPlan: Sendable {
  /// Samples of an epoch, of a full step, and replicas (N, B, R).
  package let samples: Int, batchSize: Int, replicas: Int
  private let seed: UInt64
  private let shuffle: Configuration.Shuffle
  private let window: Int
  private let shards: [Range<Int>]
  /// Which sample a draw is; nil: draws are samples.
  package let balance: ClassBalance?

  /// The plan over the first `samples` samples of a split, which lie in `shards`; `window` samples
  /// are shuffled at a time where `shuffle` says so.
  package init(
    samples: Int, batchSize: Int, replicas: Int, seed: UInt64, shuffle: Configuration.Shuffle,
    window: Int = .max, shards: [Range<Int>] = [], balance: ClassBalance? = nil
  ) {
    precondition(shuffle != .window || window > 0 && !shards.isEmpty)
    self.samples = samples
    self.batchSize = batchSize
    self.replicas = replicas
    self.seed = seed
    self.shuffle = shuffle
    self.window = window
    self.shards = shards
    self.balance = balance
  }

  /// The plan of a run over a split.
  package init(_ configuration: Configuration, dataset: Dataset) {
    let (data, manifest) = (configuration.data, dataset.manifest)
    let samples = min(data.limit ?? manifest.count, manifest.count)
    let balance: ClassBalance? =
      switch data.balance {
      case .none: nil
      case .classes:
        ClassBalance(
          labels: (0..<samples).map(dataset.label), classes: manifest.classes.count,
          seed: configuration.seed)
      }
    self.init(
      samples: samples, batchSize: configuration.batchSize, replicas: configuration.replicas,
      seed: configuration.seed, shuffle: data.shuffle, window: data.window,
      shards: manifest.shards.map { $0.first..<$0.first + $0.count }, balance: balance)
  }

  /// Steps of an epoch; the last may be short.
  package var stepsPerEpoch: Int { (samples + batchSize - 1) / batchSize }

  /// Samples of a step.
  package func count(step: Int) -> Int { min(batchSize, samples - step * batchSize) }

  /// The most samples that a replica sees in a step.
  package var largestReplica: Int { (min(batchSize, samples) + replicas - 1) / replicas }

  /// The sample of a draw of an epoch.
  package func sample(_ draw: Int, epoch: Int) -> Int {
    balance?.sample(epoch * samples + draw) ?? draw
  }

  /// The order of an epoch: position → draw.
  package func order(epoch: Int) -> [Int32] {
    switch shuffle {
    case .none: Array(0..<Int32(samples))
    case .full:
      AddressedRandom(seed: seed, purpose: .permutation, stream: epoch).permutation(samples)
    case .window: windowOrder(epoch: epoch)
    }
  }

  /// Whole shards in random order; then each run of `window` positions is shuffled within itself.
  private func windowOrder(epoch: Int) -> [Int32] {
    let held = shards.map { $0.clamped(to: 0..<samples) }.filter { !$0.isEmpty }
    let stream = AddressedRandom(seed: seed, purpose: .shardOrder, stream: epoch)
      .permutation(held.count).flatMap { held[Int($0)].map(Int32.init) }
    let random = AddressedRandom(seed: seed, purpose: .permutation, stream: epoch)
    return stride(from: 0, to: stream.count, by: min(window, max(stream.count, 1))).flatMap {
      first in
      random.permutation(min(window, stream.count - first), from: first).map {
        stream[first + Int($0)]
      }
    }
  }

  /// The positions of one replica in a step: contiguous parts, the first B mod R one longer.
  package func positions(step: Int, replica: Int) -> Range<Int> {
    let count = count(step: step)
    let (each, longer) = count.quotientAndRemainder(dividingBy: replicas)
    let first = step * batchSize + replica * each + min(replica, longer)
    return first..<first + each + (replica < longer ? 1 : 0)
  }
}
