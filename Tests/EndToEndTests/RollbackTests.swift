import Communicator
import Events
import Foundation
import Storage
import TestSupport
import Testing

/// `numerics.on_nonfinite: rollback`, where a step is not finite by a fault that does not come again: a product of
/// matrices that gives no number (`Tests/Faults/flips.c`), or a wrong bit of θ.
///
/// Eight steps of three replicas, four an epoch; step 6 is the one.
@Suite(
  .enabled(if: PreloadedLibrary.compiler != nil, Comment(rawValue: PreloadedLibrary.noCompiler)))
struct RollbackTests {
  private static let sets = [
    "compute.threads=1", "compute.convolution=gemm", "replicas=3", "batch_size=12", "data.limit=48",
    "gate.period=2", "gate.csg_start=0", "epochs=2", "evaluate.every_epochs=0",
    "checkpoint.every_steps=3",
  ].flatMap { ["--set", $0] }
  private static let rollback = ["--set", "numerics.on_nonfinite=rollback"]
  private static let step = 6, steps = 8
  private static let fourth = "step-000000004.h5", sixth = "step-000000006.h5"

  /// A run that skips the step, the library, and the matrix products of a replica.
  private static let reference = Result {
    let sandbox = try Sandbox()
    let library = try PreloadedLibrary("flips")
    let counted = try sandbox.train(
      "counted", sets + ["--max-steps", "1"],
      environment: ["LD_PRELOAD": library.path, "FLIPS_LOG": sandbox.folder("products")])
    try #require(counted.status == 0, "\(counted.errors)")
    let text = try String(contentsOfFile: sandbox.folder("products"), encoding: .utf8)
    let products = try #require(text.split(separator: " ").first.flatMap { Int($0) })
    try #require(products > 0 && products % 3 == 0, "\(products)")
    let skipping = try sandbox.train(
      "skipping", sets + ["--set", "numerics.on_nonfinite=skip"],
      environment: fault(library, products / 3))
    try #require(skipping.status == 0, "\(skipping.errors)")
    return (
      sandbox: sandbox, library: library, products: products / 3,
      digest: try sandbox.digest("skipping")
    )
  }

  /// The step's first product of rank 0 gives no number.
  private static func fault(_ library: PreloadedLibrary, _ products: Int, ranks: Int? = nil)
    -> [String: String]
  {
    let owned = ReductionTree.owned(by: 0, replicas: 3, ranks: ranks ?? 1).count
    var environment = [
      "LD_PRELOAD": library.path, "FLIPS_IN": "product", "FLIPS_NAN": "1",
      "FLIPS_AT": "\((step - 1) * owned * products + 1)",
    ]
    if ranks != nil { environment["FLIPS_RANK"] = "0" }
    return environment
  }

  private func fault(ranks: Int? = nil) throws -> [String: String] {
    let reference = try Self.reference.get()
    return Self.fault(reference.library, reference.products, ranks: ranks)
  }

