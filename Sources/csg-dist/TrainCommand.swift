import ArgumentParser
import Communicator
import Core
import Foundation
import Inference
import Kernels
import Training

/// Trains, or goes on training.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a network as a configuration says.",
    discussion: """
      The result depends on configuration, data and seed alone: not on the number of ranks, nor on \
      stops and restarts.

      Each epoch takes one of two paths from the last activations to the loss: the STD path, \
      `standard` in keys and files, which predicts; or the CSG path, `gated`, whose activations are first multiplied by \
      the gate row of the sample's label. A batch is cut into `replicas` parts, each with batch norms of its own, \
      which the ranks share out: how many ranks there are changes no result.

      Ctrl-C or SIGUSR1 (without mpirun also SIGTERM) saves after the step that is being taken, says how to go on \
      and exits with 75; a second Ctrl-C quits at once. Before the first step Ctrl-C ends the run, and SIGTERM \
      leaves it 20 seconds. On Ctrl-C mpirun itself leaves its ranks one second, in which a step and a save must \
      have room (ten by --mca odls_base_sigkill_timeout 10, after ten in which they work on), and exits with 1; \
      launch/run waits for them. launch/run --stop RUN stops a run that is not at a terminal.

      --trace FILE writes, as the run ends or is stopped, what every thread of every rank was at: a file for \
      https://ui.perfetto.dev. Of each thread the last 262,144 spans are kept, some 2,000 steps of ResNet-20, in 8 MiB; \
      --trace-steps takes others. Clocks of different hosts are compared at both ends of the run. It changes no bit of \
      the result. A run that fails writes none.

        mpirun -n 4 csg-dist train configs/quickstart.yaml
        mpirun -n 2 csg-dist train configs/quickstart.yaml --resume auto
        csg-dist train configs/quickstart.yaml --set epochs=1 --set name=try --max-steps 20
      """)

  @Argument(help: ArgumentHelp("Configuration file (YAML).", valueName: "config"))
  var file: String

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Change one key.", valueName: "key.path=value"))
  var sets: [String] = []

  @Option(
    help: ArgumentHelp(
      "Go on from the newest whole checkpoint, or from FILE.", valueName: "auto|file"))
  var resume: String?

  @Flag(help: "Start anew in an existing run directory.")
  var overwrite = false

  @Option(help: ArgumentHelp("Stop after step N of the whole run, and save.", valueName: "n"))
  var maxSteps: Int?

  @Option(help: ArgumentHelp("Run directory; by default runs/NAME.", valueName: "dir"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Write a timeline of all ranks and threads to FILE (JSON, for ui.perfetto.dev or chrome://tracing).",
      valueName: "file"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Steps A to B of the whole run, or A alone, whose timeline is written; by default all.",
      valueName: "a..b"))
  var traceSteps: String?

  @Flag(
    help: """
      Check configuration, data, memory and first weights, take a few steps to tell the time; print the plan and \
      every key, write nothing.
      """
  )
  var dryRun = false

  func validate() throws {
    guard resume != "" else { throw ValidationError("--resume names neither auto nor a file") }
    guard output != "" else { throw ValidationError("--output names no directory") }
    guard maxSteps ?? 1 > 0 else { throw ValidationError("--max-steps takes a number above 0") }
    guard !(overwrite && resume != nil) else {
      throw ValidationError("--overwrite and --resume exclude each other")
    }
    guard trace != "" else { throw ValidationError("--trace names no file") }
    guard traceSteps == nil || trace != nil else {
      throw ValidationError("--trace-steps says which steps --trace is of: add --trace FILE")
    }
    guard traceSteps.map({ TraceRequest.steps($0) != nil }) ?? true else {
      throw ValidationError("--trace-steps takes A..B, the first and the last step, from 1")
    }
    guard !(dryRun && trace != nil) else {
      throw ValidationError("--dry-run writes nothing, no --trace either")
    }
  }

  func run() throws {
    let configuration = try ResolvedConfiguration(file: file, sets: sets)
    let communicator = try Communicator.joined(
      Self.self,
      timeout: (configuration.values.lockstep.timeoutSeconds, "lockstep.timeout_seconds"))
    let level = try CPULevel.select()
    try communicator.agree(on: configuration.agreements + options + [.arithmetic(level)])
    let progress = Progress(batchSize: configuration.values.batchSize)
    let trainer = try Trainer(
      configuration, communicator: communicator, output: output, level: level,
      provenance: Provenance.text(communicator: communicator, level: level),
      report: progress.show)
    if dryRun {
      let summary = try trainer.rehearse(resumes: resume != nil)
      try Console.result("# \(summary.replacing("\n", with: "\n# "))\n\(configuration.text)")
      return try communicator.finish()
    }
    let mode: Trainer.Resume =
      switch resume {
      case nil: .never
      case "auto": .auto
      case .some(let path): .file(path)
      }
    let request = trace.map {
      TraceRequest(path: $0, steps: traceSteps.flatMap(TraceRequest.steps))
    }
    let outcome = try trainer.run(
      resume: mode, overwrite: overwrite, maxSteps: maxSteps, trace: request)
    switch outcome {
    case .finished: break
    case .alreadyDone(let step):
      let bound = maxSteps.map { "--max-steps \($0)" } ?? "all its epochs"
      Console.log("nothing to do: the run is at step \(step), which completes \(bound)")
    case .stopped: Console.log("stopped on request after saving; go on with: \(ResumeCommand.text)")
    }
    try communicator.finish()
    if case .stopped = outcome { throw Core.ExitCode.temporary.forParser }
  }

  /// What all ranks must have been asked alike, beside the configuration. (`--output` is rank 0's.)
  private var options: [Agreement] {
    [
      Agreement("--resume", resume.map { $0 == "auto" ? $0 : "a file" } ?? "not given"),
      Agreement("--overwrite", "\(overwrite)"),
      Agreement("--max-steps", maxSteps.map(String.init) ?? "not given"),
      Agreement("--dry-run", "\(dryRun)"),
      Agreement("--trace", trace == nil ? "not given" : "a file"),
      Agreement("--trace-steps", traceSteps ?? "not given"),
    ]
  }
}
