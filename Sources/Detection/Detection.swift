import Attacks
import Communicator
import Core
import Datasets
import Inference
import Interpretability
import Kernels

/// How well attacks on networks are detected by what their convolutions answer: Table 3.
///
/// For each network and method the samples that any repeat draws are attacked once, normal and attacked
/// pictures taken through the network, and for each repeat and size a random forest is grown on the pooled
/// features of the training draw and tested on those of the test draw. Attacks, features and forests lie in
/// the folder: what is there already, of the same settings, model and data, is not made again.
package struct Detection {
  /// How it ended.
  package enum Outcome {
    /// All is done.
    case finished(DetectionMetrics)
    /// A signal said stop; the folder holds what is done.
    case stopped
  }

  /// Checkpoints, samples and draws.
  let data: DetectionData
  let plan: DetectionPlan
  let attacks: [any Attack]
  /// Samples of the adaptive attack; 0: none.
  let adaptive: Int
  let folder: DetectionFolder
  let communicator: Communicator
  let level: CPULevel

  /// A detection of attacks, each by a method of its own.
  package init(
    _ data: DetectionData, plan: DetectionPlan, attacks: [any Attack], adaptive: Int,
    folder: DetectionFolder, communicator: Communicator, level: CPULevel
  ) {
    precondition(!attacks.isEmpty, "a detection is of an attack")
    self.data = data
    self.plan = plan
    self.attacks = attacks
    self.adaptive = adaptive
    self.folder = folder
    self.communicator = communicator
    self.level = level
  }

  /// Runs it to its end, or until a rank's `isStopRequested` says so; collective.
  /// - Throws: `CSGError`; what is done is in the folder.
  package func run(
    isStopRequested: @escaping () -> Bool, tell: @escaping (AttackSeriesEvent) -> Void
  ) throws -> Outcome {
    var found: [DetectionMetrics.OfNetwork] = []
    for (subject, run) in zip(AttackSubject.allCases, data.runs) {
      let one = SubjectDetection(
        subject: subject, run: run, detection: self, isStopRequested: isStopRequested, tell: tell)
      guard let metrics = try one.metrics() else { return .stopped }
      found.append(metrics)
    }
    let network = found[0]
    let baseline = found.count > 1 ? found[1] : nil
    return .finished(
      DetectionMetrics(
        data: dataMetrics, settings: .init(plan, attacks: attacks, adaptive: adaptive),
        network: network, baseline: baseline,
        comparison: baseline.map { DetectionMetrics.Comparison(network, $0) }))
  }

  private var dataMetrics: DetectionMetrics.Data {
    let (train, test) = (data.train, data.test)
    return DetectionMetrics.Data(
      source: test.dataset.manifest.source, classes: test.dataset.manifest.classes,
      trainFingerprint: train.dataset.manifest.fingerprint,
      testFingerprint: test.dataset.manifest.fingerprint, trainCount: train.dataset.count,
      testCount: test.dataset.count, trainDrawn: train.samples.count,
      testDrawn: test.samples.count)
  }
}
