import Communicator
import Core
import Inference
import Kernels
import Storage

/// A stretch of a run that is there already, repeated from one of its checkpoints, in memory alone, and held
/// against the digests that the run has left: those of its records, and those of its later checkpoints.
package final class RunReplay {
  /// A digest that the run has left, and what the repetition came to.
  package struct Comparison: Sendable, Equatable, Encodable {
    /// Steps taken.
    package let step: Int
    package let source: Source
    package let expected: String, found: String
    package var isEqual: Bool { expected == found }

    enum CodingKeys: CodingKey { case step, source, expected, found }
  }

  /// Where a digest comes from.
  package enum Source: String, Sendable, Encodable { case record, checkpoint }

  /// What was compared, in order of steps; from `from` on.
  package struct Result: Sendable {
    package let from: Int, to: Int
    package fileprivate(set) var comparisons: [Comparison] = []

    /// The first that differs.
    package var firstDifference: Comparison? { comparisons.first { !$0.isEqual } }

    /// The last step before it at which all was equal: the beginning, if no other.
    package var lastEqual: Int {
      let end = firstDifference?.step ?? .max
      return comparisons.last { $0.step < end }?.step ?? from
    }
  }

  private let plan: TrainingPlan
  private let state: TrainingState
  private let communicator: Communicator
  private let last: Int
  private let left: [(step: Int, source: Source, digest: String)]

  /// Reads what the run at `path` has left, and takes up the state of its checkpoint `origin`, a file or the name
  /// of one of the run's; `data` is where its data set lies now, if elsewhere. Collective. `warn` is told of what
  /// may be wrong.
  /// - Throws: `CSGError` 78 where the stretch has nothing to be held against, or data are others; 64 where the run
  ///   is shorter.
  package init(
    _ path: String, from origin: String, steps: Int, data: String?, communicator: Communicator,
    level: CPULevel, warn: (String) -> Void
  ) throws {
    self.communicator = communicator
    var read: (file: String, start: Checkpoint, left: RunTraces)?
    try communicator.together {
      let directory = RunDirectory(path)
      let own = "\(directory.checkpoints)/\(origin)"
      let file = try RunDirectory.checkpoint(at: FileSystem.exists(own) ? own : origin)
      let start = try Checkpoint(reading: file)
      read = (file, start, try RunTraces(directory, after: start, steps: steps))
    }
    guard let (file, start, traces) = read else { preconditionFailure("together has returned") }
    try communicator.agree(
      on: [start.agreement("the checkpoint to start from")] + traces.agreements)
    let written = try ResolvedConfiguration(text: traces.configuration, origin: path)
    let configuration = try ResolvedConfiguration(
      text: traces.configuration, origin: path, sets: Self.sets(data, written.values.data))
    plan = try TrainingPlan(configuration, communicator: communicator, level: level)
    state = try TrainingState(
      network: plan.network, optimizer: plan.step.optimizer, configuration: configuration,
      schedule: plan.schedule, data: plan.data)
    last = start.step + steps
    left = traces.digests
    guard last <= plan.steps else {
      throw CSGError(
        .usage,
        "--steps \(steps): the run ends "
          + "\(NumberText.count(plan.steps - start.step, "step")) after \(file)",
        remedy: "take fewer steps, or an older checkpoint")
    }
    try plan.requireMemory(communicator)
    try communicator.together { try state.restore(start, from: file, warn: warn) }
    state.history.leftOut.formUnion(traces.leftOut)
    try communicator.requireLockstep(state.digests, step: state.step)
  }

  /// The keys that change: nothing is verified on the way, and data lie elsewhere, where `data` is a data set or the
  /// split that trains.
  private static func sets(_ data: String?, _ keys: Configuration.Data) throws -> [String] {
    let quiet = ["verify.replay_every=0"]
    guard let data else { return quiet }
    let train = try CheckpointedRun.split(data, or: "train")
    let hasTest = try keys.test != nil && FileSystem.exists("\(data)/test/manifest.json")
    return quiet + ["data.train=\(train)"] + (hasTest ? ["data.test=\(data)/test"] : [])
  }

  /// Takes the steps; `tell` is told of each comparison as it is made. Collective.
  /// - Throws: what makes a step fail.
  package func run(_ tell: (Comparison) throws -> Void) throws -> Result {
    var result = Result(from: state.step, to: last)
    func compare() throws {
      let due = left.filter { $0.step == state.step }
      guard !due.isEmpty else { return }
      let found = state.checkpointDigest.description
      for (step, source, digest) in due {
        let comparison = Comparison(step: step, source: source, expected: digest, found: found)
        result.comparisons.append(comparison)
        try tell(comparison)
      }
    }
    try compare()
    let prefetcher = try plan.prefetcher(epoch: state.epoch, step: state.stepInEpoch)
    defer { prefetcher.stop() }
    while state.step < last {
      communicator.enter(.step, state.step + 1)
      let batch = try plan.step.nextBatch(from: prefetcher)
      _ = try plan.step.run(
        batch, samples: plan.batches.count(step: batch.step), stopRequested: false,
        leavesOut: state.history.leftOut.contains(state.step + 1))
      state.advance()
      try compare()
    }
    try communicator.requireLockstep(state.digests, step: state.step)
    return result
  }
}
