import Core

/// Which samples each replica sees in each step: a pure function of the configuration.
public struct BatchPlan: Sendable {
  /// Samples of an epoch, of a full step, and replicas (N, B, R).
  public let samples: Int, batchSize: Int, replicas: Int
  private let seed: UInt64
  private let shuffle: Configuration.Shuffle

  /// The plan over the first `samples` samples of a split.
  public init(
    samples: Int, batchSize: Int, replicas: Int, seed: UInt64, shuffle: Configuration.Shuffle
  ) {
    self.samples = samples
    self.batchSize = batchSize
    self.replicas = replicas
    self.seed = seed
    self.shuffle = shuffle
  }

  /// Steps of an epoch; the last may be short.
  public var stepsPerEpoch: Int { (samples + batchSize - 1) / batchSize }

  /// Samples of a step.
  public func count(step: Int) -> Int { min(batchSize, samples - step * batchSize) }

  /// The most samples that a replica sees in a step.
  public var largestReplica: Int { (min(batchSize, samples) + replicas - 1) / replicas }

  /// The order of an epoch: position → sample.
  public func order(epoch: Int) -> [Int32] {
    switch shuffle {
    case .none: Array(0..<Int32(samples))
    case .full:
      AddressedRandom(seed: seed, purpose: .permutation, stream: epoch).permutation(samples)
    }
  }

  /// The positions of one replica in a step: contiguous parts, the first B mod R one longer.
  public func positions(step: Int, replica: Int) -> Range<Int> {
    let count = count(step: step)
    let (each, longer) = count.quotientAndRemainder(dividingBy: replicas)
    let first = step * batchSize + replica * each + min(replica, longer)
    return first..<first + each + (replica < longer ? 1 : 0)
  }
}
