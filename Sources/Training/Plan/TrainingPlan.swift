import Communicator
import Core
import Datasets
import Foundation
import Inference
import Kernels
import Network

/// What a run is before its first step: its data, their batches and schedule, the network with the step
/// that trains it, and the memory that all of it takes. Every rank plans the same.
struct TrainingPlan {
  let configuration: ResolvedConfiguration
  let values: Configuration
  let data: TrainingData
  let batches: BatchPlan
  let schedule: Schedule
  let normalizer: ImageNormalizer
  let step: TrainingStep
  /// Floats of θ, of what the optimisers remember, and of running statistics.
  let stateFloats: Int
  /// What this process will hold.
  let memory: MemoryPlan

  /// Opens the data and plans the network; nothing is written. Collective.
  /// - Throws: `CSGError` 78 where configuration, data and rank count do not fit each other.
  init(_ configuration: ResolvedConfiguration, communicator: Communicator, level: CPULevel) throws {
    let values = configuration.values
    (self.configuration, self.values) = (configuration, values)
    let buffersBefore = FloatBuffer.allocatedBytes
    guard communicator.size <= values.replicas else {
      throw CSGError.configuration(
        "replicas",
        "\(communicator.size) ranks cannot share \(NumberText.count(values.replicas, "replica")) "
          + "(parts of a batch)",
        remedy:
          "start at most \(NumberText.count(values.replicas, "rank")), or raise replicas (which changes the run)"
      )
    }
    var opened: TrainingData?
    try communicator.together { opened = try TrainingData(values) }
    guard let opened else { preconditionFailure("together has returned") }
    data = opened
    try communicator.agree(on: data.agreements)
    batches = BatchPlan(values, dataset: data.train)
    schedule = Schedule(values, stepsPerEpoch: batches.stepsPerEpoch)
    normalizer = try ImageNormalizer(values.data, manifest: data.train.manifest)
    let architecture = try Architecture(values.model)
    let (height, width) = (data.trainTransform.height, data.trainTransform.width)
    try architecture.requireRoom(height: height, width: width)
    let network = try Network(
      architecture: architecture,
      channels: values.model.channels, classes: values.model.classes,
      height: height, width: width,
      capacity: values.passCapacity(batches, communicator),
      initialGate: values.gate.initial, dropout: values.model.dropout,
      norms: values.normScope(communicator),
      compute: values.compute.resolved(level: level, communicator: communicator))
    step = try TrainingStep(
      network: network, configuration: values, schedule: schedule, normalizer: normalizer,
      communicator: communicator, level: level)
    stateFloats = network.theta.count + step.optimizer.floats + network.statistics.count
    memory = MemoryPlan(
      buffers: FloatBuffer.allocatedBytes - buffersBefore,
      batches: data.batchBytes(
        batches, replicas: step.ownedReplicas.count, computing: network.team.count,
        replays: values.verify.replayEvery > 0),
      checkpoint: Self.checkpointCopies * stateFloats * MemoryLayout<Float>.stride,
      program: ProcessMemory.peakBytes)
  }

  /// Copies of the state while it is saved: what stays as it was while steps go on, gathered by name, and what of it
  /// is in HDF5's hands or read back.
  private static let checkpointCopies = 3

  var network: Network { step.network }

  /// What may come of the plan that a user does not want, told before the first step.
  var cautions: [String] {
    [unreachableDensity, GateSettling(values, schedule: schedule)?.caution, classDraws?.caution]
      .compactMap { $0 }
      + batches.cautions(values.batchNorm)
  }

  /// What balance makes of the classes; nil without.
  var classDraws: ClassDraws? {
    batches.balance.map { _ in
      ClassDraws(
        names: data.train.manifest.classes, counts: data.train.classCounts(first: batches.samples),
        draws: batches.samples)
    }
  }

  /// That projected gates cannot come down to the bound, since each filter keeps a class; nil where they can.
  private var unreachableDensity: String? {
    let classes = values.model.classes
    let bound = values.gate.densityBound.value(classes: classes)
    guard schedule.learnsGate, values.gate.projection == .largest, bound > 0,
      bound * Double(classes) < 1
    else { return nil }
    let least = NumberText.fixed((1e4 / Double(classes)).rounded(.up) / 1e4, 4)
    return
      "gate.density_bound: \(NumberText.plain(bound)) is below 1/\(classes): each filter keeps an entry of 1, "
      + "so that the penalty never rests; take auto (1.2 / classes), a number from \(least) up, or 0 where that is meant"
  }

  /// Steps of the whole run.
  var steps: Int { values.epochs * batches.stepsPerEpoch }

  /// The plan in words, a line for each part.
  func summary(ranks: Int) -> String {
    let parameters = network.parameterLayout.elementCount
    return """
      \(network.architecture.name): \(parameters) parameters, gate \(network.classes) × \
      \(network.filters)\(schedule.hasGate ? "" : " (unused)")
      \(NumberText.count(batches.samples, "sample")), \
      \(NumberText.count(batches.stepsPerEpoch, "step")) an epoch, \
      \(NumberText.count(values.epochs, "epoch")), \
      \(NumberText.count(values.replicas, "replica")) over \(NumberText.count(ranks, "rank"))
      memory: \(memory.text)
      """
  }

  /// Checks that the host holds all of its ranks; collective.
  /// - Throws: `CSGError` 78 that names both sizes.
  func requireMemory(_ communicator: Communicator) throws {
    let ranks = try communicator.ranksOfThisHost().count
    guard let objection = memory.objection(MachineLimits(), ranks: ranks) else { return }
    throw CSGError(
      .configuration, "batch_size: \(objection)",
      remedy: "lower it, spread the ranks, or raise replicas (which changes the run)")
  }

  /// The training batches of this rank from a place in the run on.
  func prefetcher(epoch: Int, step: Int, recorder: Recorder? = nil) throws -> Prefetcher {
    try Prefetcher(
      dataset: data.train, plan: batches, owned: self.step.ownedReplicas,
      transform: data.trainTransform, threads: Prefetcher.threads(besides: network.team.count),
      epoch: epoch, step: step, epochs: values.epochs, recorder: recorder)
  }

  /// Compares what steps compute, as `verify.replay_every` says; nil: never.
  func verifier(
    _ communicator: Communicator, state: TrainingState, tell: @escaping (Mismatch) throws -> Void
  ) -> StepVerifier? {
    let verify = values.verify
    guard verify.replayEvery > 0 else { return nil }
    return StepVerifier(
      schedule: ReplaySchedule(
        every: verify.replayEvery, takesAll: verify.replicas == .all, replicas: values.replicas,
        ranks: communicator.size),
      samples: ReplicaSamples(dataset: data.train, plan: batches, transform: data.trainTransform),
      communicator: communicator, stateDigests: { state.digests }, tell: tell)
  }

  /// Passes over the test split; nil where the run has none.
  func evaluation(_ communicator: Communicator) -> Evaluation? {
    data.evaluation.map { dataset, transform in
      Evaluation(
        SplitPasses(
          network: network, dataset: dataset, transform: transform, normalizer: normalizer,
          communicator: communicator))
    }
  }
}
