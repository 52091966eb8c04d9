import Core
import Foundation

/// What a batch is made of: its place, for each replica its draws, and the sample of a draw.
struct BatchRequest: Sendable {
  let epoch: Int, step: Int
  let replicas: [[Int]]
  let sample: @Sendable (Int) -> Int

  /// Reads, decodes and augments the samples.
  func batch(of dataset: Dataset, transform: ImageTransform) throws -> Batch {
    let draws = Array(replicas.joined())
    let samples = draws.map(sample)
    var pixels = [UInt8](repeating: 0, count: samples.count * transform.imageBytes)
    for (n, sample) in samples.enumerated() {
      transform.apply(
        try dataset.picture(sample), draw: draws[n], epoch: epoch, into: &pixels,
        at: n * transform.imageBytes)
    }
    var ranges: [Range<Int>] = []
    for draws in replicas {
      let first = ranges.last?.upperBound ?? 0
      ranges.append(first..<first + draws.count)
    }
    return Batch(
      epoch: epoch, step: step, replicas: ranges, pixels: pixels,
      labels: samples.map { dataset.label($0) }, draws: draws.map(Int32.init))
  }
}

/// What the batches of training are made of, by step and replicas.
final class TrainingRequests: Sendable {
  private let plan: BatchPlan
  private let orders: EpochOrders

  init(_ plan: BatchPlan) {
    self.plan = plan
    orders = EpochOrders(plan)
  }

  func request(epoch: Int, step: Int, replicas: Range<Int>) -> BatchRequest {
    let (plan, order) = (plan, orders.order(epoch: epoch))
    return BatchRequest(
      epoch: epoch, step: step,
      replicas: replicas.map { plan.positions(step: step, replica: $0).map { Int(order[$0]) } },
      sample: { plan.sample($0, epoch: epoch) })
  }
}

/// The order of the epochs that threads are at: the two newest are kept.
private final class EpochOrders: Sendable {
  private let plan: BatchPlan
  private let orders = Locked<[(epoch: Int, order: [Int32])]>([])

  init(_ plan: BatchPlan) { self.plan = plan }

  func order(epoch: Int) -> [Int32] {
    orders.withLock { orders in
      if let known = orders.first(where: { $0.epoch == epoch }) { return known.order }
      orders = orders.suffix(1) + [(epoch, plan.order(epoch: epoch))]
      return orders[orders.count - 1].order
    }
  }
}
