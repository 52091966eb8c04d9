import Foundation
import TestSupport
import Testing

/// `launch/supervise`, which starts a run again.
@Suite struct SuperviseTests {
  /// A sandbox in which `undisturbed` ran to its end.
  private static let made = Result {
    let sandbox = try Sandbox()
    let finished = try sandbox.train("undisturbed")
    #expect(finished.status == 0, "\(finished.errors)")
    return sandbox
  }

  private let sandbox: Sandbox

  init() throws { sandbox = try Self.made.get() }

  private static let supervise = "\(Places.root)/launch/supervise"

  private func start(
    _ name: String, _ more: [String] = [], options: [String] = [], fault: Fault? = nil
  ) throws -> Program {
    let command =
      [Self.supervise] + options + ["--", "\(Places.root)/launch/run", "2", "train", "run.yaml"]
      + ["--output", "runs/\(name)"] + more
    guard let fault else {
      return try Program(
        command: command, in: sandbox.path, environment: ["CSG_PROGRAM": Places.program])
    }
    return try FaultLibrary.start(command: command, in: sandbox.folder, fault: fault)
  }

  /// What the supervisor itself said, without the time.
  private func events(_ finished: Finished) -> [String] {
    finished.errors.split(separator: "\n").compactMap { line in
      line.components(separatedBy: " launch/supervise: ").dropFirst().first
    }
  }

  @Test func aKilledRankCostsNoBit() throws {
    let checkpoint = "runs/killed/checkpoints/step-000000012.h5"
    let finished = try start(
      "killed", fault: Fault(match: "rename \(checkpoint)", number: 1, deed: "kill-after")
    ).finish()
    #expect(finished.status == 0, "\(finished.errors)")
    let events = events(finished)
    #expect(events.count == 4, "\(events)")
    #expect(events[0].hasPrefix("start 1 of 10: "))
    #expect(events[1].hasPrefix("ended with 137"))
    #expect(events[3] == "the run is complete")
    #expect(finished.errors.contains("resuming after step 12 "))
    #expect(try sandbox.digest("killed") == sandbox.digest("undisturbed"))
    let steps = try sandbox.records("killed").filter { $0["kind"] as? String == "step" }
    #expect(steps.map { $0["step"] as? Int } == Array(1...Sandbox.steps))
  }

  /// Killed each time before anything is saved.
  @Test func aLoopIsGivenUp() throws {
    let finished = try start(
      "loop",
      fault: Fault(
        match: "rename runs/loop/checkpoints/step-000000004.h5", number: 1, deed: "kill-before")
    ).finish()
    #expect(finished.status == 137, "\(finished.errors)")
    let events = events(finished)
    #expect(events.filter { $0.hasPrefix("start ") }.count == 3, "\(events)")
    #expect(events[1].hasSuffix("starting again in 1 s"))
    #expect(events[3].hasSuffix("starting again in 2 s"))
    #expect(events.last?.hasSuffix("nothing was saved between three failures; given up") == true)
  }

  @Test(
    arguments: [
      (["--set", "batch_size=0"], 78), (["--set", "data.train=none"], 66), (["--unknown"], 64),
    ] as [([String], Int32)])
  func whatWouldComeAgainIsGivenUp(_ more: [String], _ status: Int32) throws {
    let finished = try start("again", more).finish()
    #expect(finished.status == status, "\(finished.errors)")
    let events = events(finished)
    #expect(events.filter { $0.hasPrefix("start ") }.count == 1, "\(events)")
    #expect(events.last?.hasSuffix("a fault that would come again; given up") == true)
  }

  @Test func startsAreCounted() throws {
    let finished = try start(
      "counted", options: ["--attempts", "1"],
      fault: Fault(
        match: "rename runs/counted/checkpoints/step-000000008.h5", number: 1, deed: "kill-after")
    ).finish()
    #expect(finished.status == 137, "\(finished.errors)")
    #expect(events(finished).last?.hasSuffix("it was the last of 1 starts; given up") == true)
  }

