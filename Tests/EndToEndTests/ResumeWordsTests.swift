import Foundation
import TestSupport
import Testing

/// What a resumed run says and keeps of what changed.
@Suite struct ResumeWordsTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  @Test func moreEpochsThatRewriteThePastAreToldAndKept() throws {
    let sets = ["--set", "gate.schedule=standard"]
    #expect(try sandbox.train("a", sets).status == 0)
    let resumed = try sandbox.train("a", sets + ["--set", "epochs=4", "--resume", "auto"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    // Milestones [0.5, 0.75] of 3 epochs pass before epochs 2 and 3; of 4, at 2 and 3.
    #expect(!resumed.errors.contains("warning: epochs"), "the past is the same: \(resumed.errors)")

    let again = try sandbox.train("a", sets + ["--set", "epochs=9", "--resume", "auto"], ranks: 2)
    #expect(again.status == 0, "\(again.errors)")
    let warning = again.errors.split(separator: "\n").filter { $0.hasPrefix("warning: epochs") }
    #expect(
      warning == [
        "warning: epochs is 9, was 4: past steps would have had other rates, so that the result is "
          + "not that of a run of 9 epochs; from step 45 on the rate of θ is 0.1 (was at last 0.001)"
      ], "\(again.errors)")
    let third = try sandbox.train("a", sets + ["--set", "epochs=9", "--resume", "auto"])
    #expect(third.status == 0 && !third.errors.contains("warning"))
    let shown = try Program.run(["inspect", "runs/a"], in: sandbox.path)
    #expect(
      shown.output.contains(
        "changed: epochs 4 up to step 44, then 9: there the rate of θ is 0.1 (was at last 0.001)"),
      "\(shown.output)")
    let analyzed = try Program.run(
      ["analyze", "runs/a", "--data", "data", "--output", "out"], in: sandbox.path)
    #expect(analyzed.status == 0, "\(analyzed.errors)")
    let report = try String(contentsOfFile: sandbox.folder("out/report.html"), encoding: .utf8)
    #expect(report.contains("epochs 4 up to step 44, then 9"))
  }

  @Test func everyStepTellsItsRates() throws {
    #expect(try sandbox.train("a", ["--set", "learning_rate.warmup_epochs=1"]).status == 0)
    let steps = try sandbox.records("a").filter { $0["kind"] as? String == "step" }
    let rates = steps.compactMap { $0["learning_rate"] as? Double }
    #expect(rates.count == Sandbox.steps && abs(rates[0] - 0.1 / 11) < 1e-12 && rates[10] == 0.1)
    let ofGate = steps.map { $0["gate_learning_rate"] as? Double }
    #expect(ofGate[0] == nil && ofGate[11] == 0.1 && ofGate[22] == nil)
    #expect(steps.allSatisfy { $0.keys.contains("gate_learning_rate") }, "null is a value too")
  }

  @Test func linesThatAreLeftOutAreCounted() throws {
    #expect(try sandbox.train("a", ["--max-steps", "8"]).status == 0)
    let path = sandbox.folder("runs/a/metrics.jsonl")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try sandbox.folder.write("runs/a/metrics.jsonl", text + "{\"kind\":\"st")
    let resumed = try sandbox.train(
      "a",
      ["--resume", "runs/a/checkpoints/step-000000004.h5", "--max-steps", "9"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(
      resumed.errors.contains(
        "warning: metrics.jsonl: lines left out: 4 of later steps, 1 that cannot be read"),
      "\(resumed.errors)")
  }

  /// The directory goes away under a job, and another makes it anew: the first one writes no more.
  @Test func aJobWhoseDirectoryIsAnothersStops() throws {
    let first = try sandbox.start("a", ranks: nil, untilSaved: 8)
    let waiting = try #require(try first.stoppedProcess())
    let (old, aside) = (sandbox.folder("runs/a"), sandbox.folder("runs/aside"))
    try FileManager.default.moveItem(atPath: old, toPath: aside)
    let second = try sandbox.train("a", ["--max-steps", "4"])
    kill(waiting, SIGCONT)
    let finished = first.finish()
    #expect(finished.status == 73, "\(finished.errors)")
    #expect(finished.lastErrorLine.contains("runs/a: the directory was removed or made anew"))
    #expect(second.status == 0, "\(second.errors)")
    let names = sandbox.listing("runs/a/checkpoints").filter { $0.hasPrefix("step-") }
    #expect(names == ["step-000000004.h5"], "only the second's")
  }

  /// A checkpoint of another run, and a kill before the first save of the run that goes on from it: what
  /// is resumed is that run, not the one that had the directory.
  @Test func aCheckpointFromElsewhereIsWhatTheRunGoesOnFrom() throws {
    for (name, seed) in [("here", 1), ("there", 2)] {
      let steps = ["--set", "seed=\(seed)", "--max-steps", "8"]
      #expect(try sandbox.train(name, steps).status == 0)
    }
    let seed = ["--set", "seed=2"]
    #expect(
      try sandbox.train("there", seed + ["--resume", "auto", "--max-steps", "12"]).status == 0)
    let elsewhere = ["--resume", "runs/there/checkpoints/step-000000008.h5"]
    let long = ["--set", "checkpoint.every_steps=0", "--set", "epochs=300"]
    let program = try sandbox.start("here", seed + long + elsewhere, ranks: nil)
    #expect(program.waitForError(containing: "step 9 "))
    program.send(SIGKILL)
    #expect(program.finish().errors.contains("it is set aside"))
    let resumed = try sandbox.train("here", seed + ["--resume", "auto", "--max-steps", "12"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("resuming after step 8 "), "\(resumed.errors)")
    #expect(try sandbox.digest("here") == sandbox.digest("there"))
    let steps = try sandbox.records("here").filter { $0["kind"] as? String == "step" }
    #expect(steps.map { $0["step"] as? Int } == [9, 10, 11, 12], "the other run's are set aside")
  }

  @Test func noWordIsNoFile() throws {
    let refused = try sandbox.train("a", ["--resume", ""])
    #expect(refused.status == 64 && refused.errors.contains("--resume names neither"))
  }
}
