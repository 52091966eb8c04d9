import Communicator
import Core
import Datasets
import Inference
import Kernels
import Network

/// A run from its configuration to its last checkpoint: epochs of steps, with evaluation, records,
/// checkpoints and lockstep checks between them. Every rank runs the same loop.
package final class Trainer {
  /// Which state the run starts from.
  package enum Resume: Sendable {
    /// A new run.
    case never
    /// The newest whole checkpoint of the run directory, or a new run where there is none.
    case auto
    /// That checkpoint.
    case file(String)

    var isNever: Bool { if case .never = self { true } else { false } }
  }

  let plan: TrainingPlan
  let keeper: StateKeeper
  private let reporter: TrainingReporter
  let communicator: Communicator
  private var values: Configuration { plan.values }
  private var schedule: Schedule { plan.schedule }
  private var state: TrainingState { keeper.state }
  /// What steps had taken as the epoch began, or the run was started.
  private var timesBefore: RankTimes

  /// Opens the data and plans the network; nothing is written yet.
  /// - Throws: `CSGError` 78 where configuration, data and rank count do not fit each other.
  package init(
    _ configuration: ResolvedConfiguration, communicator: Communicator, output: String?,
    level: CPULevel, provenance: String, report: @escaping (TrainingEvent) -> Void
  ) throws {
    self.communicator = communicator
    reporter = TrainingReporter(isRoot: communicator.isRoot, report: report)
    plan = try TrainingPlan(configuration, communicator: communicator, level: level)
    timesBefore = plan.step.times
    keeper = try StateKeeper(
      plan, directory: RunDirectory(output ?? "runs/\(plan.values.name)"),
      communicator: communicator, provenance: provenance, reporter: reporter)
    communicator.setTimeout(
      seconds: plan.values.lockstep.timeoutSeconds, named: "lockstep.timeout_seconds")
  }

  /// What this process will hold.
  package var memory: MemoryPlan { plan.memory }

  /// The plan in words.
  package var summary: String {
    plan.summary(ranks: communicator.size) + "\nrun directory: \(keeper.directory.path)"
  }

  /// What a new run looks at before its first step, without writing: memory and first weights.
  /// - Throws: `CSGError` 78 where the host is too small, or weights do not fit.
  package func checkStart() throws {
    try checkPlan()
    tell(plan.cautions)
    try keeper.initialize()
  }

  private func checkPlan() throws {
    try plan.requireMemory(communicator)
    tell(plan.data.cautions)
  }

  private func tell(_ cautions: [String]) {
    for caution in cautions { reporter.tell(.warning(caution)) }
  }

  /// Trains until all epochs are done, `maxSteps` steps are taken, or a signal says stop; `request` asks for a
  /// timeline of that.
  package func run(
    resume: Resume, overwrite: Bool, maxSteps: Int?, trace request: TraceRequest? = nil
  ) throws -> TrainingOutcome {
    try checkPlan()
    if let request { try communicator.onRoot { try request.requirePlace() } }
    let source = try keeper.origin(resume: resume, overwrite: overwrite)
    if source.isEmpty { tell(plan.cautions) }
    let origin = try keeper.start(from: source)
    let lastStep = min(plan.steps, maxSteps ?? .max)
    guard state.step < lastStep || state.isAtOpenEnd else {
      return .alreadyDone(step: state.step)
    }
    try keeper.open(from: origin, overwrite: overwrite)
    defer { keeper.close() }
    let directory = RunDirectory(try communicator.broadcast(keeper.directory.path))
    communicator.keepStalls { directory.keep($0) }
    reporter.tell(
      .begin(
        step: state.step, stepsPerEpoch: plan.batches.stepsPerEpoch, epochs: values.epochs,
        memory: memory))
    defer { reporter.tell(.end(peakBytes: ProcessMemory.peakBytes)) }
    try reporter.openRecords(
      keeper.directory, step: state.step, tensorBoard: values.log.tensorboard)
    defer { reporter.closeRecords() }
    let trace = try request.map { request in
      try Trace(
        request, communicator: communicator, layers: plan.network.layerNames,
        stepsPerEpoch: plan.batches.stepsPerEpoch)
    }
    return try StopSignal.attended {
      let outcome = try communicator.watched {
        while true { if let outcome = try train(until: lastStep) { return outcome } }
      }
      try trace?.end()
      return outcome
    }
  }

  /// Takes steps from the state on, up to `lastStep` or until a signal says stop, with all that is due between them;
  /// nil where one has taken the run back to an earlier state.
  private func train(until lastStep: Int) throws -> TrainingOutcome? {
    plan.step.verifier = plan.verifier(communicator, state: state) { [reporter] in
      try reporter.record($0)
    }
    if state.isAtOpenEnd {
      guard try endEpoch(state.epoch - 1, isLast: state.step >= lastStep) else { return .stopped }
      if state.step >= lastStep { return .finished }
    }
    let prefetcher = try plan.prefetcher(
      epoch: state.epoch, step: state.stepInEpoch, recorder: communicator.recorder)
    defer { prefetcher.stop() }
    var watch = Stopwatch()
    while true {
      communicator.enter(.step, state.step + 1)
      let (epoch, step) = (state.epoch, state.stepInEpoch)
      let result = try takeStep(plan.step.nextBatch(from: prefetcher))
      if let reason = result.skipped, keeper.rollsBack(from: state.step + 1) {
        try keeper.rollBack(from: state.step + 1, epoch: epoch, reason: reason)
        return nil
      }
      try keeper.note(result, epoch: epoch, step: state.step + 1)
      state.advance()
      let endsEpoch = state.stepInEpoch == 0
      let isLast = state.step == lastStep || result.isStopRequested
      watch.samples += result.samples
      reporter.tell(
        .step(
          epoch: epoch, stepInEpoch: step + 1, path: schedule.path(atEpoch: epoch),
          loss: result.loss, penalty: result.densityPenalty, density: result.density))
      if let reason = result.skipped {
        try reporter.record(SkipRecord(step: state.step, epoch: epoch, reason: reason))
      } else if isDue(values.log.every) {
        try reporter.record(
          record(of: result, epoch: epoch, step: step, imagesPerSecond: watch.lap()))
      }
      if isDue(values.log.digests) { try recordDigest() }
      if result.hasSaved { try keeper.settle() }
      if isDue(values.lockstep.every) { try keeper.requireLockstep() }
      if endsEpoch {
        state.history.seconds += watch.restart()
        guard try endEpoch(epoch, isLast: isLast) else { return .stopped }
        _ = watch.restart()
      } else if isLast || isDue(values.checkpoint.everySteps) {
        state.history.seconds += watch.restart()
        try keeper.save(isLast: isLast)
      }
      if isLast { return result.isStopRequested && state.step < lastStep ? .stopped : .finished }
    }
  }

  private func isDue(_ every: Int) -> Bool { every > 0 && state.step % every == 0 }

  private func takeStep(_ batch: Batch) throws -> StepResult {
    do {
      return try plan.step.run(
        batch, samples: plan.batches.count(step: batch.step),
        stopRequested: StopSignal.isNoted, hasSaved: keeper.hasSaved,
        leavesOut: state.history.leftOut.contains(state.step + 1))
    } catch let error as CSGError where error.exitCode == .failure {
      throw keeper.failure(error, epoch: batch.epoch, step: state.step + 1)
    } catch let mismatch as Mismatch {
      throw keeper.failure(mismatch)
    }
  }

  private func recordDigest() throws {
    guard communicator.isRoot else { return }
    try reporter.record(DigestRecord(step: state.step, digest: state.checkpointDigest))
  }

  /// The record of a step that was taken; `step` is its place in the epoch, from 0.
  private func record(
    of result: StepResult, epoch: Int, step: Int, imagesPerSecond: Double
  ) -> StepRecord {
    StepRecord(
      step: state.step, epoch: epoch, path: schedule.path(atEpoch: epoch), loss: result.loss,
      crossEntropy: result.crossEntropySum / Double(result.samples),
      densityPenalty: result.densityPenalty, density: result.density,
      imagesPerSecond: imagesPerSecond, learningRate: schedule.rate(epoch: epoch, step: step),
      gateLearningRate: schedule.movesGate(epoch: epoch)
        ? schedule.gateRate(epoch: epoch, step: step) : nil,
      gradientNorm: result.gradientNorm)
  }

  /// Evaluates, records, compares the ranks and saves, each where it is due. Where a signal says stop before the
  /// evaluation is done, saves without it, and returns false: whoever goes on from there begins with it.
  private func endEpoch(_ epoch: Int, isLast: Bool) throws -> Bool {
    communicator.enter(.epochEnd, epoch)
    var watch = Stopwatch()
    let isLastEpoch = epoch + 1 == values.epochs
    let evaluated: EvaluationResult.PathResult?
    do { evaluated = try evaluate(epoch, isLast: isLastEpoch) } catch is StopRequested {
      try keeper.save(isLast: true)
      return false
    }
    let history = state.history
    let gate = schedule.hasGate ? plan.network.gate : nil
    let times = try communicator.gather([plan.step.times.since(timesBefore)]).map { $0[0] }
    timesBefore = plan.step.times
    let record = EpochRecord(
      step: state.step, epoch: epoch, path: schedule.path(atEpoch: epoch),
      trainLoss: history.loss / history.samples, trainAccuracy: history.correct / history.samples,
      testLoss: evaluated?.loss, testAccuracy: evaluated?.accuracy, density: gate?.density,
      seconds: history.seconds + watch.restart(), overlap: times.overlap,
      imbalance: times.imbalance)
    let isBest = evaluated.map { $0.accuracy > history.bestAccuracy ?? -1 } ?? false
    state.history.append(record)
    try reporter.record(record, gate: gate)
    if let gate, isFirstOfGate(epoch), gate.density > Self.fullGate {
      reporter.tell(.note(Self.fullGateNote))
    }
    let everyEpochs = values.checkpoint.everyEpochs
    if isLast || isLastEpoch || isBest || everyEpochs > 0 && (epoch + 1) % everyEpochs == 0
      || isDue(values.checkpoint.everySteps)
    {
      try keeper.save(isLast: isLast)
    } else {
      try keeper.requireLockstep()
    }
    return true
  }

  private func isFirstOfGate(_ epoch: Int) -> Bool {
    schedule.movesGate(epoch: epoch) && !(0..<epoch).contains(where: schedule.movesGate)
  }

  /// A density that looks as if nothing was learned.
  private static let fullGate = 0.9
  private static let fullGateNote =
    "that the density is near 1 is as it should be: the projection makes each column's largest entry 1, and in the "
    + "first steps all entries are alike; it comes down as filters find their classes"

  /// A signal to one of the ranks says stop.
  private struct StopRequested: Error {}

  private func requireNoStop() throws {
    let isNoted = try communicator.gather([StopSignal.isNoted])
    if isNoted.contains([true]) { throw StopRequested() }
  }

  /// The STD path on the test split; nil where it is not due, or there is none.
  /// - Throws: `StopRequested`, on every rank.
  private func evaluate(_ epoch: Int, isLast: Bool) throws -> EvaluationResult.PathResult? {
    let every = values.evaluate.everyEpochs
    communicator.enter(.evaluation)
    defer { communicator.leave(.evaluation) }
    guard every > 0, (epoch + 1) % every == 0 || isLast,
      let result = try plan.evaluation(communicator)?
        .run(paths: [.standard], beginRound: requireNoStop).standard
    else { return nil }
    guard result.loss.isFinite else {
      throw keeper.failure(
        CSGError(.failure, "the test loss is \(result.loss)", remedy: "lower learning_rate"),
        epoch: epoch, step: state.step)
    }
    return result
  }
}
