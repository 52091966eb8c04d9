import CProcess
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Kernels
import Network
import Storage

/// What happens in a run, for whoever shows it (rank 0 only).
public enum TrainingEvent: Sendable {
  /// Training begins after `step` steps; the plan is known.
  case begin(step: Int, stepsPerEpoch: Int, epochs: Int, memory: MemoryPlan)
  /// A step was taken; the loss is that of the step.
  case step(epoch: Int, stepInEpoch: Int, path: Path, loss: Double, density: Double?)
  /// A record was written.
  case record(StepRecord)
  /// An epoch has ended.
  case epoch(EpochRecord)
  /// A checkpoint was saved there.
  case saved(String)
  /// The run has ended; the process held so many bytes at most.
  case end(peakBytes: Int)
  /// Something is wrong that the run survives.
  case warning(String)
}

/// How a run ended.
public enum TrainingOutcome: Sendable {
  /// All epochs are done, or `maxSteps` is reached.
  case finished
  /// There was nothing left to do: the run has taken so many steps.
  case alreadyDone(step: Int)
  /// A signal asked to stop; the state is saved.
  case stopped
}

/// A run from its configuration to its last checkpoint: epochs of steps, with evaluation, records,
/// checkpoints and lockstep checks between them. Every rank runs the same loop.
public final class Trainer {
  /// Which state the run starts from.
  public enum Resume: Sendable {
    /// A new run.
    case never
    /// The newest whole checkpoint of the run directory, or a new run where there is none.
    case auto
    /// That checkpoint.
    case file(String)

    var isNever: Bool { if case .never = self { true } else { false } }
  }

  private let configuration: ResolvedConfiguration
  private let values: Configuration
  private let communicator: Communicator
  private let keeper: RunKeeper
  private var directory: RunDirectory { keeper.directory }
  private let provenance: String
  private let report: (TrainingEvent) -> Void

  private let data: TrainingData
  private let plan: BatchPlan
  private let schedule: Schedule
  private let normalizer: ImageNormalizer
  private let step: TrainingStep
  private let state: TrainingState
  /// What this process will hold.
  public let memory: MemoryPlan
  /// The newest checkpoint, and the newest from which a step has come to a finite loss.
  private var newestSaved: String?, newestGood: String?

  /// Opens the data and plans the network; nothing is written yet.
  /// - Throws: `CSGError` 78 where configuration, data and rank count do not fit each other.
  public init(
    _ configuration: ResolvedConfiguration, communicator: Communicator, output: String?,
    level: CPULevel, provenance: String, report: @escaping (TrainingEvent) -> Void
  ) throws {
    self.configuration = configuration
    values = configuration.values
    self.communicator = communicator
    self.provenance = provenance
    self.report = report
    let buffersBefore = FloatBuffer.allocatedBytes
    keeper = RunKeeper(RunDirectory(output ?? "runs/\(values.name)")) { report(.warning($0)) }
    guard communicator.size <= values.replicas else {
      throw CSGError.configuration(
        "replicas", "\(communicator.size) ranks cannot share \(values.replicas) replicas",
        remedy: "start at most \(values.replicas) ranks, or raise replicas (which changes the run)")
    }
    var opened: TrainingData?
    try communicator.together { opened = try TrainingData(configuration.values) }
    guard let opened else { preconditionFailure("together has returned") }
    data = opened
    try communicator.agree(on: data.agreements)
    plan = BatchPlan(values, manifest: data.train.manifest)
    schedule = Schedule(values, stepsPerEpoch: plan.stepsPerEpoch)
    normalizer = try ImageNormalizer(values.data, manifest: data.train.manifest)
    let architecture = try Architecture(values.model)
    let (height, width) = (data.trainTransform.height, data.trainTransform.width)
    try architecture.requireRoom(height: height, width: width)
    let network = try Network(
      architecture: architecture,
      channels: values.model.channels, classes: values.model.classes,
      height: height, width: width,
      capacity: values.passCapacity(plan, communicator),
      initialGate: values.gate.initial, dropout: values.model.dropout,
      norms: values.normScope(communicator),
      compute: values.compute.resolved(level: level, communicator: communicator))
    step = try TrainingStep(
      network: network, configuration: values, schedule: schedule, normalizer: normalizer,
      communicator: communicator, level: level)
    state = try TrainingState(
      network: network, optimizer: step.optimizer, configuration: configuration,
      schedule: schedule, data: data)
    let floats = network.theta.count + step.optimizer.floats + network.statistics.count
    memory = MemoryPlan(
      buffers: FloatBuffer.allocatedBytes - buffersBefore,
      batches: data.batchBytes(
        plan, replicas: step.ownedReplicas.count, computing: network.team.count),
      checkpoint: Self.checkpointCopies * floats * MemoryLayout<Float>.stride,
      program: ProcessMemory.peakBytes)
    communicator.setTimeout(seconds: values.lockstep.timeoutSeconds)
  }

