import Core
import Inference
import Storage

/// How a run's checkpoints are kept: which stay, and what `latest` and `best` say.
///
/// What the links say follows from the checkpoints' contents, never the other way round: a process may
/// be killed between a checkpoint and its link.
extension RunDirectory {
  /// Names that look like a checkpoint's and are not one's: of another form, or no file.
  package func foreignNames() throws -> [String] {
    let steps = try Set(checkpointSteps())
    return try FileSystem.texts(in: checkpoints).filter { name in
      name.hasPrefix("step-") && !(Self.step(of: name).map(steps.contains) ?? false)
    }
  }

  /// The newest checkpoint that is whole; `warn` is told of each damaged one.
  /// - Throws: `CSGError` 65 where there are checkpoints but none is whole; what the system says of a
  ///   disk, of limits or of another program's use, and a newer version, is no damage, and is thrown.
  package func newestValid(warn: (String) -> Void) throws -> (path: String, content: Checkpoint)? {
    let steps = try checkpointSteps()
    for step in steps {
      do {
        let path = checkpoint(step: step)
        let content = try Checkpoint(reading: path)
        try Self.requireStep(step, of: content, path)
        return (path, content)
      } catch let error as CSGError where error.isDamage {
        warn("\(error.message); trying the one before it")
      }
    }
    guard steps.isEmpty else {
      throw CSGError.data(
        checkpoints, "none of \(NumberText.count(steps.count, "checkpoint")) is whole",
        remedy: "start again with --overwrite")
    }
    return nil
  }

  /// Whether a checkpoint is one of these: the same content under its step's name.
  func holds(_ checkpoint: Checkpoint) throws -> Bool {
    let own = self.checkpoint(step: checkpoint.step)
    guard try FileSystem.exists(own) else { return false }
    do {
      return try Checkpoint(reading: own).contentDigest == checkpoint.contentDigest
    } catch let error as CSGError where error.isDamage {
      return false
    }
  }

  /// Saves a checkpoint, settles the links, and removes all but the newest `keep`, the best, and
  /// `proven`.
  package func save(_ checkpoint: Checkpoint, keep: Int, keeping proven: String? = nil) throws {
    try checkpoint.write(to: self.checkpoint(step: checkpoint.step))
    let best = try settleLinks(checkpoint)
    for step in try checkpointSteps().dropFirst(keep) {
      let old = self.checkpoint(step: step)
      guard step != best, old != proven else { continue }
      try FileSystem.remove(old)
    }
  }

  /// Makes `latest` and `best` true of a run whose newest whole checkpoint is `newest`, and returns the
  /// best step.
  @discardableResult
  package func settleLinks(_ newest: Checkpoint) throws -> Int? {
    let steps = try checkpointSteps()
    let best = History(columns: newest.history)?.bestStep(among: steps)
    try settle(self.best, step: best)
    try settle(latest, step: steps.contains(newest.step) ? newest.step : nil)
    return best
  }

  /// Puts a link to a step's checkpoint; without one, a link that leads nowhere goes.
  private func settle(_ link: String, step: Int?) throws {
    guard let step else {
      guard try Self.target(of: link) != nil else { return }
      if try !FileSystem.exists(Self.checkpoint(at: link)) { try FileSystem.remove(link) }
      return
    }
    guard try Self.target(of: link) != Self.name(step: step) else { return }
    try AtomicFile.link(link, to: Self.name(step: step))
  }

  /// Checks that the links can be put in their places.
  /// - Throws: `CSGError` 73 where a folder has a link's name.
  package func requireRoomForLinks() throws {
    for link in [latest, best]
    where try FileSystem.kind(of: link, followingLinks: false) == .folder {
      throw CSGError(
        .cannotCreate, "\(link): is a folder, where a link to a checkpoint is to stand",
        remedy: "move it away")
    }
  }
}
