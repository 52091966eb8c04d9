import Communicator
import Core
import Datasets
import Foundation
import Kernels
import Network
import Training

/// The times of a step of one replica while as many computing ranks are at work as a host has: threads of this
/// process stand for ranks, and talk to nobody.
package struct ConcurrentSteps {
  /// What each of them runs, as `StepBenchmark` takes it.
  let facts: ScalingFacts
  let compute: Network.Compute
  let ranks: Int

  /// The steps of `ranks` ranks at once.
  package init(_ facts: ScalingFacts, compute: Network.Compute, ranks: Int) {
    self.facts = facts
    self.compute = compute
    self.ranks = ranks
  }

  /// Measures for `seconds` in all, and tells now and then how many have passed.
  /// - Returns: the means over the ranks.
  /// - Throws: `CSGError` where a thread cannot be started, or data cannot be read.
  package func run(seconds: Double, told: (_ passed: Double) -> Void) throws -> StepTimes {
    let (facts, compute) = (facts, compute)
    let results = try Self.concurrently(ranks, told: told) {
      let result = try StepBenchmark.run(
        architecture: facts.architecture, batch: facts.run.replicaImages, image: facts.imageSide,
        path: facts.path, frozen: facts.frozen, batchNorm: facts.batchNorm, wire: facts.run.wire,
        dataset: Dataset(folder: facts.train), seconds: seconds, compute: compute,
        communicator: Communicator())
      return try StepTimes(result)
    }
    return StepTimes(meanOf: results)
  }

  /// Bytes a second that a thread reads and writes as it copies more than caches hold: the best of some rounds.
  package static func memoryBytesPerSecond(ranks: Int) throws -> Double {
    let rates = try concurrently(ranks, told: { _ in }) { memoryBytesPerSecond() }
    return rates.reduce(0, +) / Double(rates.count)
  }

  private static let copiedFloats = 1 << 24, rounds = 8

  private static func memoryBytesPerSecond() -> Double {
    let (from, to) = (FloatBuffer(copiedFloats).all, FloatBuffer(copiedFloats).all)
    from.fill(1)  // pages that nobody wrote would all be one
    to.fill(0)
    let best = (0..<rounds).map { _ in
      let began = ContinuousClock.now
      to.copy(from: from)
      return (ContinuousClock.now - began) / .seconds(1)
    }.min()
    return Double(2 * copiedFloats * MemoryLayout<Float>.stride) / max(best ?? 1, 1e-9)
  }

  // MARK: Threads

  private final class Results<Value: Sendable>: Sendable {
    let ended = Locked<[Swift.Result<Value, any Error>]>([])
  }

  /// Seconds between two looks at whether all have ended.
  private static let pause = 0.1

  /// Runs `body` on `count` threads at once; returns what each came to once all have ended.
  private static func concurrently<Value: Sendable>(
    _ count: Int, told: (_ passed: Double) -> Void, body: @escaping @Sendable () throws -> Value
  ) throws -> [Value] {
    let results = Results<Value>()
    for number in 0..<count {
      try BackgroundThread.start("rank \(number)") {
        let result = Swift.Result { try body() }
        results.ended.withLock { $0.append(result) }
      }
    }
    let began = ContinuousClock.now
    while results.ended.withLock({ $0.count }) < count {
      Thread.sleep(forTimeInterval: pause)
      told((ContinuousClock.now - began) / .seconds(1))
    }
    return try results.ended.withLock { $0 }.map { try $0.get() }
  }
}

extension StepTimes {
  /// Those of a benchmark of one replica a rank.
  /// - Throws: `CSGError` 65 where its numbers are none that a benchmark could have.
  package init(_ result: StepBenchmark.Result) throws {
    let seconds = Double(result.batch) * Double(result.ranks) / result.imagesPerSecond
    let stages = TrainingStage.allCases.map { result.stages[$0] }
    guard seconds.isFinite, seconds > 0, stages.allSatisfy({ $0.isFinite && $0 >= 0 }),
      result.stages[.forward] > 0, result.stages[.backward] > 0
    else { throw CSGError(.data, "the times of a step are no times") }
    self.init(result.stages, stepSeconds: seconds)
  }
}