  /// Copies of the state while it is saved: gathered by name, in HDF5's hands, read back.
  private static let checkpointCopies = 3

  /// The plan in words, for `--dry-run`.
  public var summary: String {
    let network = state.network
    let parameters = network.parameterLayout.elementCount
    return """
      \(network.architecture.name): \(parameters) parameters, gate \(network.classes) × \
      \(network.filters)\(schedule.hasGate ? "" : " (unused)")
      \(plan.samples) samples, \(plan.stepsPerEpoch) steps an epoch, \(values.epochs) epochs, \
      \(values.replicas) replicas over \(communicator.size) ranks
      memory: \(memory.text)
      run directory: \(directory.path)
      """
  }

  // MARK: The run

  /// What a new run looks at before its first step, without writing: memory and first weights.
  /// - Throws: `CSGError` 78 where the host is too small, or weights do not fit.
  public func checkStart() throws {
    try requireMemory()
    for caution in data.cautions { tell(.warning(caution)) }
    try initialize()
  }

  /// Trains until all epochs are done, `maxSteps` steps are taken, or a signal says stop.
  public func run(resume: Resume, overwrite: Bool, maxSteps: Int?) throws -> TrainingOutcome {
    try requireMemory()
    for caution in data.cautions { tell(.warning(caution)) }
    let origin = try start(from: origin(resume: resume, overwrite: overwrite))
    let lastStep = min(values.epochs * plan.stepsPerEpoch, maxSteps ?? .max)
    guard state.step < lastStep else { return .alreadyDone(step: state.step) }
    try communicator.onRoot {
      try keeper.open(
        from: origin, configuration: configuration.text, overwrite: overwrite)
    }
    tell(
      .begin(
        step: state.step, stepsPerEpoch: plan.stepsPerEpoch, epochs: values.epochs,
        memory: memory))
    defer { tell(.end(peakBytes: ProcessMemory.peakBytes)) }

    let records =
      communicator.isRoot
      ? try RecordWriter(directory, step: state.step, tensorBoard: values.log.tensorboard) : nil
    let prefetcher = Prefetcher(
      dataset: data.train, plan: plan, owned: step.ownedReplicas, transform: data.trainTransform,
      threads: Prefetcher.threads(besides: state.network.team.count),
      epoch: state.epoch, step: state.stepInEpoch, epochs: values.epochs)
    defer { prefetcher.stop() }

    var watch = Stopwatch()
    while true {
      communicator.phase = "step \(state.step + 1)"
      let epoch = state.epoch
      let result = try takeStep(step.nextBatch(from: prefetcher))
      state.advance()
      let endsEpoch = state.stepInEpoch == 0
      let isLast = state.step == lastStep || result.isStopRequested
      watch.samples += result.samples
      tell(
        .step(
          epoch: epoch, stepInEpoch: endsEpoch ? plan.stepsPerEpoch : state.stepInEpoch,
          path: schedule.path(atEpoch: epoch), loss: result.loss, density: result.density))
      if isDue(values.log.every) {
        let record = stepRecord(
          result, epoch: epoch, step: (endsEpoch ? plan.stepsPerEpoch : state.stepInEpoch) - 1,
          imagesPerSecond: watch.lap())
        try records?.write(record)
        tell(.record(record))
      }
      if isDue(values.lockstep.every) { try requireLockstep() }
      if endsEpoch {
        state.history.seconds += watch.restart()
        try endEpoch(epoch, records: records, isLast: isLast)
        _ = watch.restart()
      } else if isLast || isDue(values.checkpoint.everySteps) {
        state.history.seconds += watch.restart()
        try save()
      }
      if isLast { return result.isStopRequested && state.step < lastStep ? .stopped : .finished }
    }
  }

  private func isDue(_ every: Int) -> Bool { every > 0 && state.step % every == 0 }

  private func tell(_ event: TrainingEvent) {
    if communicator.isRoot { report(event) }
  }

  private func takeStep(_ batch: Batch) throws -> StepResult {
    do {
      let result = try step.run(
        batch, samples: plan.count(step: batch.step),
        stopRequested: cprocess_noted_signal() != 0)
      state.history.loss += result.crossEntropySum
      state.history.correct += result.correct
      state.history.samples += Double(result.samples)
      newestGood = newestSaved
      return result
    } catch let error as CSGError where error.exitCode == .failure {
      throw failure(error, epoch: batch.epoch, step: state.step + 1)
    }
  }

  /// A fault of the numbers, with its place and the last good checkpoint. The same run would come
  /// to it again: what helps is a new one from there.
  private func failure(_ error: CSGError, epoch: Int, step: Int) -> CSGError {
    let good = newestGood.flatMap { (try? FileSystem.exists($0)) == true ? $0 : nil }
    let checkpoint = good.map {
      "last good checkpoint: \($0) (start a new run from it by --set model.weights=\($0))"
    }
    return CSGError(
      .failure, "epoch \(epoch), step \(step): \(error.message)",
      remedy: [error.remedy, checkpoint ?? "there is no good checkpoint yet"]
        .compactMap { $0 }.joined(separator: "; "))
  }

