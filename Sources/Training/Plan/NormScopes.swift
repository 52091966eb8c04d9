import Communicator
import Core
import Datasets
import Network

extension Configuration {
  /// Whose images the batch norms of a rank's network take together.
  package func normScope(_ communicator: Communicator) -> NormScope {
    switch batchNorm {
    case .replica: return .replica
    case .sync:
      let exchange = ReplicaExchange(communicator, replicas: replicas)
      return NormScope(replicas: replicas, own: exchange.owned) {
        try exchange.complete(&$0, width: $1)
      }
    }
  }

  /// The most images that go through a rank's network together.
  func passCapacity(_ plan: BatchPlan, _ communicator: Communicator) -> Int {
    switch batchNorm {
    case .replica: return plan.largestReplica
    case .sync:
      let owned = ReductionTree.owned(
        by: communicator.rank, replicas: replicas, ranks: communicator.size)
      let positions = owned.map { plan.positions(step: 0, replica: $0).count }
      return max(1, positions.reduce(0, +))
    }
  }
}
