import CProcess
import Communicator
import Core
import Datasets
import Foundation
import Kernels
import Network
import Storage

/// What happens in a run, for whoever shows it (rank 0 only).
public enum TrainingEvent: Sendable {
  /// Training begins after `step` steps; the plan is known.
  case begin(step: Int, stepsPerEpoch: Int, epochs: Int)
  /// A step was taken; the loss is that of the step.
  case step(epoch: Int, stepInEpoch: Int, path: Path, loss: Double, density: Double?)
  /// A record was written.
  case record(StepRecord)
  /// An epoch has ended.
  case epoch(EpochRecord)
  /// A checkpoint was saved there.
  case saved(String)
  /// Something is wrong that the run survives.
  case warning(String)
}

/// How a run ended.
public enum TrainingOutcome: Sendable {
  /// All epochs are done, or `maxSteps` is reached.
  case finished
  /// There was nothing left to do.
  case alreadyDone
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
  }

  private let configuration: ResolvedConfiguration
  private let values: Configuration
  private let communicator: Communicator
  private let directory: RunDirectory
  private let provenance: String
  private let report: (TrainingEvent) -> Void

  private let train: Dataset, test: Dataset?
  private let plan: BatchPlan
  private let schedule: Schedule
  private let normalizer: ImageNormalizer
  private let step: TrainingStep
  private let state: TrainingState
  private var lastSaved: String?

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
    directory = RunDirectory(output ?? "runs/\(values.name)")
    guard communicator.size <= values.replicas else {
      throw CSGError.configuration(
        "replicas", "\(communicator.size) ranks cannot share \(values.replicas) replicas",
        remedy: "start at most \(values.replicas) ranks, or raise replicas (which changes the run)")
    }
    (train, test) = try Self.openData(values)
    let samples = min(values.data.limit ?? train.count, train.count)
    plan = BatchPlan(
      samples: samples, batchSize: values.batchSize, replicas: values.replicas,
      seed: values.seed, shuffle: values.data.shuffle)
    schedule = Schedule(values, stepsPerEpoch: plan.stepsPerEpoch)
    normalizer = try ImageNormalizer(values.data, manifest: train.manifest)
    let network = try Network(
      architecture: CIFARResNet(architecture: values.model.architecture),
      channels: values.model.channels, classes: values.model.classes,
      height: train.manifest.height, width: train.manifest.width, capacity: plan.largestReplica,
      initialGate: values.gate.initial, level: level)
    step = TrainingStep(
      network: network, configuration: values, schedule: schedule, normalizer: normalizer,
      communicator: communicator, level: level)
    let testFingerprint = test.map { "\ntest \($0.manifest.fingerprint)" } ?? ""
    state = TrainingState(
      network: network, optimizer: step.optimizer, configuration: configuration,
      stepsPerEpoch: plan.stepsPerEpoch,
      dataFingerprint: "train \(train.manifest.fingerprint)\(testFingerprint)",
      hasGate: schedule.hasGate)
    communicator.setTimeout(seconds: values.lockstep.timeoutSeconds)
  }

  private static func openData(_ values: Configuration) throws -> (Dataset, Dataset?) {
    guard let folder = values.data.train else {
      throw CSGError.configuration(
        "data.train", "is not set", remedy: "name a folder that csg-dist prepare wrote")
    }
    let train = try Dataset(folder: folder)
    let test = try values.data.test.map { try Dataset(folder: $0) }
    guard test != nil || values.evaluate.everyEpochs == 0 else {
      throw CSGError.configuration(
        "data.test", "is not set", remedy: "name one, or set evaluate.every_epochs to 0")
    }
    for dataset in [train, test].compactMap({ $0 }) {
      try dataset.requireFit(classes: values.model.classes, channels: values.model.channels)
    }
    if let test,
      (test.manifest.height, test.manifest.width)
        != (train.manifest.height, train.manifest.width)
    {
      throw CSGError.configuration("data.test", "its images have another size than data.train's")
    }
    return (train, test)
  }

  /// The plan in words, for `--dry-run`.
  public var summary: String {
    let network = state.network
    let parameters = network.parameterLayout.elementCount
    return """
      \(values.model.architecture): \(parameters) parameters, gate \(network.classes) × \
      \(network.filters)\(schedule.hasGate ? "" : " (unused)")
      \(plan.samples) samples, \(plan.stepsPerEpoch) steps an epoch, \(values.epochs) epochs, \
      \(values.replicas) replicas over \(communicator.size) ranks
      run directory: \(directory.path)
      """
  }

  // MARK: The run

  /// Trains until all epochs are done, `maxSteps` steps are taken, or a signal says stop.
  public func run(resume: Resume, overwrite: Bool, maxSteps: Int?) throws -> TrainingOutcome {
    try start(resume: resume, overwrite: overwrite)
    let lastStep = min(values.epochs * plan.stepsPerEpoch, maxSteps ?? .max)
    guard state.step < lastStep else { return .alreadyDone }
    tell(.begin(step: state.step, stepsPerEpoch: plan.stepsPerEpoch, epochs: values.epochs))

    let records = communicator.isRoot ? try RecordWriter(directory.metrics) : nil
    let prefetcher = Prefetcher(
      dataset: train, plan: plan, owned: step.ownedReplicas,
      augmentation: Augmentation(
        padding: values.data.cropPadding, flips: values.data.horizontalFlip, seed: values.seed),
      epoch: state.epoch, step: state.stepInEpoch, epochs: values.epochs)
    defer { prefetcher.stop() }

    var watch = Stopwatch()
    while true {
      communicator.phase = "step \(state.step + 1)"
      let epoch = state.epoch
      let result = try takeStep(prefetcher.next())
      state.advance()
      let endsEpoch = state.stepInEpoch == 0
      let isLast = state.step == lastStep || result.isStopRequested
      watch.samples += result.samples
      tell(
        .step(
          epoch: epoch, stepInEpoch: endsEpoch ? plan.stepsPerEpoch : state.stepInEpoch,
          path: schedule.path(atEpoch: epoch), loss: result.loss, density: result.density))
      if isDue(values.log.every) {
        let record = stepRecord(result, epoch: epoch, rate: watch.lap())
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
        try save(isBest: false)
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
      return result
    } catch let error as CSGError where error.exitCode == .failure {
      throw CSGError(
        .failure, "epoch \(batch.epoch), step \(state.step + 1): \(error.message)",
        remedy: [error.remedy, lastSaved.map { "last good checkpoint: \($0)" }]
          .compactMap { $0 }.joined(separator: "; "))
    }
  }

  private func stepRecord(_ result: StepResult, epoch: Int, rate: Double) -> StepRecord {
    StepRecord(
      step: state.step, epoch: epoch, path: schedule.path(atEpoch: epoch), loss: result.loss,
      crossEntropy: result.crossEntropySum / Double(result.samples),
      densityPenalty: result.densityPenalty, density: result.density, imagesPerSecond: rate)
  }

  /// Evaluates, records, compares the ranks and saves, each where it is due.
  private func endEpoch(_ epoch: Int, records: RecordWriter?, isLast: Bool) throws {
    communicator.phase = "the end of epoch \(epoch)"
    var watch = Stopwatch()
    let isLastEpoch = epoch + 1 == values.epochs
    let every = values.evaluate.everyEpochs
    var evaluated: EvaluationResult.PathResult?
    if let test, every > 0, (epoch + 1) % every == 0 || isLastEpoch {
      evaluated = try Evaluation(
        network: state.network, dataset: test, normalizer: normalizer, communicator: communicator
      ).run(paths: [.standard]).standard
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
    try records?.write(record)
    tell(.epoch(record))
    try requireLockstep()
    let everyEpochs = values.checkpoint.everyEpochs
    if isLast || isLastEpoch || everyEpochs > 0 && (epoch + 1) % everyEpochs == 0
      || isDue(values.checkpoint.everySteps)
    {
      try save(isBest: isBest)
    }
  }

  // MARK: State

  private func requireLockstep() throws {
    guard communicator.size > 1 else { return }
    try communicator.requireLockstep(state.digests, step: state.step)
  }

  private func save(isBest: Bool) throws {
    communicator.phase = "the checkpoint of step \(state.step)"
    try requireLockstep()
    try onRoot {
      try directory.save(
        state.checkpoint(provenance: provenance), isBest: isBest, keep: values.checkpoint.keep)
    }
    let path = directory.checkpoint(step: state.step)
    lastSaved = path
    tell(.saved(path))
  }

  /// Runs `body` on rank 0; its error is every rank's.
  private func onRoot(_ body: () throws -> Void) throws {
    var fault: CSGError?
    if communicator.isRoot {
      do { try body() } catch let error as CSGError { fault = error }
    }
    let code = try communicator.broadcast("\(fault?.exitCode.rawValue ?? 0)")
    let text = try communicator.broadcast(fault?.description ?? "")
    guard let number = Int32(code), number != 0 else { return }
    throw fault ?? CSGError(ExitCode(rawValue: number) ?? .failure, text)
  }

  private func start(resume: Resume, overwrite: Bool) throws {
    var origin = ""
    try onRoot {
      switch resume {
      case .file(let path): origin = path
      case .auto: origin = try directory.newestValid { tell(.warning($0)) } ?? ""
      case .never:
        guard overwrite || !directory.exists else {
          throw CSGError(
            .cannotCreate, "\(directory.path): this run directory exists",
            remedy: "add --resume auto to go on, or --overwrite to start anew")
        }
      }
    }
    origin = try communicator.broadcast(origin)
    if origin.isEmpty {
      try state.initialize()
    } else {
      try state.restore(from: origin)
      lastSaved = origin
    }
    try requireLockstep()
    try onRoot {
      try directory.create(overwrite: overwrite && origin.isEmpty)
      if !origin.isEmpty { try directory.rewind(to: state.step) }
      try AtomicFile.write(Array(configuration.text.utf8), to: directory.configuration)
    }
  }
}
