import Foundation
import TestSupport
import Testing

/// What a person at a terminal sees of a run, and what Ctrl-C does there.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct TerminalTests {
  /// Runs to its end at a terminal of so many columns, and plays what was recorded.
  private func record(
    _ command: [String], in folder: TemporaryFolder, columns: Int,
    environment: [String: String] = [:]
  ) throws -> (screen: Screen, recording: String, status: Int32) {
    let terminal = try Terminal(columns: columns)
    var environment = environment
    environment["TERM"] = "xterm"
    environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    let finished = try Program(
      command: command, in: folder.path, environment: environment, terminal: terminal
    ).finish()
    let recording = terminal.recording()
    return (Screen(recording, columns: columns), recording, finished.status)
  }

  private func train(_ more: String...) -> [String] {
    [Places.program] + FaultyCommand.train(more).arguments
  }

  private static let mpirun = [
    "mpirun", "--quiet", "--oversubscribe", "--bind-to", "none", "-n", "2",
  ]

  @Test(arguments: [80, 132, 40]) func theBarIsOneLineOfAnyTerminal(_ columns: Int) throws {
    let folder = try FaultyCommand.train([]).folder()
    let (screen, recording, status) = try record(train(), in: folder, columns: columns)
    #expect(status == 0, "\(recording)")
    let drawn = recording.components(separatedBy: "\u{1B}[J").filter { $0.contains("/3") }
      .map { $0.prefix { $0 != "\r" } }.filter { $0.hasPrefix("epoch ") && !$0.contains("done") }
    #expect(drawn.count >= 2 && drawn.allSatisfy { $0.count < columns }, "\(drawn)")
    #expect(screen.mostBars == (columns > 30 ? 1 : 0), "\(recording)")
    #expect(!screen.texts.contains { $0.contains("█") }, "the bar is gone at the end")
    let epochs = screen.texts.filter { $0.hasPrefix("epoch ") }
    #expect(epochs.count == 2 && epochs.allSatisfy { $0.contains(" done  ") }, "\(screen.texts)")
    #expect(drawn.contains { $0.contains(" left") } == (columns >= 80), "\(drawn)")
  }

  /// Under mpirun, whose pipes keep lines: one an epoch, with the time left.
  @Test(arguments: [80, 132]) func underMPIRunEachEpochHasALine(_ columns: Int) throws {
    let folder = try FaultyCommand.train([]).folder()
    let (screen, recording, status) = try record(
      Self.mpirun + train(), in: folder, columns: columns)
    #expect(status == 0, "\(recording)")
    #expect(screen.mostBars == 0 && !recording.contains("\u{1B}"), "\(recording)")
    let epochs = recording.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("epoch ") }
    #expect(epochs.count == 2 && epochs.allSatisfy { $0.contains(" done  ") }, "\(recording)")
    #expect(epochs.first?.contains(#/ s  \d+:\d\d:\d\d left$/#) == true, "\(epochs)")
    #expect(epochs.last?.hasSuffix(" s") == true, "\(epochs)")
  }

  /// A terminal that becomes narrower breaks what stands there; the next drawing clears all of it.
  @Test func aScreenIsClearedFromTheBeginningOfTheBar() {
    let bar = "epoch 0 standard ████░░░░ 1/3  loss 1.234"
    var screen = Screen("line\r\n\r\u{1B}[J\(bar)\r\r\u{1B}[Jshort\r", columns: 20)
    #expect(screen.broken == 2 && screen.mostBars <= 2)
    screen = Screen("line\r\n\r\u{1B}[J\(bar)\r\r\u{1B}[Jshort\r\r\u{1B}[Jlast\r\n", columns: 50)
    #expect(screen.texts == ["line", "last", ""])
  }

  // MARK: Ctrl-C

  /// Digest of the run that nobody disturbed.
  private static let undisturbed = Result {
    let command = FaultyCommand.train([])
    let folder = try command.folder()
    let finished = try Program.run(command.arguments, in: folder.path)
    try #require(finished.status == 0, "\(finished.errors)")
    return try Self.digest(folder)
  }

  private static func digest(_ folder: TemporaryFolder) throws -> String {
    try Program.run(["inspect", "run", "--digest"], in: folder.path).output
  }

  /// What a run that was ended comes to when it goes on.
  private func expectUndisturbed(
    _ folder: TemporaryFolder, location: SourceLocation = #_sourceLocation
  ) throws {
    let command = FaultyCommand.train([])
    let resumed = try Program.run(command.again, in: folder.path)
    #expect(resumed.status == 0, "\(resumed.errors)", sourceLocation: location)
    #expect(try Self.digest(folder) == Self.undisturbed.get(), sourceLocation: location)
  }

  private static let evaluation = "pread data/test/shard-00000"

  /// As the data are opened; as a step is recorded; as the first evaluation reads its first sample; as a checkpoint is
  /// written, and put in its place. A rank that is signalled alone stops all.
  @Test(arguments: [
    ("SIGINT", "open data/train/shard", false), ("SIGINT", "write run/metrics.jsonl", true),
    ("SIGINT", evaluation, true), ("SIGINT", "write run/checkpoints/", true),
    ("SIGINT", "rename run/checkpoints/step-000000002", true),
    ("SIGTERM", "write run/metrics.jsonl", true),
  ])
  func aRunThatIsInterruptedSavesOnceItTakesSteps(_ signal: String, _ match: String, saves: Bool)
    throws
  {
    for ranks in [nil, 2] {
      let command = FaultyCommand.train([])
      let folder = try command.folder()
      var number = 1
      if match == Self.evaluation {
        // What is read of the split without one: as it is opened.
        number += try FaultLibrary.run(
          command.arguments + ["--max-steps", "2"], in: command.folder(), match: match,
          ranks: ranks, rank: ranks == nil ? nil : 0
        ).calls.count
      }
      let fault = Fault(match: match, number: number, deed: signal)
      let (stopped, calls) = try FaultLibrary.run(
        command.arguments, in: folder, fault: fault, ranks: ranks, rank: ranks == nil ? nil : 0)
      #expect(calls.count >= number, "\(match)")
      if saves {
        let start = ranks == nil ? "" : "mpirun --quiet --oversubscribe --bind-to none -n 2 "
        #expect(stopped.status == 75, "\(stopped.status): \(stopped.errors)")
        #expect(
          stopped.lastErrorLine.hasSuffix(
            "go on with: \(start)\(Places.program) train run.yaml --output run --resume auto"),
          "\(stopped.errors)")
        #expect(
          stopped.errors.contains("a second Ctrl-C quits at once") == (signal == "SIGINT"),
          "\(stopped.errors)")
      } else {
        // mpirun has a status of its own for a rank that died of a signal.
        #expect(ranks == nil ? stopped.status == 130 : stopped.status != 0)
        #expect(stopped.lastErrorLine.contains("ended by SIGINT before all was done; go on with: "))
      }
      try expectUndisturbed(folder)
    }
  }

  /// It waits at each record: the first signal is noted between two of them.
  @Test func aSecondOneQuitsAtOnce() throws {
    let command = FaultyCommand.train([])
    let folder = try command.folder()
    let fault = Fault(match: "write run/metrics.jsonl", number: 1, deed: "SIGSTOP", isSticky: true)
    let program = try FaultLibrary.start(command.arguments, in: folder, fault: fault)
    for _ in 1...2 {
      let waiting = try #require(try program.stoppedProcess())
      program.send(SIGINT)
      #expect(Program.resume(waiting, after: SIGINT))
    }
    let ended = program.finish()
    #expect(ended.status == 130 && ended.errors.contains("saving after this step"))
    #expect(ended.lastErrorLine.contains("ended by SIGINT"), "\(ended.errors)")
    try expectUndisturbed(folder)
  }

  /// The terminal's Ctrl-C does not reach mpirun, but the ranks as SIGUSR1.
  @Test func throughLaunchRun() throws {
    let command = FaultyCommand.train([])
    let folder = try command.folder()
    let terminal = try Terminal(columns: 80)
    let fault = Fault(
      match: "rename run/checkpoints/step-000000002", number: 1, deed: "SIGSTOP")
    let launched = try FaultLibrary.start(
      command: ["setsid", "--ctty", "--wait", Self.launch, "2"] + command.arguments,
      in: folder, fault: fault, terminal: terminal)
    let waiting = try #require(try launched.stoppedProcess())
    terminal.interrupt()
    #expect(Program.resume(waiting, after: SIGUSR1))
    let status = launched.finish().status
    let recording = terminal.recording()
    #expect(status == 75, "\(recording)")
    #expect(recording.contains("launch/run: saving after this step"), "\(recording)")
    #expect(
      recording.contains(
        "go on with: \(Self.launch) 2 train run.yaml --output run --resume auto"), "\(recording)")
    try expectUndisturbed(folder)
  }

  // MARK: launch/run --stop

  private static let launch = "\(Places.root)/launch/run"

  private func stop(_ run: String, in folder: TemporaryFolder) throws -> Program {
    try Program(command: [Self.launch, "--stop", run], in: folder.path)
  }

  @Test(arguments: [nil, 2]) func aRunIsStoppedByItsDirectory(_ ranks: Int?) throws {
    let command = FaultyCommand.train([])
    let folder = try command.folder()
    let fault = Fault(
      match: "rename run/checkpoints/step-000000002", number: 1, deed: "SIGSTOP")
    let program = try FaultLibrary.start(command.arguments, in: folder, fault: fault, ranks: ranks)
    let waiting = try #require(try program.stoppedProcess())
    let stop = try stop("run/", in: folder)
    #expect(Program.resume(waiting, after: SIGUSR1))
    #expect(program.finish().status == 75)
    let stopped = stop.finish()
    #expect(stopped.status == 0, "\(stopped.errors)")
    // It stops after the step that it was in, of the two that may come before the next save.
    let newest = try #require(
      ["step-000000003.h5", "step-000000004.h5"].last {
        FileManager.default.fileExists(atPath: folder("run/checkpoints/\($0)"))
      })
    #expect(
      stopped.lastErrorLine
        == "launch/run: run has saved \(newest) and ended; train with --resume auto goes on from there"
    )
    let again = try self.stop("run", in: folder).finish()
    #expect(again.status == 0)
    #expect(
      again.lastErrorLine
        == "launch/run: no process writes run; its newest checkpoint: \(newest)")
    try expectUndisturbed(folder)
  }

  @Test func whatIsNoRunIsNotStopped() throws {
    let missing = try stop("nothing", in: TemporaryFolder()).finish()
    #expect(missing.status == 66, "\(missing.errors)")
    let folder = try TemporaryFolder()
    try folder.write("run/.lock", "process 1\nhost elsewhere\n")
    let other = try stop("run", in: folder).finish()
    #expect(other.status == 1 && other.lastErrorLine.contains("was last written on elsewhere"))
  }
}
