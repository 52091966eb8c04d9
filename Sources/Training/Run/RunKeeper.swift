import Core
import Inference
import Storage

/// Keeps a run directory in order while a job writes it: under a lock, links true to the checkpoints,
/// nothing left over of killed processes. Rank 0's.
package final class RunKeeper {
  let directory: RunDirectory
  private let warn: (String) -> Void
  /// Held from the first look at an existing directory, or the first write.
  private var lock: RunLock?
  /// Writes checkpoints, once the directory is open.
  private var writer: BackgroundWork?

  /// A keeper that has looked at nothing yet; `warn` is told of what a run survives.
  package init(_ directory: RunDirectory, warn: @escaping (String) -> Void) {
    self.directory = directory
    self.warn = warn
  }

  deinit { close() }

  /// The checkpoint to start from; nil for a new run. What is there is put in order, whatever there is
  /// left to do.
  /// - Throws: `CSGError` 73 where a new run would meet an old one, or another process writes there.
  package func origin(resume: Trainer.Resume, overwrite: Bool) throws -> String? {
    if try directory.exists {
      guard overwrite || !resume.isNever else { throw existsAlready }
      // Before looking at what is there: another process may be adding to it.
      lock = try RunLock(directory)
    }
    switch resume {
    case .never: return nil
    case .auto: return try tidy()
    case .file(let path):
      // That no checkpoint of the directory is whole is no reason to refuse another.
      do { _ = try tidy() } catch let error as CSGError where error.isDamage {
        warn(error.message)
      }
      return try RunDirectory.checkpoint(at: path)
    }
  }

  private var existsAlready: CSGError {
    CSGError(
      .cannotCreate, "\(directory.path): this run directory exists",
      remedy: "add --resume auto to go on, or --overwrite to start anew")
  }

  /// Removes what killed processes have left, and makes the links true; returns the newest whole
  /// checkpoint.
  private func tidy() throws -> String? {
    guard lock != nil else { return nil }
    try directory.finishAdoption()
    try directory.requireRoomForLinks()
    try directory.sweep()
    for name in try directory.foreignNames() {
      warn("\(directory.checkpoints)/\(name) is no checkpoint of this run, and is left alone")
    }
    guard let newest = try directory.newestValid(warn: warn) else {
      if try FileSystem.exists(directory.metrics) {
        warn("\(directory.path) has records but no checkpoint: the run begins anew, at step 0")
      }
      return nil
    }
    try directory.settleLinks(newest.content)
    return newest.path
  }

  /// Makes the directory that of a run which goes on from `origin`, or begins.
  ///
  /// A checkpoint from elsewhere becomes one of the directory's own before the first step: whoever resumes
  /// the run after a kill finds it, and not another run's of the same step. What was there is set aside.
  package func open(from origin: Checkpoint?, configuration: String, overwrite: Bool) throws {
    if lock == nil {
      lock = try RunLock(directory)
      // Another process may have put a run here since it was looked at.
      if try directory.holdsRun { throw existsAlready }
    }
    try lock?.requireHeld()
    if writer == nil { writer = try BackgroundWork(named: "checkpoint") }
    try directory.create(overwrite: overwrite)
    try directory.requireRoomForLinks()
    if try !AtomicFile.hasLinks(directory.checkpoints) {
      warn(
        "\(directory.checkpoints): its file system has no symbolic links: latest and best are text files "
          + "that name the checkpoint")
    }
    if let origin, try !directory.holds(origin) {
      if try directory.adopt(origin) {
        warn(
          "\(directory.path) held another run than the checkpoint's: it is set aside in "
            + "\(directory.checkpoints)/abandoned")
      }
    }
    let goesOn = try origin != nil || holdsRun(of: configuration)
    let cut = try directory.rewind(
      to: origin?.step ?? 0, closesEpoch: origin?.isAtOpenEnd ?? false, keepsRollbacks: goesOn)
    if let cut = cut.text { warn(cut) }
    if let newest = try directory.newestValid(warn: warn) {
      try directory.settleLinks(newest.content)
    }
    try AtomicFile.write(Array(configuration.utf8), to: directory.configuration)
  }

  /// Whether the directory's configuration is `configuration`, but for keys without effect on a result.
  private func holdsRun(of configuration: String) throws -> Bool {
    guard let bytes = try FileSystem.contents(of: directory.configuration),
      let theirs = try? ResolvedConfiguration(
        text: String(decoding: bytes, as: UTF8.self), origin: directory.configuration),
      let ours = try? ResolvedConfiguration(text: configuration, origin: "the configuration")
    else { return false }
    return ours.differences(from: theirs).allSatisfy {
      ResolvedConfiguration.isKey($0.key, in: ResolvedConfiguration.keysWithoutEffect)
    }
  }

  /// Takes the directory of a run under way, whose records are closed, back to one of its checkpoints, or to its
  /// start.
  func rewind(to checkpoint: Checkpoint?) throws {
    _ = try directory.rewind(
      to: checkpoint?.step ?? 0, closesEpoch: checkpoint?.isAtOpenEnd ?? false)
    if let checkpoint { try directory.settleLinks(checkpoint) }
  }

  // MARK: Saves

  /// Saves a checkpoint in the directory that was locked.
  /// - Throws: `CSGError` 73 where it has become another's.
  package func save(_ checkpoint: Checkpoint, keep: Int, keeping proven: String?) throws {
    try beginSave(keep: keep, keeping: proven) { checkpoint }
    try endSave()
  }

  /// Has a thread of the keeper's own gather and save a checkpoint in the directory that was locked, after the
  /// one before was ended; it notes in `track` that it writes the one of `step`.
  /// - Throws: `CSGError` 73 where it has become another's.
  func beginSave(
    keep: Int, keeping proven: String?, track: Track? = nil, step: Int? = nil,
    _ checkpoint: @escaping @Sendable () -> Checkpoint
  ) throws {
    guard let writer else { preconditionFailure("the directory is open before it is written") }
    try requireHeld()
    writer.begin { [directory] in
      track?.enter(.write, step)
      defer { track?.leave(.write) }
      try directory.save(checkpoint(), keep: keep, keeping: proven)
    }
  }

  /// Whether the save that was begun has come to its end.
  var hasSaved: Bool { writer?.isOver ?? false }

  /// Waits for the save that was begun.
  /// - Throws: What it failed by; `CSGError` 73 where the directory has become another's.
  func endSave() throws {
    do {
      try writer?.end()
    } catch {
      // Where it went away meanwhile, that is what is wrong.
      try requireHeld()
      throw error
    }
  }

  /// Checks that the directory is still the one that was locked.
  /// - Throws: `CSGError` 73 where it has become another's.
  func requireHeld() throws { try lock?.requireHeld() }

  /// Waits for a save under way, of which nobody asks any more, and ends the thread.
  func close() {
    writer?.stop()
    writer = nil
  }
}
