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
  private let network: Network
  private let step: TrainingStep
  private let normalizer: ImageNormalizer
  private let level: CPULevel

  private var stepsTaken = 0
  private var firstEpoch = 0, firstStep = 0
  private var history = History()
  private var lastSaved: String?
  private var dataSeconds = 0.0

  /// Opens the data and plans the network; nothing is written yet.
  /// - Throws: `CSGError` 78 where configuration, data and rank count do not fit each other.
  public init(
    _ configuration: ResolvedConfiguration, communicator: Communicator, output: String?,
    level: CPULevel, provenance: String, report: @escaping (TrainingEvent) -> Void
  ) throws {
    self.configuration = configuration
    values = configuration.values
    self.communicator = communicator
    self.level = level
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
    network = try Network(
      architecture: CIFARResNet(architecture: values.model.architecture),
      channels: values.model.channels, classes: values.model.classes,
      height: train.manifest.height, width: train.manifest.width, capacity: plan.largestReplica,
      initialGate: values.gate.initial, level: level)
    step = TrainingStep(
      network: network, configuration: values, schedule: schedule, normalizer: normalizer,
      communicator: communicator, level: level)
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
    guard stepsTaken < lastStep else { return .alreadyDone }
    tell(.begin(step: stepsTaken, stepsPerEpoch: plan.stepsPerEpoch, epochs: values.epochs))

    let records = communicator.isRoot ? try RecordWriter(directory.metrics) : nil
    let prefetcher = Prefetcher(
      dataset: train, plan: plan, owned: step.ownedReplicas,
      augmentation: Augmentation(
        padding: values.data.cropPadding, flips: values.data.horizontalFlip, seed: values.seed),
      epoch: firstEpoch, step: firstStep, epochs: values.epochs)
    defer { prefetcher.stop() }

    var isStopRequested = false
    for epoch in firstEpoch..<values.epochs {
      let began = ContinuousClock.now
      var recordBegan = began
      var recordSamples = 0
      for stepInEpoch in firstStep..<plan.stepsPerEpoch {
        communicator.phase = "step \(stepsTaken + 1)"
        let batch = try prefetcher.next()
        let result = try takeStep(batch)
        stepsTaken += 1
        recordSamples += result.samples
        isStopRequested = result.isStopRequested
        tell(
          .step(
            epoch: epoch, stepInEpoch: stepInEpoch + 1, path: schedule.path(atEpoch: epoch),
            loss: result.loss, density: result.density))
        if isDue(values.log.every) {
          let record = stepRecord(
            result, epoch: epoch, rate: Double(recordSamples) / Self.seconds(since: recordBegan))
          try records?.write(record)
          tell(.record(record))
          (recordBegan, recordSamples) = (.now, 0)
        }
        if isDue(values.lockstep.every) { try requireLockstep() }
        let endsEpoch = stepInEpoch + 1 == plan.stepsPerEpoch
        let isLast = stepsTaken == lastStep || isStopRequested
        if !endsEpoch && (isLast || isDue(values.checkpoint.everySteps)) {
          let before = history.seconds
          history.seconds += Self.seconds(since: began)
          try save(epoch: epoch, stepInEpoch: stepInEpoch + 1, isBest: false)
          history.seconds = before
        }
        if !endsEpoch && isLast { return isStopRequested ? .stopped : .finished }
      }
      firstStep = 0
      history.seconds += Self.seconds(since: began)
      try endEpoch(epoch, records: records, isLast: stepsTaken == lastStep || isStopRequested)
      if stepsTaken == lastStep { return .finished }
      if isStopRequested { return .stopped }
    }
    return .finished
  }

  private func isDue(_ every: Int) -> Bool { every > 0 && stepsTaken % every == 0 }

  private static func seconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .seconds(1)
  }

  private func tell(_ event: TrainingEvent) {
    if communicator.isRoot { report(event) }
  }

  private func takeStep(_ batch: Batch) throws -> StepResult {
    do {
      let result = try step.run(
        batch, samples: plan.count(step: batch.step),
        stopRequested: cprocess_noted_signal() != 0)
      history.loss += result.crossEntropySum
      history.correct += result.correct
      history.samples += Double(result.samples)
      return result
    } catch let error as CSGError where error.exitCode == .failure {
      throw CSGError(
        .failure, "epoch \(batch.epoch), step \(stepsTaken + 1): \(error.message)",
        remedy: [error.remedy, lastSaved.map { "last good checkpoint: \($0)" }]
          .compactMap { $0 }.joined(separator: "; "))
    }
  }

  private func stepRecord(_ result: StepResult, epoch: Int, rate: Double) -> StepRecord {
    StepRecord(
      step: stepsTaken, epoch: epoch, path: schedule.path(atEpoch: epoch), loss: result.loss,
      crossEntropy: result.crossEntropySum / Double(result.samples),
      densityPenalty: result.densityPenalty, density: result.density, imagesPerSecond: rate)
  }

  /// Evaluates, records, compares the ranks and saves, each where it is due.
  private func endEpoch(_ epoch: Int, records: RecordWriter?, isLast: Bool) throws {
    communicator.phase = "the end of epoch \(epoch)"
    let began = ContinuousClock.now
    let isLastEpoch = epoch + 1 == values.epochs
    let every = values.evaluate.everyEpochs
    var evaluated: EvaluationResult.PathResult?
    if let test, every > 0, (epoch + 1) % every == 0 || isLastEpoch {
      evaluated = try Evaluation(
        network: network, dataset: test, normalizer: normalizer, communicator: communicator
      ).run(paths: [.standard]).standard
    }
    let record = EpochRecord(
      step: stepsTaken, epoch: epoch, path: schedule.path(atEpoch: epoch),
      trainLoss: history.loss / history.samples, trainAccuracy: history.correct / history.samples,
      testLoss: evaluated?.loss, testAccuracy: evaluated?.accuracy,
      density: schedule.hasGate ? network.gate.density : nil,
      seconds: history.seconds + Self.seconds(since: began))
    let isBest = evaluated.map { $0.accuracy > history.bestAccuracy ?? -1 } ?? false
    history.append(record)
    try records?.write(record)
    tell(.epoch(record))
    try requireLockstep()
    let everyEpochs = values.checkpoint.everyEpochs
    if isLast || isLastEpoch || everyEpochs > 0 && (epoch + 1) % everyEpochs == 0
      || isDue(values.checkpoint.everySteps)
    {
      try save(epoch: epoch + 1, stepInEpoch: 0, isBest: isBest)
    }
  }

  // MARK: State

  private func requireLockstep() throws {
    guard communicator.size > 1 else { return }
    var digests = network.parameterLayout.tensors.map { tensor in
      (name: tensor.name, digest: Self.digest(network.theta[tensor.range]))
    }
    digests.append((name: "gate", digest: Self.digest(network.gate.matrix)))
    try communicator.requireLockstep(digests, step: stepsTaken)
  }

  private static func digest(_ floats: FloatSlice) -> Digest {
    let builder = DigestBuilder()
    floats.withBytes { builder.update($0) }
    return builder.digest()
  }

  private var dataFingerprint: String {
    let test = test.map { "\ntest \($0.manifest.fingerprint)" } ?? ""
    return "train \(train.manifest.fingerprint)\(test)"
  }

  private func save(epoch: Int, stepInEpoch: Int, isBest: Bool) throws {
    communicator.phase = "the checkpoint of step \(stepsTaken)"
    try requireLockstep()
    try onRoot {
      var checkpoint = network.checkpoint(hasGate: schedule.hasGate)
      (checkpoint.step, checkpoint.epoch, checkpoint.stepInEpoch) = (stepsTaken, epoch, stepInEpoch)
      checkpoint.configuration = configuration.text
      checkpoint.dataFingerprint = dataFingerprint
      checkpoint.provenance = provenance
      checkpoint.history = history.columns
      for (state, velocity) in step.optimizer.velocities {
        checkpoint.optimizer[state] = network.parameterLayout.tensors.map {
          NamedTensor(name: $0.name, shape: $0.shape, values: $0.read(from: velocity))
        }
      }
      try directory.save(checkpoint, isBest: isBest, keep: values.checkpoint.keep)
    }
    lastSaved = directory.checkpoint(step: stepsTaken)
    tell(.saved(directory.checkpoint(step: stepsTaken)))
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
      network.initialize(seed: values.seed)
      if let weights = values.model.weights { try loadWeights(weights) }
    } else {
      try restore(from: origin)
    }
    try requireLockstep()
    try onRoot {
      try directory.create(overwrite: overwrite && origin.isEmpty)
      if !origin.isEmpty { try directory.rewind(to: stepsTaken) }
      try AtomicFile.write(Array(configuration.text.utf8), to: directory.configuration)
    }
  }

  private func loadWeights(_ path: String) throws {
    let checkpoint = try StateDict.load(
      path, architecture: network.architecture, classes: network.classes,
      channels: network.input.channels)
    try network.load(checkpoint, origin: path)
  }

  /// Keys that may differ between a checkpoint and the run that resumes it.
  private static let freeKeys: Set<String> = [
    "epochs", "name", "checkpoint", "log", "evaluate", "lockstep", "compute",
  ]

  private func restore(from path: String) throws {
    let checkpoint = try Checkpoint(reading: path)
    guard let text = checkpoint.configuration, let fingerprint = checkpoint.dataFingerprint,
      let history = History(columns: checkpoint.history)
    else {
      throw CSGError(
        .configuration, "\(path): holds weights only, no run to resume",
        remedy: "start from it by --set model.weights=\(path)")
    }
    let theirs = try ResolvedConfiguration(text: text, origin: path)
    let differences = configuration.differences(from: theirs).filter { difference in
      let group = difference.key.split(separator: ".").first.map(String.init) ?? ""
      return !Self.freeKeys.contains(group)
        && !["data.train", "data.test"].contains(difference.key)
    }
    guard differences.isEmpty else {
      let list = differences.map { "\($0.key) is \($0.ours), was \($0.theirs)" }
      throw CSGError(
        .configuration, "\(path): comes from another run: \(list.joined(separator: "; "))",
        remedy: "set them back, or start a new run")
    }
    guard fingerprint == dataFingerprint else {
      throw CSGError(
        .configuration,
        "\(path): comes from another data set: \(Self.oneLine(fingerprint)), "
          + "now \(Self.oneLine(dataFingerprint))",
        remedy: "name the data that it was trained on, or start a new run")
    }
    guard checkpoint.epoch * plan.stepsPerEpoch + checkpoint.stepInEpoch == checkpoint.step,
      checkpoint.stepInEpoch < plan.stepsPerEpoch
    else { throw CSGError.data(path, "its step and epoch contradict each other") }
    try network.load(checkpoint, origin: path)
    for (state, velocity) in step.optimizer.velocities {
      let tensors = try network.parameterLayout.match(
        checkpoint.optimizer[state] ?? [], origin: "\(path) optimizer/\(state)")
      for (spec, tensor) in zip(network.parameterLayout.tensors, tensors) {
        spec.write(tensor.values, to: velocity)
      }
    }
    stepsTaken = checkpoint.step
    firstEpoch = checkpoint.epoch
    firstStep = checkpoint.stepInEpoch
    self.history = history
    lastSaved = path
  }

  private static func oneLine(_ text: String) -> String {
    text.split(separator: "\n").joined(separator: ", ")
  }
}

extension Dataset {
  /// Checks that a network of so many classes and channels fits.
  /// - Throws: `CSGError` 78 that names both numbers.
  public func requireFit(classes: Int, channels: Int) throws {
    guard manifest.classes.count == classes else {
      throw CSGError.configuration(
        "model.classes", "\(classes) does not match the \(manifest.classes.count) of \(folder)",
        remedy: "set model.classes=\(manifest.classes.count)")
    }
    guard manifest.channels == channels else {
      throw CSGError.configuration(
        "model.channels", "\(channels) does not match the \(manifest.channels) of \(folder)",
        remedy: "set model.channels=\(manifest.channels)")
    }
  }
}