  /// That nothing differs from the run that skips the step but the line of the rollback.
  private func expectSkipped(
    _ name: String, to checkpoint: Int, location: SourceLocation = #_sourceLocation
  ) throws {
    let (sandbox, _, _, digest) = try Self.reference.get()
    #expect(try sandbox.digest(name) == digest, sourceLocation: location)
    func records(_ name: String) throws -> [String] {
      try sandbox.records(name).filter { $0["kind"] as? String != "rollback" }.map { record in
        ["kind", "step", "loss", "train_loss", "gradient_norm", "density"]
          .map { "\($0) \(record[$0] ?? "-")" }.joined(separator: " ")
      }
    }
    func events(_ name: String) throws -> [Int] {
      try sandbox.eventFiles(name).flatMap { file in
        EventFile.events(in: [UInt8](try Data(contentsOf: URL(fileURLWithPath: file))))
      }.compactMap { event in
        if case .values = event.content { event.step } else { nil }
      }
    }
    let expected = try records("skipping")
    #expect(
      expected.filter { $0.hasPrefix("kind skip") }.map { $0.prefix(16) } == ["kind skip step 6"])
    #expect(try records(name) == expected, sourceLocation: location)
    #expect(try events(name) == events("skipping"), sourceLocation: location)
    let rollbacks = try sandbox.records(name).filter { $0["kind"] as? String == "rollback" }
    try #require(rollbacks.count == 1, sourceLocation: location)
    #expect(rollbacks[0]["step"] as? Int == Self.step, sourceLocation: location)
    #expect(rollbacks[0]["epoch"] as? Int == 1, sourceLocation: location)
    #expect(rollbacks[0]["checkpoint"] as? Int == checkpoint, sourceLocation: location)
    let reason = rollbacks[0]["reason"] as? String ?? ""
    #expect(reason.contains("gradient/"), "\(reason)", sourceLocation: location)
  }

  private func leftOut(_ name: String, _ file: String) throws -> [Double]? {
    let sandbox = try Self.reference.get().sandbox
    return try Checkpoint(reading: sandbox.folder("runs/\(name)/checkpoints/\(file)"))
      .history["left_out"]
  }

  /// Without mpirun, and on 2 and 3 ranks.
  @Test(arguments: [nil, 2, 3] as [Int?]) func theStepsAreTakenAgainWithoutIt(_ ranks: Int?) throws
  {
    let sandbox = try Self.reference.get().sandbox
    let name = "back-\(ranks ?? 0)"
    let finished = try sandbox.train(
      name, Self.sets + Self.rollback, ranks: ranks, environment: fault(ranks: ranks))
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(
      finished.errors.contains("warning: step 6 is left out, back to step 4: the loss is nan, and"),
      "\(finished.errors)")
    try expectSkipped(name, to: 4)
    #expect(try leftOut(name, Self.fourth) == nil && leftOut(name, Self.sixth) == [6])
    // Where the fault does not come, the step is to be left out all the same.
    let replayed = try Program.run(
      ["replay", "runs/\(name)", "--from", Self.fourth, "--steps", "4"], ranks: ranks,
      in: sandbox.path)
    #expect(replayed.status == 0, "\(replayed.errors)")
    #expect(replayed.output.contains("step 8  checkpoint  equal"), "\(replayed.output)")
  }

  /// Between the line of the rollback and its cut, after it, and as the next checkpoint gets its place; resumed
  /// without the fault, on another number of ranks.
  @Test(
    arguments: [
      ("metrics.jsonl", "kill-before", nil, 2), ("metrics.jsonl", "kill-after", 2, nil),
      ("checkpoints/step-000000006.h5", "kill-before", nil, nil),
      ("checkpoints/step-000000006.h5", "kill-after", 2, 3),
    ] as [(String, String, Int?, Int?)])
  func aRunThatIsKilledGoesTheSameWay(
    _ file: String, _ deed: String, _ ranks: Int?, _ later: Int?
  ) throws {
    let sandbox = try Self.reference.get().sandbox
    let name = "killed-\(file.prefix(4))-\(deed)"
    let killed = try FaultLibrary.run(
      ["train", "run.yaml", "--output", "runs/\(name)"] + Self.sets + Self.rollback,
      in: sandbox.folder, fault: Fault(match: "rename runs/\(name)/\(file)", number: 1, deed: deed),
      ranks: ranks, rank: ranks == nil ? nil : 0, environment: fault(ranks: ranks)
    ).finished
    #expect(killed.status != 0 && killed.errors.contains("saved runs/\(name)/checkpoints/step-"))
    let resume = Self.sets + Self.rollback + ["--resume", "auto"]
    let resumed = try sandbox.train(name, resume, ranks: later)
    #expect(resumed.status == 0, "\(resumed.errors)")
    try expectSkipped(name, to: 4)
  }

  /// A checkpoint that comes after the rollback and before the step says so by itself.
  @Test func aCheckpointKnowsWhatIsLeftOut() throws {
    let (sandbox, _, _, digest) = try Self.reference.get()
    let killed = try FaultLibrary.run(
      ["train", "run.yaml", "--output", "runs/alone"] + Self.sets + Self.rollback,
      in: sandbox.folder,
      fault: Fault(match: "rename runs/alone/metrics.jsonl", number: 1, deed: "kill-after"),
      environment: fault()
    ).finished
    #expect(killed.status == 128 + SIGKILL, "\(killed.errors)")
    let resume = Self.sets + Self.rollback + ["--resume", "auto"]
    let resumed = try sandbox.train("alone", resume + ["--max-steps", "5"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try leftOut("alone", "step-000000005.h5") == [6])
    try FileManager.default.removeItem(atPath: sandbox.folder("runs/alone/metrics.jsonl"))
    let finished = try sandbox.train("alone", resume)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(try sandbox.digest("alone") == digest)
  }

  /// Where `skip` would go on from a net that is lost: the highest bit of a weight's exponent changes as the run
  /// rests after step 5.
  @Test func aStateThatHasGoneWrongIsTakenBack() throws {
    let sandbox = try Self.reference.get().sandbox
    let program = try sandbox.start(
      "wrong",
      // No step is verified, but saves are waited for.
      Self.sets + Self.rollback
        + ["--set", "checkpoint.every_steps=5", "--set", "verify.replay_every=1000000"],
      ranks: nil, untilSaved: 5)
    let waiting = try #require(try program.stoppedProcess())
    // Not in its place yet; after step 4 the same run, which saved there.
    let file = try #require(
      FileManager.default.contentsOfDirectory(atPath: sandbox.folder("runs/wrong/checkpoints"))
        .first { $0.contains("step-000000005") })
    let values = try HDF5File(reading: sandbox.folder("runs/wrong/checkpoints/\(file)"))
      .dataset("parameters/layer3.0.bn2.weight").readAll(Float.self)
    do {
      #expect(try Memory.flip(values, in: waiting, bit: 30), "the tensor was found in its memory")
    } catch Memory.Refused.memory {
      program.send(SIGKILL)
      _ = program.finish()
      print("SKIPPED: this system lets no process write another's memory")
      return
    }
    kill(waiting, SIGCONT)
    let finished = program.finish()
    #expect(finished.status == 0, "\(finished.errors)")
    try expectSkipped("wrong", to: 5)
  }
}
