import Communicator
import Core
import Inference
import Storage

/// Keeps the state of a run: takes it from where the run starts, sees that all ranks have the same, and
/// saves it. Every rank keeps; rank 0 writes.
final class StateKeeper {
  let state: TrainingState
  private let plan: TrainingPlan
  private let keeper: RunKeeper
  private let communicator: Communicator
  private let reporter: TrainingReporter
  private let provenance: String
  /// The newest checkpoint, and the newest from which a step has come to a finite loss.
  private var newestSaved: String?, newestGood: String?
  /// Steps skipped in a row, and how many end the run.
  private var skipped = 0
  private static let mostSkipped = 10

  /// A keeper in `directory` that has looked at nothing yet.
  /// - Throws: `CSGError` 78 where a given G does not fit the network.
  init(
    _ plan: TrainingPlan, directory: RunDirectory, communicator: Communicator, provenance: String,
    reporter: TrainingReporter
  ) throws {
    self.plan = plan
    self.communicator = communicator
    self.provenance = provenance
    self.reporter = reporter
    keeper = RunKeeper(directory) { reporter.tell(.warning($0)) }
    state = try TrainingState(
      network: plan.network, optimizer: plan.step.optimizer, configuration: plan.configuration,
      schedule: plan.schedule, data: plan.data)
  }

  var directory: RunDirectory { keeper.directory }

  // MARK: The start

  /// The checkpoint to start from; empty for a new run.
  func origin(resume: Trainer.Resume, overwrite: Bool) throws -> String {
    var origin = ""
    try communicator.onRoot {
      origin = try keeper.origin(resume: resume, overwrite: overwrite) ?? ""
    }
    return try communicator.broadcast(origin)
  }

  /// Takes the state to start from; returns the checkpoint that it is of.
  func start(from origin: String) throws -> Checkpoint? {
    var read: Checkpoint?
    if origin.isEmpty {
      try initialize()
    } else {
      try communicator.together { read = try Checkpoint(reading: origin) }
      try communicator.agree(on: read.map { [$0.agreement("the checkpoint to resume")] } ?? [])
      try communicator.together {
        if let read { try state.restore(read, from: origin) { reporter.tell(.warning($0)) } }
      }
      newestSaved = origin
    }
    try requireLockstep()
    return read
  }

  /// Takes the state of a new run, the same on every rank.
  func initialize() throws {
    var read: Checkpoint?
    try communicator.together { read = try state.initialize { reporter.tell(.warning($0)) } }
    try communicator.agree(on: read.map { [$0.agreement("model.weights")] } ?? [])
  }

  /// Makes the directory that of a run which goes on from `origin`, or begins.
  func open(from origin: Checkpoint?, overwrite: Bool) throws {
    try communicator.onRoot {
      try keeper.open(
        from: origin, configuration: plan.configuration.text, overwrite: overwrite)
    }
  }

  // MARK: On the way

  /// Counts step `step`: what one that came to a finite loss started from was good. A skipped one leaves no trace in
  /// the epoch's means.
  /// - Throws: `CSGError` where so many in a row are skipped, or all of an epoch, that the run has gone wrong.
  func note(_ result: StepResult, epoch: Int, step: Int) throws {
    if let reason = result.skipped {
      skipped += 1
      let endsEmptyEpoch = step % plan.schedule.stepsPerEpoch == 0 && state.history.samples == 0
      guard skipped < Self.mostSkipped, !endsEmptyEpoch else {
        throw failure(
          CSGError(
            .failure, "\(NumberText.count(skipped, "step")) in a row skipped: \(reason)",
            remedy: "lower learning_rate, or look at the data"), epoch: epoch, step: step)
      }
      return
    }
    skipped = 0
    state.history.loss += result.crossEntropySum
    state.history.correct += result.correct
    state.history.samples += Double(result.samples)
    newestGood = newestSaved
  }

  /// A fault of the numbers, with its place and the last good checkpoint. The same run would come
  /// to it again: what helps is a new one from there.
  func failure(_ error: CSGError, epoch: Int, step: Int) -> CSGError {
    let good = newestGood.flatMap { (try? FileSystem.exists($0)) == true ? $0 : nil }
    let checkpoint = good.map {
      "last good checkpoint: \($0) (start a new run from it by --set model.weights=\($0))"
    }
    return CSGError(
      .failure, "epoch \(epoch), step \(step): \(error.message)",
      remedy: [error.remedy, checkpoint ?? "there is no good checkpoint yet"]
        .compactMap { $0 }.joined(separator: "; "))
  }

  /// The end of a run whose memory cannot be trusted, with the newest checkpoint: what it holds was seen
  /// to be sound.
  func failure(_ mismatch: Mismatch) -> CSGError {
    let sound = newestSaved.map { "newest sound checkpoint: \($0)" }
    return CSGError(
      .failure, mismatch.text,
      remedy: "\(Communicator.lockstepRemedy); \(sound ?? "there is no checkpoint yet")")
  }

  /// Compares the state of all ranks.
  func requireLockstep() throws {
    guard communicator.size > 1 else { return }
    try communicator.requireLockstep(state.digests, step: state.step)
  }

  /// Saves the state, once it is sound and the same on every rank.
  func save() throws {
    communicator.enter("the checkpoint of step", state.step)
    do {
      try plan.step.verifier?.requireUntouched(step: state.step, epoch: state.epoch)
    } catch let mismatch as Mismatch {
      throw failure(mismatch)
    }
    try requireLockstep()
    do {
      try state.requireSound()
    } catch let error as CSGError {
      throw failure(error, epoch: state.epoch, step: state.step)
    }
    try communicator.onRoot {
      try keeper.save(
        state.checkpoint(provenance: provenance), keep: plan.values.checkpoint.keep,
        keeping: newestGood)
    }
    let path = directory.checkpoint(step: state.step)
    newestSaved = path
    reporter.tell(.saved(path))
  }
}