  private func stepRecord(
    _ result: StepResult, epoch: Int, step: Int, imagesPerSecond: Double
  ) -> StepRecord {
    StepRecord(
      step: state.step, epoch: epoch, path: schedule.path(atEpoch: epoch), loss: result.loss,
      crossEntropy: result.crossEntropySum / Double(result.samples),
      densityPenalty: result.densityPenalty, density: result.density,
      imagesPerSecond: imagesPerSecond, learningRate: schedule.rate(epoch: epoch, step: step),
      gateLearningRate: schedule.movesGate(epoch: epoch)
        ? schedule.gateRate(epoch: epoch, step: step) : nil)
  }

  /// Evaluates, records, compares the ranks and saves, each where it is due.
  private func endEpoch(_ epoch: Int, records: RecordWriter?, isLast: Bool) throws {
    communicator.phase = "the end of epoch \(epoch)"
    var watch = Stopwatch()
    let isLastEpoch = epoch + 1 == values.epochs
    let every = values.evaluate.everyEpochs
    var evaluated: EvaluationResult.PathResult?
    if let (test, transform) = data.evaluation, every > 0, (epoch + 1) % every == 0 || isLastEpoch {
      let passes = SplitPasses(
        network: state.network, dataset: test, transform: transform, normalizer: normalizer,
        communicator: communicator)
      evaluated = try Evaluation(passes).run(paths: [.standard]).standard
    }
    if let evaluated, !evaluated.loss.isFinite {
      throw failure(
        CSGError(
          .failure, "the test loss is \(evaluated.loss)", remedy: "lower learning_rate"),
        epoch: epoch, step: state.step)
    }
    let history = state.history
    let record = EpochRecord(
      step: state.step, epoch: epoch, path: schedule.path(atEpoch: epoch),
      trainLoss: history.loss / history.samples, trainAccuracy: history.correct / history.samples,
      testLoss: evaluated?.loss, testAccuracy: evaluated?.accuracy,
      density: schedule.hasGate ? state.network.gate.density : nil,
      seconds: history.seconds + watch.restart())
    let isBest = evaluated.map { $0.accuracy > history.bestAccuracy ?? -1 } ?? false
    state.history.append(record)
    try records?.write(record, gate: schedule.hasGate ? state.network.gate : nil)
    tell(.epoch(record))
    let everyEpochs = values.checkpoint.everyEpochs
    if isLast || isLastEpoch || isBest || everyEpochs > 0 && (epoch + 1) % everyEpochs == 0
      || isDue(values.checkpoint.everySteps)
    {
      try save()
    } else {
      try requireLockstep()
    }
  }

  // MARK: State

  private func requireLockstep() throws {
    guard communicator.size > 1 else { return }
    try communicator.requireLockstep(state.digests, step: state.step)
  }

  private func save() throws {
    communicator.phase = "the checkpoint of step \(state.step)"
    try requireLockstep()
    do {
      try state.requireSound()
    } catch let error as CSGError {
      throw failure(error, epoch: state.epoch, step: state.step)
    }
    try communicator.onRoot {
      try keeper.save(
        state.checkpoint(provenance: provenance), keep: values.checkpoint.keep,
        keeping: newestGood)
    }
    let path = directory.checkpoint(step: state.step)
    newestSaved = path
    tell(.saved(path))
  }

  /// The checkpoint to start from; empty for a new run.
  private func origin(resume: Resume, overwrite: Bool) throws -> String {
    var origin = ""
    try communicator.onRoot {
      origin = try keeper.origin(resume: resume, overwrite: overwrite) ?? ""
    }
    return try communicator.broadcast(origin)
  }

  /// The state of a new run, the same on every rank.
  private func initialize() throws {
    var read: Checkpoint?
    try communicator.together { read = try state.initialize { tell(.warning($0)) } }
    try communicator.agree(on: read.map { [$0.agreement("model.weights")] } ?? [])
  }

  /// Takes the state to start from; returns the checkpoint that it is of.
  private func start(from origin: String) throws -> Checkpoint? {
    var read: Checkpoint?
    if origin.isEmpty {
      try initialize()
    } else {
      try communicator.together { read = try Checkpoint(reading: origin) }
      try communicator.agree(on: read.map { [$0.agreement("the checkpoint to resume")] } ?? [])
      try communicator.together {
        if let read { try state.restore(read, from: origin) { tell(.warning($0)) } }
      }
      newestSaved = origin
    }
    try requireLockstep()
    return read
  }

  private func requireMemory() throws {
    let available = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let needed = try memory.total * communicator.ranksOnThisHost()
    guard needed <= available else {
      throw CSGError(
        .configuration,
        "batch_size: the ranks of this host need \(NumberText.mebibytes(needed)) of its \(NumberText.mebibytes(available))",
        remedy: "lower it, spread the ranks, or raise replicas (which changes the run)")
    }
  }
}
