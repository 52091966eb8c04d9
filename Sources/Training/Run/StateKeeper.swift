import Communicator
import Core
import Inference
import Storage

/// Keeps the state of a run: takes it from where the run starts, sees that all ranks have the same, and
/// saves it. Every rank keeps; rank 0 writes.
final class StateKeeper {
  let state: TrainingState
  let plan: TrainingPlan
  let keeper: RunKeeper
  let communicator: Communicator
  let reporter: TrainingReporter
  private let provenance: String
  /// The newest checkpoint, and the newest from which a step has come to a finite loss.
  var newestSaved: String?
  private var newestGood: String?
  /// The save under way, and whether a step from there has come to a finite loss.
  private var underWay: (step: Int, isGood: Bool)?
  /// What a save is made from while the state moves on; rank 0's, from `open` on.
  private var copy: StateFloats?
  /// How often the run has gone back to the checkpoint of a step, or to its start, 0.
  var rollbacks: [Int: Int] = [:]
  /// Where the thread that writes notes what it is at; likewise.
  private var track: Track?
  /// Steps skipped in a row, and how many end the run.
  var skipped = 0
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
      copy = state.floats.room
      track = communicator.recorder.track(.checkpoint)
    }
    try takeRollbacks()
  }

  /// Waits for a save under way, and leaves the directory.
  func close() {
    awaitSave()
    keeper.close()
  }

  // MARK: On the way

  /// Counts step `step`: what one that came to a finite loss started from was good. A skipped one leaves no trace in
  /// the epoch's means.
  /// - Throws: `CSGError` where so many in a row are skipped, or all of an epoch, that the run has gone wrong.
  func note(_ result: StepResult, epoch: Int, step: Int) throws {
    if let reason = result.skipped {
      skipped += 1
      return try requireFew(skipped, reason, epoch: epoch, step: step)
    }
    skipped = 0
    state.history.loss += result.crossEntropySum
    state.history.correct += result.correct
    state.history.samples += Double(result.samples)
    newestGood = newestSaved
    underWay?.isGood = true
  }

  /// Checks that a run may skip step `step`, the last of `count` in a row.
  /// - Throws: `CSGError` where that are too many, or all of an epoch.
  func requireFew(_ count: Int, _ reason: String, epoch: Int, step: Int) throws {
    let endsEmptyEpoch = step % plan.schedule.stepsPerEpoch == 0 && state.history.samples == 0
    guard count < Self.mostSkipped, !endsEmptyEpoch else {
      throw failure(
        CSGError(
          .failure, "\(NumberText.count(count, "step")) in a row skipped: \(reason)",
          remedy: "lower learning_rate, or look at the data"), epoch: epoch, step: step)
    }
  }

  /// A fault of the numbers, with its place and the last good checkpoint. The same run would come
  /// to it again: what helps is a new one from there.
  func failure(_ error: CSGError, epoch: Int, step: Int) -> CSGError {
    awaitSave()
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
  func failure(_ mismatch: Mismatch) -> CSGError { brokenMemory(mismatch.text) }

  private func brokenMemory(_ text: String) -> CSGError {
    awaitSave()
    let sound = newestSaved.map { "newest sound checkpoint: \($0)" }
    return CSGError(
      .failure, text,
      remedy: "\(Communicator.lockstepRemedy); \(sound ?? "there is no checkpoint yet")")
  }

  /// Compares the state of all ranks.
  func requireLockstep() throws {
    guard communicator.size > 1 else { return }
    try communicator.requireLockstep(state.digests, step: state.step)
  }

  // MARK: Saves

  /// Saves the state, once it is sound, the same on every rank, and the save before has ended: the last one before
  /// this returns, others while steps go on, from a copy. A run that verifies waits for all: nothing watches
  /// over a copy.
  func save(isLast: Bool) throws {
    communicator.enter(.checkpoint, state.step)
    try settle()
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
    if let value = state.impossibleValue {
      throw brokenMemory("step \(state.step): \(value), which no step leaves")
    }
    try communicator.onRoot {
      guard let copy else { preconditionFailure("the directory is open before a save") }
      communicator.enter(.copy)
      copy.copy(from: state.floats)
      communicator.leave(.copy)
      let draft = state.draft(provenance: provenance, floats: copy)
      try keeper.beginSave(
        keep: plan.values.checkpoint.keep, keeping: newestGood, track: track, step: state.step
      ) { draft.checkpoint }
    }
    underWay = (state.step, false)
    if isLast || plan.values.verify.replayEvery > 0 { try settle(isLast: isLast) }
  }

  /// Whether the save under way has ended, as far as this rank knows.
  var hasSaved: Bool { underWay != nil && keeper.hasSaved }

  /// Waits for the save under way, if there is one; collective.
  /// - Throws: `CSGError` that says why it failed, unless it is not the last and `checkpoint.on_failure` lets the
  ///   run go on: then a record says so.
  func settle(isLast: Bool = false) throws {
    guard let save = underWay else { return }
    underWay = nil
    communicator.enter(.settle)
    defer { communicator.leave(.settle) }
    let goesOn = plan.values.checkpoint.onFailure == .warn && !isLast
    var fault = ""
    try communicator.onRoot {
      do { try keeper.endSave() } catch let error as CSGError where goesOn {
        try keeper.requireHeld()
        fault = error.message
        try reporter.record(
          UnsavedRecord(step: state.step, checkpoint: save.step, reason: error.message))
      }
    }
    if try communicator.broadcast(fault).isEmpty { take(save) }
  }

  /// A save has ended well.
  private func take(_ save: (step: Int, isGood: Bool)) {
    let path = directory.checkpoint(step: save.step)
    newestSaved = path
    if save.isGood { newestGood = path }
    reporter.tell(.saved(path))
  }

  /// Waits for the save under way where the run is at its end by another fault; rank 0, which tells of that, tells of
  /// the save as well.
  private func awaitSave() {
    guard communicator.isRoot, let save = underWay else { return }
    underWay = nil
    do {
      try keeper.endSave()
      take(save)
    } catch {
      reporter.tell(.warning("the checkpoint of step \(save.step) was not saved: \(error)"))
    }
  }
}
