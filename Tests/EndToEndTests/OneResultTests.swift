import Foundation
import Kernels
import TestSupport
import Testing

/// One run, one result: the same bits for any number of ranks, instruction set and interruption.
@Suite(.serialized) struct OneResultTests {
  /// The uninterrupted run without mpirun, made once.
  private static let reference = Result {
    let sandbox = try Sandbox()
    let finished = try sandbox.train("reference")
    #expect(finished.status == 0, "\(finished.errors)")
    return (sandbox: sandbox, digest: try sandbox.digest("reference"))
  }

  private func expectReference(_ name: String, _ sandbox: Sandbox) throws {
    #expect(try sandbox.digest(name) == Self.reference.get().digest)
    // Records are whole too: every step once, in order, whatever happened on the way.
    let steps = try sandbox.records(name).filter { $0["kind"] as? String == "step" }
    #expect(steps.map { $0["step"] as? Int } == Array(1...Sandbox.steps))
    let paths = steps.map { $0["path"] as? String }
    #expect(paths[0] == "standard" && paths[11] == "gated" && paths[22] == "standard")
  }

  @Test(arguments: [1, 2, 3, 4]) func anyNumberOfRanks(_ ranks: Int) throws {
    let sandbox = try Self.reference.get().sandbox
    let finished = try sandbox.train("ranks-\(ranks)", ranks: ranks)
    #expect(finished.status == 0, "\(finished.errors)")
    try expectReference("ranks-\(ranks)", sandbox)
  }

  @Test(
    .enabled(if: CPULevel.best == .avx512, "SKIPPED: this CPU has no AVX-512"),
    arguments: CPULevel.allCases)
  func anyInstructionSet(_ level: CPULevel) throws {
    let sandbox = try Self.reference.get().sandbox
    let finished = try sandbox.train(
      level.rawValue, ranks: 2, environment: ["CSG_CPU": level.rawValue])
    #expect(finished.status == 0, "\(finished.errors)")
    try expectReference(level.rawValue, sandbox)
  }

  @Test(arguments: [(2, 3, 14), (4, 1, 22), (nil, 2, 1)] as [(Int?, Int?, Int)])
  func stoppedAndResumed(_ ranks: Int?, _ later: Int?, _ step: Int) throws {
    let sandbox = try Self.reference.get().sandbox
    let name = "stopped-\(step)"
    let stopped = try sandbox.train(name, ["--max-steps", "\(step)"], ranks: ranks)
    #expect(stopped.status == 0, "\(stopped.errors)")
    let resumed = try sandbox.train(name, ["--resume", "auto"], ranks: later)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("resuming after step \(step) "))
    try expectReference(name, sandbox)
    let again = try sandbox.train(name, ["--resume", "auto"])
    #expect(again.status == 0 && again.errors.contains("nothing to do"))
  }

  @Test(
    arguments: [(3, 2, SIGUSR1), (nil, 4, SIGUSR1), (nil, nil, SIGTERM)]
      as [(Int?, Int?, Int32)])
  func stoppedBySignalAndResumed(_ ranks: Int?, _ later: Int?, _ signal: Int32) throws {
    let sandbox = try Self.reference.get().sandbox
    let name = "signal-\(signal)-\(ranks ?? 0)"
    let program = try sandbox.start(name, ranks: ranks)
    #expect(program.waitForError(containing: "step 13 "))
    program.send(signal)
    let stopped = program.finish()
    #expect(stopped.status == 75, "\(stopped.errors)")
    #expect(stopped.lastErrorLine.contains("--resume auto"))
    let resumed = try sandbox.train(name, ["--resume", "auto"], ranks: later)
    #expect(resumed.status == 0, "\(resumed.errors)")
    try expectReference(name, sandbox)
  }

  @Test func oneRankKilledAndResumed() throws {
    let sandbox = try Self.reference.get().sandbox
    let program = try sandbox.start("killed", ranks: 3)
    #expect(program.waitForError(containing: "step 18 "))
    let rank = try #require(program.children().last)
    kill(rank, SIGKILL)
    let killed = program.finish()
    #expect(killed.status != 0)
    let resumed = try sandbox.train("killed", ["--resume", "auto"], ranks: 2)
    #expect(resumed.status == 0, "\(resumed.errors)")
    try expectReference("killed", sandbox)
  }

  @Test func aDamagedNewestCheckpointIsNamedAndTheOneBeforeItTaken() throws {
    let sandbox = try Self.reference.get().sandbox
    #expect(try sandbox.train("damaged", ["--max-steps", "14"], ranks: 2).status == 0)
    let newest = sandbox.folder("runs/damaged/checkpoints/step-000000014.h5")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
    bytes[bytes.count / 2] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: newest))
    let resumed = try sandbox.train("damaged", ["--resume", "auto"], ranks: 2)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("step-000000014.h5: is damaged"))
    #expect(resumed.errors.contains("resuming after step 12 "))
    try expectReference("damaged", sandbox)
  }

  @Test func aRankThatHangsEndsTheJob() throws {
    let sandbox = try Self.reference.get().sandbox
    let program = try sandbox.start(
      "hung", ["--set", "lockstep.timeout_seconds=2", "--set", "epochs=300"], ranks: 2)
    #expect(program.waitForError(containing: "step 5 "))
    let rank = try #require(program.children().last)
    kill(rank, SIGSTOP)
    let hung = program.finish()
    #expect(hung.status != 0)
    #expect(hung.errors.contains("rank 0 waited more than 2 s in all-reduce at step"))
  }
}
