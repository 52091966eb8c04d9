import Communicator
import Core
import Datasets
import Inference
import Kernels
import Network

/// What one step found.
package struct StepResult {
  /// Samples of the global batch; correct predictions among them and Σ cross-entropy, of a joint
  /// step on the STD path.
  package let samples: Int, correct: Double, crossEntropySum: Double
  /// ‖G‖₁ / (C·K) and the penalties on G before the update; nil and 0 where the step has none.
  package let density: Double?, densityPenalty: Double
  /// The loss that was descended.
  package let loss: Double
  /// Whether a rank was asked to stop.
  package let isStopRequested: Bool
}

/// One step of Algorithm 1 on all ranks: load → forward, loss, backward → all-reduce → update →
/// project.
package final class TrainingStep {
  let network: Network
  let optimizer: Optimizer
  private let configuration: Configuration
  private let schedule: Schedule
  private let normalizer: ImageNormalizer
  private let sums: ReplicaSums
  private let communicator: Communicator
  private let learningOnSTD: LearningParameters, learningOnCSG: LearningParameters
  /// Time spent so far, by stage.
  package private(set) var stages = StageSeconds()

  package init(
    network: Network, configuration: Configuration, schedule: Schedule,
    normalizer: ImageNormalizer, communicator: Communicator, level: CPULevel
  ) throws {
    self.network = network
    self.configuration = configuration
    self.schedule = schedule
    self.normalizer = normalizer
    self.communicator = communicator
    optimizer = Optimizer(
      configuration, schedule: schedule, count: network.theta.count, gate: network.gate,
      team: network.team, level: level)
    func learning(_ frozen: [String], _ key: String) throws -> LearningParameters {
      try LearningParameters(network.parameterLayout, frozen: frozen, key: "model.frozen.\(key)")
    }
    let frozen = configuration.model.frozen
    learningOnSTD = try learning(frozen.standard, "standard")
    learningOnCSG = try learning(frozen.gated, "gated")
    // A communication thread wants a core to itself.
    let automatic = try Configuration.Compute.automaticThreads(communicator: communicator)
    // Where norms meet the other ranks, the computing thread calls MPI all along.
    let isThreaded = network.team.count < automatic && configuration.batchNorm == .replica
    let overlap: ReplicaSums.Overlap =
      if !configuration.compute.overlap { .none } else { isThreaded ? .threaded : .polled }
    sums = try ReplicaSums(
      communicator: communicator, replicas: configuration.replicas,
      capacity: network.stepVector.count,
      bucket: configuration.compute.bucketMegabytes << 20 / MemoryLayout<Float>.stride,
      overlap: overlap, level: level)
  }

  /// The replicas of this rank.
  package var ownedReplicas: Range<Int> { sums.owned }

  /// Bytes that this rank has handed over for other ranks so far.
  package var sentBytes: Int { sums.sentBytes }

  /// What learns in the steps of a path.
  package func learning(_ path: Path) -> LearningParameters {
    switch path {
    case .standard, .joint: learningOnSTD
    case .gated: learningOnCSG
    }
  }

  /// The next batch, once it is there.
  package func nextBatch(from prefetcher: Prefetcher) throws -> Batch {
    let began = ContinuousClock.now
    enter(.dataWait)
    defer { stages.add(dataWait: ContinuousClock.now - began) }
    return try prefetcher.next()
  }

  /// Takes the step of `batch`, whose global batch has `samples` samples. `stopRequested` says
  /// whether this rank was asked to stop.
  /// - Throws: `CSGError` where the loss is not finite or G cannot be projected; neither θ nor G has
  ///   moved then.
  package func run(_ batch: Batch, samples: Int, stopRequested: Bool) throws -> StepResult {
    let path = schedule.path(atEpoch: batch.epoch)
    let learning = learning(path)
    let vector = network.stepVector.upTo(learning.end)
    let gate = configuration.gate
    var computed = ContinuousClock.now
    let sum = try sumOverReplicas(of: batch, path: path, vector: vector) {
      $0[vector.stop] = stopRequested ? 1 : 0
      computed = .now
      enter(.allReduce)
    }
    let reduced = ContinuousClock.now
    enter(.update)

    let isPenalized = schedule.penalizesGate(epoch: batch.epoch)
    let penaltyValue = isPenalized ? optimizer.penalty(network.gate) : 0
    let crossEntropy = Double(sum[vector.loss]) / Double(samples)
    let weighted: Double =
      switch path {
      case .standard: crossEntropy
      case .gated: gate.lambda1 * crossEntropy
      case .joint: crossEntropy + gate.lambda1 * Double(sum[vector.gatedLoss]) / Double(samples)
      }
    let result = StepResult(
      samples: samples, correct: Double(sum[vector.correct]),
      crossEntropySum: Double(sum[vector.loss]),
      density: schedule.hasGate ? network.gate.density : nil, densityPenalty: penaltyValue,
      loss: weighted + penaltyValue,
      isStopRequested: sum[vector.stop] > 0)
    guard result.loss.isFinite else {
      throw CSGError(
        .failure, "the loss is \(result.loss)",
        remedy: "lower learning_rate, or look at the data")
    }

    // G first: it alone can fail, and then neither G nor θ has moved.
    if schedule.movesGate(epoch: batch.epoch) {
      let state = schedule.gateStateName(path)
      try optimizer.stepGate(
        network.gate, gradient: sum[vector.gate], samples: samples, penalized: isPenalized,
        state: state, rate: schedule.gateRate(epoch: batch.epoch, step: batch.step),
        number: schedule.gateSteps(ofState: state, epoch: batch.epoch, step: batch.step) + 1)
    }
    let state = schedule.stateName(path)
    optimizer.stepParameters(
      network.theta, learning: learning.ranges, gradient: sum[vector.parameters], samples: samples,
      state: state, rate: schedule.rate(epoch: batch.epoch, step: batch.step),
      number: schedule.steps(ofState: state, epoch: batch.epoch, step: batch.step) + 1)
    moveStatistics(sum[vector.statistics], replicas: sum[vector.replicas])
    stages.add(allReduce: reduced - computed, update: .now - reduced)
    return result
  }

  /// Notes for the watchdog what begins.
  private func enter(_ stage: TrainingStage) { communicator.enter(stage: stage.rawValue) }

  /// The sum of what all replicas of all ranks bring to a step: each computed by itself, or, where
  /// norms take them together, all of a rank layer by layer.
  private func sumOverReplicas(
    of batch: Batch, path: Path, vector: StepVector, finish: (FloatSlice) -> Void
  ) throws -> FloatSlice {
    func loss(_ range: Range<Int>) -> LabelLoss {
      LabelLoss(
        batch.labels[range], path: path, gatedWeight: configuration.gate.lambda1,
        addresses: SampleAddresses(
          seed: configuration.seed, epoch: batch.epoch, draws: batch.draws[range]))
    }
    func load(_ range: Range<Int>) -> Duration {
      let began = ContinuousClock.now
      enter(.load)
      normalizer.fill(network.images, from: batch, range, team: network.team)
      enter(.forward)
      return .now - began
    }
    switch configuration.batchNorm {
    case .replica:
      return try sums.sum(
        count: vector.count,
        contribute: { replica, place, ready in
          let range = batch.replicas[replica - ownedReplicas.lowerBound]
          let loading = load(range)
          let passes = network.train(loss(range), contribution: place, vector: vector) {
            enter(.backward)
            ready($0)
          }
          stages.add(load: loading, passes: passes)
        }, finish: finish)
    case .sync:
      return try sums.sumTogether(
        count: vector.count,
        contribute: { contributions, ready in
          let loading = load(0..<batch.labels.count)
          let passes = try network.train(
            loss(0..<batch.labels.count), replicas: batch.replicas,
            gradients: ParameterGradients(vector, contributions)
          ) {
            enter(.backward)
            ready($0)
          }
          stages.add(load: loading, passes: passes)
        }, finish: finish)
    }
  }

  /// Running statistics move by the mean over the non-empty replicas.
  private func moveStatistics(_ sums: FloatSlice, replicas: Float) {
    let running = network.statistics
    let momentum = configuration.batchNormMomentum
    let (kept, taken) = (Float(1 - momentum), Float(momentum))
    for i in 0..<running.count {
      running[i] = kept * running[i] + taken * (sums[i] / replicas)
    }
  }
}
