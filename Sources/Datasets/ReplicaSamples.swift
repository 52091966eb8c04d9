import Core

/// The samples of any replicas of any step of training, made as they are asked for on the thread that asks:
/// the same bytes as a `Prefetcher` hands over.
package struct ReplicaSamples: Sendable {
  private let dataset: Dataset
  private let transform: ImageTransform
  private let requests: TrainingRequests

  /// Those of a plan over a split.
  package init(dataset: Dataset, plan: BatchPlan, transform: ImageTransform) {
    self.dataset = dataset
    self.transform = transform
    requests = TrainingRequests(plan)
  }

  /// The batch of these replicas.
  /// - Throws: `CSGError` of a sample that cannot be read.
  package func batch(epoch: Int, step: Int, replicas: Range<Int>) throws -> Batch {
    try requests.request(epoch: epoch, step: step, replicas: replicas)
      .batch(of: dataset, transform: transform)
  }
}
