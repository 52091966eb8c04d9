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

  /// A keeper that has looked at nothing yet; `warn` is told of what a run survives.
  package init(_ directory: RunDirectory, warn: @escaping (String) -> Void) {
    self.directory = directory
    self.warn = warn
  }

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
    if let cut = try directory.rewind(to: origin?.step ?? 0).text { warn(cut) }
    if let newest = try directory.newestValid(warn: warn) {
      try directory.settleLinks(newest.content)
    }
    try AtomicFile.write(Array(configuration.utf8), to: directory.configuration)
  }

  /// Saves a checkpoint in the directory that was locked.
  /// - Throws: `CSGError` 73 where it has become another's.
  package func save(_ checkpoint: Checkpoint, keep: Int, keeping proven: String?) throws {
    try lock?.requireHeld()
    do {
      try directory.save(checkpoint, keep: keep, keeping: proven)
    } catch {
      // Where it went away meanwhile, that is what is wrong.
      try lock?.requireHeld()
      throw error
    }
  }
}
