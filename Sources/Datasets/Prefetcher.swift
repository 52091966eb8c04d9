import Core
import Foundation

/// The samples of one rank in one step.
package struct Batch: Sendable {
  /// Epoch, and step within it.
  package let epoch: Int, step: Int
  /// For each of the rank's replicas the range of its samples.
  package let replicas: [Range<Int>]
  /// [n][H][W][channels], framed and augmented.
  package let pixels: [UInt8]
  /// [n]: labels, and which of the epoch's draws the samples are: what random numbers are addressed by. A draw is
  /// the sample's number in the data set, unless classes are balanced and a sample may come twice.
  package let labels: [Int32], draws: [Int32]

  /// Samples that are there already; their draws are their places unless given.
  package init(
    epoch: Int, step: Int, replicas: [Range<Int>], pixels: [UInt8], labels: [Int32],
    draws: [Int32]? = nil
  ) {
    self.epoch = epoch
    self.step = step
    self.replicas = replicas
    self.pixels = pixels
    self.labels = labels
    self.draws = draws ?? Array(0..<Int32(labels.count))
  }
}

/// Reads, decodes and augments batches ahead of their use, on threads of its own.
///
/// Each thread makes whole batches, and they are handed over in order, so that nothing depends on the
/// number of threads. An error is handed over in place of the batch it hit.
package final class Prefetcher: @unchecked Sendable {
  private let transform: ImageTransform
  private let request: @Sendable (Int) -> BatchRequest?
  private let depth: Int

  private let condition = NSCondition()
  // Guarded by `condition`.
  private var ready: [Int: Result<Batch, any Error>] = [:]
  private var begun = 0, used = 0, running: Int
  private var isStopped = false
  /// Nil from the end of `stop()` on, so that files are never closed by a thread that is about to end
  /// while the process does.
  private var dataset: Dataset?
  /// How many batches there are, up to a failed one; nil as long as it is unknown.
  private var end: Int?

  /// Batches that are there at a time, for so many threads: ready, being made, being used.
  package static func mostBatches(threads: Int) -> Int { waiting(threads: threads) + 1 }

  /// Batches that are ready or being made.
  private static func waiting(threads: Int) -> Int { 3 + threads }

  /// Decoding threads beside so many computing ones: decoding a picture takes a small part of the time
  /// of its training step.
  package static func threads(besides computing: Int) -> Int { (computing + 3) / 4 }

  /// Starts with a step of an epoch of training, for the replicas in `owned`, up to the last epoch. Its threads note
  /// in `recorder` for which step they make a batch.
  /// - Throws: `CSGError` where one of the threads cannot be started.
  package convenience init(
    dataset: Dataset, plan: BatchPlan, owned: Range<Int>, transform: ImageTransform,
    threads: Int = 1, epoch: Int, step: Int, epochs: Int, recorder: Recorder? = nil
  ) throws {
    let requests = TrainingRequests(plan)
    let first = epoch * plan.stepsPerEpoch + step
    try self.init(
      dataset: dataset, transform: transform, threads: threads, recorder: recorder, first: first + 1
    ) { number in
      let (epoch, step) = (first + number).quotientAndRemainder(dividingBy: plan.stepsPerEpoch)
      guard epoch < epochs else { return nil }
      return requests.request(epoch: epoch, step: step, replicas: owned)
    }
  }

  /// Starts with the first of given runs of samples, each a batch of one replica.
  /// - Throws: `CSGError` where one of the threads cannot be started.
  package convenience init(
    dataset: Dataset, transform: ImageTransform, threads: Int, runs: [Range<Int>]
  ) throws {
    try self.init(dataset: dataset, transform: transform, threads: threads) { number in
      guard number < runs.count else { return nil }
      return BatchRequest(epoch: 0, step: number, replicas: [Array(runs[number])], sample: { $0 })
    }
  }

  private init(
    dataset: Dataset, transform: ImageTransform, threads: Int, recorder: Recorder? = nil,
    first: Int = 0,
    request: @escaping @Sendable (Int) -> BatchRequest?
  ) throws {
    precondition(threads > 0, "batches are made by at least one thread")
    self.dataset = dataset
    self.transform = transform
    self.request = request
    depth = Self.waiting(threads: threads)
    running = threads
    for number in 0..<threads {
      let track = recorder?.track(.prefetch, number)
      do {
        try BackgroundThread.start("prefetch \(number)") { [self] in
          work(track, first: first)
          condition.withLock {
            running -= 1
            condition.broadcast()
          }
        }
      } catch {
        condition.withLock { running -= threads - number }
        stop()
        throw error
      }
    }
  }

  /// The next batch; waits where it is not made yet. There must be one: the caller counts them.
  /// - Throws: what stopped the reading, again at every call.
  package func next() throws -> Batch {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = ready[used] {
        let batch = try result.get()
        ready[used] = nil
        used += 1
        condition.broadcast()
        return batch
      }
      precondition(
        !isStopped && end.map { used < $0 } ?? true,
        "there is no batch after the last, or after stop()")
      condition.wait()
    }
  }

  /// Ends the threads, and waits until each has left the batch it is making.
  package func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
      while running > 0 { condition.wait() }
      dataset = nil
    }
  }

  // MARK: The threads

  private func work(_ track: Track?, first: Int) {
    guard let dataset = condition.withLock({ dataset }) else { return }
    while let number = nextNumber() {
      track?.enter(.batch, first + number)
      let batch = request(number).map { request in
        Result { try request.batch(of: dataset, transform: transform) }
      }
      track?.leave(.batch)
      condition.withLock {
        ready[number] = batch
        switch batch {
        case nil: end = min(end ?? number, number)
        case .failure: end = min(end ?? number + 1, number + 1)
        case .success: break
        }
        condition.broadcast()
      }
    }
  }

  /// The number of the next batch to make, as soon as there is room for it.
  private func nextNumber() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    while begun >= used + depth && !isStopped { condition.wait() }
    guard !isStopped, end.map({ begun < $0 }) ?? true else { return nil }
    defer { begun += 1 }
    return begun
  }
}
