import Core
import Storage

/// The checkpoints of a run: `checkpoints/step-000012345.h5`, of which `latest` and `best` are links.
///
/// What the links say follows from the checkpoints' contents, never the other way round: a process may
/// be killed between a checkpoint and its link.
extension RunDirectory {
  static func name(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits + ".h5"
  }

  /// The file of a step's checkpoint.
  package func checkpoint(step: Int) -> String { "\(checkpoints)/\(Self.name(step: step))" }

  /// The step of a checkpoint's name; nil for any other name.
  private static func step(of name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".h5"),
      let step = Int(name.dropFirst(5).dropLast(3)), self.name(step: step) == name
    else { return nil }
    return step
  }

  static func isCheckpoint(_ name: String) -> Bool { step(of: name) != nil }

  /// Steps of all checkpoints, newest first; a file may have been moved to another disk and be a link
  /// here.
  public func checkpointSteps() throws -> [Int] {
    try FileSystem.texts(in: checkpoints).compactMap(Self.step(of:)).filter {
      try FileSystem.kind(of: checkpoint(step: $0)) == .file
    }.sorted(by: >)
  }

  /// Names that look like a checkpoint's and are not one's: of another form, or no file.
  package func foreignNames() throws -> [String] {
    let steps = try Set(checkpointSteps())
    return try FileSystem.texts(in: checkpoints).filter { name in
      name.hasPrefix("step-") && !(Self.step(of: name).map(steps.contains) ?? false)
    }
  }

  /// The checkpoint that a path means: a run directory stands for its newest.
  /// - Throws: `CSGError` 65 where a folder holds none.
  public static func checkpoint(at path: String) throws -> String {
    guard try FileSystem.kind(of: path) == .folder else { return path }
    let directory = RunDirectory(path)
    guard let newest = try directory.checkpointSteps().first else {
      throw CSGError.data(
        path, "is a folder without checkpoints",
        remedy: "name a checkpoint file, or a run directory")
    }
    let isLinked = try FileSystem.target(ofLink: directory.latest) == name(step: newest)
    return isLinked ? directory.latest : directory.checkpoint(step: newest)
  }

  /// Reads the checkpoint that a path means.
  /// - Throws: What reading it throws; `CSGError` 65 where a run's file is of another step than its name.
  public static func read(at path: String) throws -> (file: String, checkpoint: Checkpoint) {
    let file = try checkpoint(at: path)
    let checkpoint = try Checkpoint(reading: file)
    if file != path {
      let newest = try RunDirectory(path).checkpointSteps().first ?? checkpoint.step
      try requireStep(newest, of: checkpoint, file)
    }
    return (file, checkpoint)
  }

  private static func requireStep(_ step: Int, of checkpoint: Checkpoint, _ path: String) throws {
    guard checkpoint.step == step else {
      throw CSGError.data(
        path, "is the checkpoint of step \(checkpoint.step) under the name of step \(step)",
        remedy: "rename it, or remove it")
    }
  }

  /// The newest checkpoint that is whole; `warn` is told of each damaged one.
  /// - Throws: `CSGError` 65 where there are checkpoints but none is whole; what the system says of a
  ///   disk or of limits is no damage, and is thrown as it is.
  package func newestValid(warn: (String) -> Void) throws -> (path: String, content: Checkpoint)? {
    let steps = try checkpointSteps()
    for step in steps {
      do {
        let path = checkpoint(step: step)
        let content = try Checkpoint(reading: path)
        try Self.requireStep(step, of: content, path)
        return (path, content)
      } catch let error as CSGError where error.exitCode == .data {
        warn("\(error.message); trying the one before it")
      }
    }
    guard steps.isEmpty else {
      throw CSGError.data(
        checkpoints, "none of \(steps.count) checkpoints is whole",
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
    } catch let error as CSGError where error.exitCode == .data {
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
      let isLink = try FileSystem.kind(of: link, followingLinks: false) == .link
      if try isLink && !FileSystem.exists(link) { try FileSystem.remove(link) }
      return
    }
    guard try FileSystem.target(ofLink: link) != Self.name(step: step) else { return }
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
