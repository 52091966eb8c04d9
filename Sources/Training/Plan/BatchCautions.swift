import Core
import Datasets

extension BatchPlan {
  /// Steps that an epoch should have.
  private static let fewSteps = 20

  /// What of an epoch's steps may train badly.
  package func cautions(_ scope: Configuration.BatchNormScope) -> [String] {
    var cautions: [String] = []
    if stepsPerEpoch < Self.fewSteps {
      let fitting = max(replicas, samples / Self.fewSteps)
      cautions.append(
        "an epoch's steps are few (\(stepsPerEpoch)): statistics and rates move coarsely; a batch_size of \(fitting) or "
          + "less gives \(Self.fewSteps)")
    }
    let last = count(step: stepsPerEpoch - 1)
    if scope == .replica, stepsPerEpoch > 1, last < 2 * replicas {
      cautions.append(
        "an epoch's last step leaves a replica with a single picture (\(last) for \(replicas) replicas), which its batch "
          + "norms take all statistics from; take another batch_size, or batch_norm: sync")
    }
    return cautions
  }
}
