import ArgumentParser
import Communicator
import Core
import Kernels
import Training

/// Repeats a stretch of a run, and compares.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Repeat a stretch of a run, and compare it bit by bit with what the run has left.",
    discussion: """
      The steps after a checkpoint are taken again, in memory: nothing is written. Any number of ranks will do, and any \
      machine: the bits are the same. Each digest that the run has left on the way is compared: of its records \
      (log.digests: N keeps one each N steps) and of its later checkpoints. Exits with 65 where one differs, and says \
      between which steps that happened. A record that differs alone, with equal ones after it, was changed itself.

        csg-dist replay runs/a --from runs/a/checkpoints/step-000000100.h5 --steps 50
        mpirun -n 4 csg-dist replay runs/a --from step-000000100.h5 --steps 500 --data /elsewhere/cifar10 --json
      """)

  @Argument(help: ArgumentHelp("Run directory.", valueName: "run"))
  var path: String

  @Option(
    name: .customLong("from"),
    help: ArgumentHelp(
      "Checkpoint to start from: a file, or the name of one of the run's.",
      valueName: "checkpoint"))
  var origin: String

  @Option(help: ArgumentHelp("Steps to take.", valueName: "n"))
  var steps: Int

  @Option(
    help: ArgumentHelp(
      "Data set, or split to train on, where it lies elsewhere now.", valueName: "dir"))
  var data: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    guard steps > 0 && steps <= 1 << 60 else {
      throw ValidationError("--steps takes a number above 0")
    }
    guard origin != "" else { throw ValidationError("--from names no checkpoint") }
    guard data != "" else { throw ValidationError("--data names no directory") }
  }

  private struct Document: Encodable {
    let run, from: String
    let firstStep, lastStep: Int
    let equal: Bool
    let compared: [RunReplay.Comparison]
    let firstDifference: Int?
    let lastEqual: Int

    init(_ command: ReplayCommand, _ result: RunReplay.Result) {
      (run, from) = (command.path, command.origin)
      (firstStep, lastStep) = (result.from, result.to)
      compared = result.comparisons
      firstDifference = result.firstDifference?.step
      lastEqual = result.lastEqual
      equal = firstDifference == nil
    }

    enum CodingKeys: String, CodingKey {
      case run, from, equal, compared
      case firstStep = "first_step"
      case lastStep = "last_step"
      case firstDifference = "first_difference"
      case lastEqual = "last_equal"
    }

    /// Every key stands there: null where there is no value.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(run, forKey: .run)
      try container.encode(from, forKey: .from)
      try container.encode(firstStep, forKey: .firstStep)
      try container.encode(lastStep, forKey: .lastStep)
      try container.encode(equal, forKey: .equal)
      try container.encode(compared, forKey: .compared)
      try container.encode(firstDifference, forKey: .firstDifference)
      try container.encode(lastEqual, forKey: .lastEqual)
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let level = try CPULevel.select()
    try communicator.agree(on: [Agreement("--steps", "\(steps)"), .arithmetic(level)])
    let replay = try RunReplay(
      path, from: origin, steps: steps, data: data, communicator: communicator, level: level,
      warn: Console.warn)
    let result = try replay.run { comparison in
      guard !json, communicator.isRoot else { return }
      try Console.result(
        "step \(comparison.step)  \(comparison.source.rawValue)  "
          + (comparison.isEqual ? "equal" : "differs"))
    }
    if json, communicator.isRoot { try Console.result(json: Document(self, result)) }
    if let difference = result.firstDifference {
      throw CSGError(
        .data,
        "\(path): the \(difference.source.rawValue) of step \(difference.step) differs: it has \(difference.expected), "
          + "the repetition \(difference.found)",
        remedy:
          "look between step \(result.lastEqual), up to which all is equal, and step \(difference.step)"
      )
    }
    try communicator.finish()
  }
}
