import Communicator
import Core
import Inference
import Storage

/// `numerics.on_nonfinite: rollback`: the way back from a step that was not finite, which is left out from then on.
///
/// What is left out stands in the records, where it outlasts a rewind to the checkpoint, and in each later
/// checkpoint: a run that is resumed from either takes the same way.
extension StateKeeper {
  /// Rollbacks to one checkpoint; the next ends the run.
  private static let mostRollbacks = 3

  private var mayRollBack: Bool { plan.values.numerics.onNonfinite == .rollback }

  /// Whether step `step`, which changed nothing, takes the run back: it was not to be left out.
  func rollsBack(from step: Int) -> Bool { mayRollBack && !state.history.leftOut.contains(step) }

  /// Takes state and directory back to the newest whole checkpoint, or to the start where there is none yet, and
  /// leaves out `step`, which was not finite for `reason`. A save under way ends first. Collective.
  /// - Throws: `CSGError` as `stop` does, where the run has been there too often, or skips too many steps in a row.
  func rollBack(from step: Int, epoch: Int, reason: String) throws {
    communicator.enter(.rollback, step)
    try requireFew(skipped + 1, reason, epoch: epoch, step: step)
    try settle()
    let (path, checkpoint) = try newestCheckpoint()
    let target = checkpoint?.step ?? 0
    guard rollbacks[target, default: 0] < Self.mostRollbacks else {
      let place = checkpoint == nil ? "the start" : "step \(target)"
      throw failure(
        CSGError(
          .failure, "\(reason), after \(Self.mostRollbacks) rollbacks to \(place)",
          remedy: "lower learning_rate, or look at the data"), epoch: epoch, step: step)
    }
    try communicator.onRoot {
      try keeper.requireHeld()
      // First, so that whoever resumes the run after a kill knows of it.
      try reporter.record(
        RollbackRecord(step: step, epoch: epoch, checkpoint: target, reason: reason))
      reporter.closeRecords()
      try keeper.rewind(to: checkpoint)
      try reporter.openRecords(
        directory, step: target, tensorBoard: plan.values.log.tensorboard)
    }
    rollbacks[target, default: 0] += 1
    let leftOut = state.history.leftOut.union([step])
    if let checkpoint {
      try communicator.together { try state.restore(checkpoint, from: path) { _ in } }
    } else {
      state.forget()
      try initialize()
    }
    newestSaved = checkpoint == nil ? nil : path
    leaveOut(leftOut)
    try requireLockstep()
  }

  /// The newest whole checkpoint, the same on every rank.
  private func newestCheckpoint() throws -> (path: String, checkpoint: Checkpoint?) {
    var newest = ""
    try communicator.onRoot {
      newest = try directory.newestValid { reporter.tell(.warning($0)) }?.path ?? ""
    }
    let path = try communicator.broadcast(newest)
    guard !path.isEmpty else { return (path, nil) }
    var read: Checkpoint?
    try communicator.together { read = try Checkpoint(reading: path) }
    try communicator.agree(on: read.map { [$0.agreement("the checkpoint to go back to")] } ?? [])
    return (path, read)
  }

  /// Takes from the records of a run that goes on what they leave out, and how often it went back. Collective.
  func takeRollbacks() throws {
    guard mayRollBack else { return }
    var found: [Int] = []
    try communicator.onRoot {
      let records = try RunRecords(run: directory.path, upTo: .max)?.rollbacks ?? []
      found = records.flatMap { [$0.checkpoint, $0.step] }
    }
    let all = try communicator.gather(found)[0]
    for i in stride(from: 0, to: all.count, by: 2) { rollbacks[all[i], default: 0] += 1 }
    leaveOut(Set(stride(from: 1, to: all.count, by: 2).map { all[$0] }))
  }

  /// Leaves out more steps; those just before the state have been.
  private func leaveOut(_ steps: Set<Int>) {
    state.history.leftOut.formUnion(steps)
    skipped = state.history.leftOutInARow(before: state.step)
  }
}