  /// The launcher has room for two.
  @Test(arguments: [(1, Int32(0)), (3, 1)])
  func asManyRanksAsCanBeHad(_ least: Int, _ status: Int32) throws {
    let root = getuid() == 0 ? ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] : []
    let finished = try Program(
      command: [Self.supervise, "--min-ranks", "\(least)", "--", "mpirun", "--bind-to", "none"]
        + ["--host", "localhost:2", "-n", "4", Places.program, "train", "run.yaml"]
        + ["--output", "runs/fewer-\(least)", "--max-steps", "2"],
      in: sandbox.path, environment: Dictionary(uniqueKeysWithValues: root.map { ($0, "1") })
    ).finish()
    #expect(finished.status == status, "\(finished.errors)")
    let events = events(finished)
    #expect(
      events[1].contains(
        status == 0 ? "of 4 ranks 2 can be started" : "the launcher cannot start 3 ranks now"),
      "\(events)")
    #expect(events.last?.hasSuffix(status == 0 ? "the run is complete" : "given up") == true)
  }

  /// Between two starts, when there is no job to pass it on to.
  @Test func aStopBetweenStartsEndsIt() throws {
    let supervised = try start(
      "between",
      fault: Fault(
        match: "rename runs/between/checkpoints/step-000000004.h5", number: 1, deed: "kill-before"))
    #expect(supervised.waitForError(containing: "starting again in 1 s"))
    supervised.send(SIGTERM)
    let stopped = supervised.finish()
    #expect(stopped.status == 75, "\(stopped.errors)")
    #expect(events(stopped).filter { $0.hasPrefix("start ") }.count == 1)
  }

  @Test(arguments: [SIGUSR1, SIGTERM, SIGINT]) func aStopIsPassedOn(_ signal: Int32) throws {
    let supervised = try start("stopped-\(signal)", ["--set", "epochs=3000"])
    #expect(supervised.waitForError(containing: "saved runs/stopped-\(signal)/"))
    supervised.send(signal)
    let stopped = supervised.finish()
    #expect(stopped.status == 75, "\(stopped.errors)")
    let events = events(stopped)
    #expect(events.filter { $0.hasPrefix("start ") }.count == 1, "\(events)")
    #expect(events.contains { $0.hasPrefix("asked to end by SIG") })
  }

  /// What the supervisor said of a command for whose launcher a script stands in.
  private func supervised(
    _ command: String, in folder: TemporaryFolder, _ more: [String: String] = [:]
  ) throws -> (finished: Finished, events: [String]) {
    let finished = try Program(
      command: [Self.supervise] + command.split(separator: " ").map(String.init),
      in: folder.path, environment: folder.withStandIns(more)
    ).finish()
    return (finished, events(finished))
  }

  /// A host that cannot be reached so many times; nothing has been resumed until then.
  @Test(arguments: [(2, Int32(0)), (9, 69)])
  func awayHostsAreWaitedFor(_ times: Int, _ status: Int32) throws {
    let folder = try TemporaryFolder()
    try folder.write("hosts", "node1 slots=2\n")
    try folder.standIn("mpirun", "exit 0")
    let ssh = try folder.standIn(
      "ssh",
      """
      echo >>"$0.asked"
      (($(wc -l <"$0.asked") > \(times))) || exit 255
      echo ok 2
      """)
    let (finished, events) = try supervised(
      "--attempts 4 --min-ranks 2 -- \(Places.root)/launch/hosts hosts -n 2 train run.yaml"
        + " --resume=old.h5", in: folder, ["LAUNCH_SSH": ssh])
    #expect(finished.status == status, "\(finished.errors)")
    let waits = "ended with 69; the launcher cannot start 2 ranks now: starting again in 1 s"
    #expect(events[1] == waits, "\(events)")
    #expect(events[2].hasPrefix("start 2 of 4: ") && events[2].hasSuffix(" --resume old.h5"))
    #expect(
      events.last
        == (status == 0
          ? "the run is complete" : "ended with 69: it was the last of 4 starts; given up"))
  }

  /// Slurm has room for two.
  @Test(arguments: ["-n 4 -c 1", "-c 1 -n4", "-c 1 --ntasks=4"])
  func sRunsWordsAreUnderstood(_ words: String) throws {
    let folder = try TemporaryFolder()
    try folder.standIn("srun", "[[ $* =~ -n\\ ([0-9]+) ]] && ((BASH_REMATCH[1] <= 2))")
    let (finished, events) = try supervised("-- srun \(words) csg-dist train run.yaml", in: folder)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(events[1].contains("of 4 ranks 2 can be started"), "\(events)")
  }

  /// Slurm waits for nodes, for as long as it takes.
  @Test func aTrialIsNotWaitedForLong() throws {
    let folder = try TemporaryFolder()
    try folder.standIn("srun", "[[ $* != *true ]] || exec sleep 600; exit 1")
    let (finished, events) = try supervised(
      "--attempts 2 --min-ranks 2 -- srun -n 2 csg-dist train run.yaml", in: folder,
      ["LAUNCH_TIMEOUT": "1"])
    #expect(finished.status == 1, "\(finished.errors)")
    #expect(events[1].contains("the launcher cannot start 2 ranks now"), "\(events)")
  }

  @Test(arguments: [
    "train run.yaml", "-- csg-dist evaluate run", "-- train run.yaml", "--attempts 0 -- x train",
    "--attempts", "-- mpirun -n x csg-dist train run.yaml",
  ])
  func badRequestsAreRefused(_ arguments: String) throws {
    let finished = try Program(
      command: [Self.supervise] + arguments.split(separator: " ").map(String.init),
      in: sandbox.path
    ).finish()
    #expect(finished.status == 64, "\(finished.errors)")
    #expect(!finished.errors.isEmpty && events(finished).allSatisfy { $0.hasPrefix("error: ") })
  }
}
