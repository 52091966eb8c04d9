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
  /// ‖∇θ‖₂ of the mean over the batch before it is clipped; nil where `numerics` asks for none.
  package let gradientNorm: Double?
  /// Why the step changed nothing; nil: it was taken.
  package let skipped: String?
  /// Whether a rank was asked to stop, and whether the save that was under way has ended.
  package let isStopRequested: Bool, hasSaved: Bool
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
  /// Room for the contribution of a replica that is computed again; nil where none is.
  let replayed: FloatSlice?
  /// Compares what a step computes; nil: nothing is.
  var verifier: StepVerifier?
  /// Time spent so far, by stage.
  package private(set) var stages = StageSeconds()
  /// Nanoseconds that steps have waited so far for other ranks' batch statistics.
  private var waited: UInt64 = 0

  /// Plans the steps of a network.
  /// - Throws: `CSGError` 78 where a frozen layer is none of the net's.
  package init(
    network: Network, configuration: Configuration, schedule: Schedule,
    normalizer: ImageNormalizer, communicator: Communicator, level: CPULevel
  ) throws {
    self.network = network
    self.configuration = configuration
    self.schedule = schedule
    self.normalizer = normalizer
    self.communicator = communicator
    network.track = communicator.recorder.main
    communicator.name(layers: network.layerNames)
    optimizer = Optimizer(
      configuration, schedule: schedule, count: network.theta.count, gate: network.gate,
      team: network.team, level: level)
    func learning(_ frozen: [String], _ key: String) throws -> LearningParameters {
      try LearningParameters(network.parameterLayout, frozen: frozen, key: "model.frozen.\(key)")
    }
    replayed =
      configuration.verify.replayEvery > 0 ? FloatBuffer(network.stepVector.count).all : nil
    let frozen = configuration.model.frozen
    learningOnSTD = try learning(frozen.standard, "standard")
    learningOnCSG = try learning(frozen.gated, "gated")
    // A communication thread wants a core to itself.
    let automatic = try Configuration.Compute.automaticThreads(communicator: communicator)
    // Where norms meet the other ranks, the computing thread calls MPI all along.
    let isThreaded =
      network.team.count < automatic && configuration.batchNorm == .replica
      && communicator.allowsAnyThread
    let overlap: ReplicaSums.Overlap =
      if !configuration.compute.overlap { .none } else { isThreaded ? .threaded : .polled }
    sums = try ReplicaSums(
      communicator: communicator, replicas: configuration.replicas,
      capacity: network.stepVector.count,
      bucket: configuration.compute.bucketMegabytes << 20 / MemoryLayout<Float>.stride,
      overlap: overlap, kind: configuration.compute.allReduce, level: level)
  }

  /// The replicas of this rank.
  package var ownedReplicas: Range<Int> { sums.owned }

  /// Bytes that this rank has handed over for other ranks so far.
  package var sentBytes: Int { sums.sentBytes }

  /// What the steps took so far.
  var times: RankTimes {
    let computing = [TrainingStage.load, .forward, .backward, .update].reduce(0) { $0 + stages[$1] }
    return RankTimes(computing: computing - Double(waited) / 1e9, sums.flightTime)
  }

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
    communicator.enter(.dataWait)
    defer { stages.add(dataWait: ContinuousClock.now - began) }
    return try prefetcher.next()
  }

  /// Takes the step of `batch`, whose global batch has `samples` samples. `stopRequested` says
  /// whether this rank was asked to stop, `hasSaved` whether a save of its has ended, `leavesOut` that the step is
  /// to change nothing, whatever it comes to.
  /// - Throws: `CSGError` where the loss or a gradient is not finite or G cannot be projected, unless
  ///   `numerics.on_nonfinite` lets the run go on: the step changes nothing then; `Mismatch` where the step was
  ///   verified in vain; neither θ nor G has moved then.
  package func run(
    _ batch: Batch, samples: Int, stopRequested: Bool, hasSaved: Bool = false,
    leavesOut: Bool = false
  ) throws -> StepResult {
    let path = schedule.path(atEpoch: batch.epoch)
    let learning = learning(path)
    let vector = network.stepVector.upTo(learning.end)
    let gate = configuration.gate
    var computed = ContinuousClock.now
    func finish(_ first: FloatSlice) {
      first[vector.stop] = stopRequested ? 1 : 0
      first[vector.saved] = hasSaved ? 1 : 0
      computed = .now
      communicator.enter(.allReduce)
    }
    let number = batch.epoch * schedule.stepsPerEpoch + batch.step + 1
    let sum: FloatSlice
    if let verifier, verifier.schedule.isDue(number) {
      sum = try verifiedSum(
        of: batch, number: number, path: path, vector: vector, verifier: verifier, finish: finish)
    } else {
      sum = try sumOverReplicas(of: batch, path: path, vector: vector, finish: finish)
    }
    let reduced = ContinuousClock.now
    communicator.enter(.update)
    defer { communicator.leave(.update) }

    let isPenalized = schedule.penalizesGate(epoch: batch.epoch)
    let penaltyValue = isPenalized ? optimizer.penalty(network.gate) : 0
    let crossEntropy = Double(sum[vector.loss]) / Double(samples)
    let weighted: Double =
      switch path {
      case .standard: crossEntropy
      case .gated: gate.lambda1 * crossEntropy
      case .joint: crossEntropy + gate.lambda1 * Double(sum[vector.gatedLoss]) / Double(samples)
      }
    let loss = weighted + penaltyValue
    let density = schedule.hasGate ? network.gate.density : nil
    let norm =
      watchesNorm
      ? GradientNorm.value(sum[vector.parameters], learning: learning.ranges, samples: samples)
      : nil
    var skipped = leavesOut ? Self.leftOut : nil
    do {
      if !leavesOut {
        try requireFinite(loss, norm, sum: sum, vector: vector)
        try update(
          batch, path: path, samples: samples, sum: sum, vector: vector, isPenalized: isPenalized,
          norm: norm)
      }
    } catch let error as CSGError where configuration.numerics.onNonfinite != .stop {
      skipped = error.message
    }
    verifier?.end(number)
    stages.add(allReduce: reduced - computed, update: .now - reduced)
    return StepResult(
      samples: samples, correct: Double(sum[vector.correct]),
      crossEntropySum: Double(sum[vector.loss]), density: density, densityPenalty: penaltyValue,
      loss: loss, gradientNorm: norm, skipped: skipped, isStopRequested: sum[vector.stop] > 0,
      hasSaved: sum[vector.saved] > 0)
  }

  /// Why a step changes nothing that is left out.
  private static let leftOut = "left out since a rollback"

  /// Whether every step asks for the norm of θ's gradient.
  private var watchesNorm: Bool {
    configuration.numerics.clipNorm != nil || configuration.numerics.onNonfinite != .stop
  }

  /// - Throws: `CSGError` that says what is not finite, with the first tensor whose gradient is not.
  private func requireFinite(
    _ loss: Double, _ norm: Double?, sum: FloatSlice, vector: StepVector
  ) throws {
    if loss.isFinite, norm?.isFinite ?? true { return }
    let tensor = StepTensors(vector, of: network).tensors.first {
      !SquareSum.of(sum[$0.range]).isFinite
    }
    let place = tensor.map { "\($0.name) is not finite" }
    throw CSGError(
      .failure,
      loss.isFinite
        ? place ?? "the gradient is not finite"
        : "the loss is \(loss)" + (place.map { ", and \($0)" } ?? ""),
      remedy: "lower learning_rate, or look at the data")
  }

  /// Moves G, θ and the running statistics by the sum over all replicas.
  /// - Throws: `CSGError` where G cannot be projected; nothing has moved then.
  private func update(
    _ batch: Batch, path: Path, samples: Int, sum: FloatSlice, vector: StepVector,
    isPenalized: Bool, norm: Double?
  ) throws {
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
      network.theta, learning: learning(path).ranges, gradient: sum[vector.parameters],
      samples: samples,
      factor: GradientNorm.factor(norm ?? 0, most: configuration.numerics.clipNorm),
      state: state, rate: schedule.rate(epoch: batch.epoch, step: batch.step),
      number: schedule.steps(ofState: state, epoch: batch.epoch, step: batch.step) + 1)
    moveStatistics(sum[vector.statistics], replicas: sum[vector.replicas])
  }

  /// The sum of what all replicas of all ranks bring to a step: each computed by itself, or, where
  /// norms take them together, all of a rank layer by layer. What a replica of this rank brings is shown to
  /// `watched` before it is added to others; nothing leaves then before all is computed.
  func sumOverReplicas(
    of batch: Batch, path: Path, vector: StepVector,
    watched: ((_ replica: Int, FloatSlice) -> Void)? = nil, finish: (FloatSlice) -> Void
  ) throws -> FloatSlice {
    let rounded = configuration.compute.wire == .bfloat16 ? vector.gradients.count : 0
    switch configuration.batchNorm {
    case .replica:
      return try sums.sum(
        count: vector.count, rounded: rounded,
        contribute: { replica, place, ready in
          contribute(
            batch, replica - ownedReplicas.lowerBound, path: path, vector: vector, to: place
          ) { if watched == nil { ready($0) } }
          watched?(replica, place)
        }, finish: finish)
    case .sync:
      return try sums.sumTogether(
        count: vector.count, rounded: rounded,
        contribute: { contributions, ready in
          let all = 0..<batch.labels.count
          let loading = load(batch, all)
          let waitedBefore = communicator.recorder.main.waited
          defer { waited += communicator.recorder.main.waited - waitedBefore }
          let passes = try network.train(
            loss(batch, all, path), replicas: batch.replicas,
            gradients: ParameterGradients(vector, contributions)
          ) { ready($0) }
          stages.add(load: loading, passes: passes)
        }, finish: finish)
    }
  }

  /// Overwrites `place` by what replica `number` of a batch brings.
  func contribute(
    _ batch: Batch, _ number: Int, path: Path, vector: StepVector, to place: FloatSlice,
    ready: (Int) -> Void
  ) {
    let range = batch.replicas[number]
    let loading = load(batch, range)
    let passes = network.train(loss(batch, range, path), contribution: place, vector: vector) {
      ready($0)
    }
    stages.add(load: loading, passes: passes)
  }

  private func loss(_ batch: Batch, _ range: Range<Int>, _ path: Path) -> LabelLoss {
    LabelLoss(
      batch.labels[range], path: path, gatedWeight: configuration.gate.lambda1,
      addresses: SampleAddresses(
        seed: configuration.seed, epoch: batch.epoch, draws: batch.draws[range]))
  }

  private func load(_ batch: Batch, _ range: Range<Int>) -> Duration {
    let began = ContinuousClock.now
    communicator.enter(.load)
    normalizer.fill(network.images, from: batch, range, team: network.team)
    return .now - began
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
