import Core
import Foundation

/// The samples of one rank in one step.
public struct Batch: Sendable {
  /// Epoch, and step within it.
  public let epoch: Int, step: Int
  /// For each of the rank's replicas the range of its samples.
  public let replicas: [Range<Int>]
  /// [n][H][W][channels], augmented.
  public let pixels: [UInt8]
  /// [n]: labels, and the samples' numbers in the data set.
  public let labels: [Int32], samples: [Int32]

  /// Samples that are there already; their numbers are their places unless given.
  package init(
    epoch: Int, step: Int, replicas: [Range<Int>], pixels: [UInt8], labels: [Int32],
    samples: [Int32]? = nil
  ) {
    self.epoch = epoch
    self.step = step
    self.replicas = replicas
    self.pixels = pixels
    self.labels = labels
    self.samples = samples ?? Array(0..<Int32(labels.count))
  }
}

/// Reads and augments batches ahead of training on a thread of its own, across epochs.
///
/// The thread alone touches the data set. An error is handed over in place of the batch it hit.
public final class Prefetcher: @unchecked Sendable {
  private let plan: BatchPlan
  private let owned: Range<Int>
  private let augmentation: Augmentation
  private let dataset: Dataset
  private let epochs: Int

  private static let depth = 3
  /// Batches that are there at a time: in the queue, being read, being used.
  public static let mostBatches = depth + 2
  private let condition = NSCondition()
  // Guarded by `condition`.
  private var queue: [Result<Batch, any Error>] = []
  private var isStopped = false, isEnded = false

  /// Starts reading at a step of an epoch, for the replicas in `owned`, up to the last epoch.
  public init(
    dataset: Dataset, plan: BatchPlan, owned: Range<Int>, augmentation: Augmentation,
    epoch: Int, step: Int, epochs: Int
  ) {
    self.dataset = dataset
    self.plan = plan
    self.owned = owned
    self.augmentation = augmentation
    self.epochs = epochs
    let thread = Thread { [self] in
      produce(epoch: epoch, step: step)
      condition.withLock {
        isEnded = true
        condition.broadcast()
      }
    }
    thread.name = "prefetch"
    thread.start()
  }

  /// The next batch; waits where it is not read yet. There must be one: the caller counts steps.
  /// - Throws: what stopped the reading, again at every call.
  public func next() throws -> Batch {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty {
      precondition(!isEnded, "there is no batch after the last epoch, or after stop()")
      condition.wait()
    }
    let batch = try queue[0].get()
    queue.removeFirst()
    condition.broadcast()
    return batch
  }

  /// Ends the thread, and waits until it has left the batch it is reading.
  public func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
      while !isEnded { condition.wait() }
    }
  }

  private func produce(epoch: Int, step: Int) {
    var step = step
    for epoch in epoch..<max(epoch, epochs) {
      let order = plan.order(epoch: epoch)
      while step < plan.stepsPerEpoch {
        let batch = Result { try read(epoch: epoch, step: step, order: order) }
        guard hand(over: batch) else { return }
        if case .failure = batch { return }
        step += 1
      }
      step = 0
    }
  }

  private func hand(over batch: Result<Batch, any Error>) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while queue.count >= Self.depth && !isStopped { condition.wait() }
    queue.append(batch)
    condition.broadcast()
    return !isStopped
  }

  private func read(epoch: Int, step: Int, order: [Int32]) throws -> Batch {
    let manifest = dataset.manifest
    let positions = owned.map { plan.positions(step: step, replica: $0) }
    let count = positions.reduce(0) { $0 + $1.count }
    var pixels = [UInt8](repeating: 0, count: count * dataset.imageBytes)
    var image = [UInt8](repeating: 0, count: dataset.imageBytes)
    var labels: [Int32] = []
    var samples: [Int32] = []
    var replicas: [Range<Int>] = []
    for range in positions {
      replicas.append(labels.count..<labels.count + range.count)
      for position in range {
        let sample = Int(order[position])
        try dataset.read(sample, into: &image)
        augmentation.apply(
          image, height: manifest.height, width: manifest.width, channels: manifest.channels,
          sample: sample, epoch: epoch, into: &pixels, at: labels.count * dataset.imageBytes)
        labels.append(dataset.label(sample))
        samples.append(order[position])
      }
    }
    return Batch(
      epoch: epoch, step: step, replicas: replicas, pixels: pixels, labels: labels,
      samples: samples)
  }
}
