import Foundation
import Kernels
import TestSupport
import Testing

/// One run, one result: the same bits for any number of ranks, instruction set and interruption.
struct OneResultTests {
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

  @Test(arguments: [
    ["compute.overlap=false"], ["compute.bucket_megabytes=1"], ["compute.all_reduce=hosts"],
    ["compute.overlap=false", "compute.bucket_megabytes=1"],
  ])
  func anyWayOfSumming(_ keys: [String]) throws {
    let sandbox = try Self.reference.get().sandbox
    let name = keys.joined(separator: "-")
    let finished = try sandbox.train(name, keys.flatMap { ["--set", $0] }, ranks: 3)
    #expect(finished.status == 0, "\(finished.errors)")
    try expectReference(name, sandbox)
  }

  /// Gradients that are rounded to 16 bits are so in one process too, and make another result; which is refused to be
  /// mixed. Both paths, and norms that meet.
  @Test(arguments: ["replica", "sync"]) func gradientsOfSixteenBits(_ norm: String) throws {
    let sandbox = try Self.reference.get().sandbox
    var digests: Set<String> = []
    func train(_ name: String, _ keys: [String], ranks: Int?, more: [String] = []) throws
      -> Finished
    {
      let sets = ["gate.period=1", "batch_size=10", "batch_norm=\(norm)"] + keys
      return try sandbox.train(
        "\(norm)-\(name)", sets.flatMap { ["--set", $0] } + ["--max-steps", "3"] + more,
        ranks: ranks)
    }
    let narrow = "compute.wire=bfloat16"
    for (name, ranks, keys) in [
      ("wire-0", nil, []), ("wire-2", 2, ["compute.all_reduce=hosts"]), ("wire-3", 3, []),
    ] as [(String, Int?, [String])] {
      let finished = try train(name, [narrow] + keys, ranks: ranks)
      #expect(finished.status == 0, "\(finished.errors)")
      digests.insert(try sandbox.digest("\(norm)-\(name)"))
    }
    #expect(digests.count == 1)
    #expect(try train("wide", [], ranks: nil).status == 0)
    #expect(try !digests.contains(sandbox.digest("\(norm)-wide")))
    let mixed = try train("wide", [narrow], ranks: nil, more: ["--resume", "auto"])
    #expect(mixed.status == 78 && mixed.lastErrorLine.contains("compute.wire"), "\(mixed.errors)")
  }

  @Test(arguments: [(nil, 1), (nil, 2), (nil, 5), (2, 3)] as [(Int?, Int)])
  func anyNumberOfThreads(_ ranks: Int?, _ threads: Int) throws {
    let sandbox = try Self.reference.get().sandbox
    let name = "threads-\(ranks ?? 0)-\(threads)"
    let finished = try sandbox.train(
      name, ["--set", "compute.threads=\(threads)"], ranks: ranks)
    #expect(finished.status == 0, "\(finished.errors)")
    try expectReference(name, sandbox)
  }

  /// Deeper ones, bottlenecks, projections, max pooling and every kernel size, on threads and ranks.
  @Test(arguments: ["resnet20", "resnet18", "resnet50"])
  func theLargerNets(_ architecture: String) throws {
    let sandbox = try Self.reference.get().sandbox
    var digests: Set<String> = []
    for (ranks, threads) in [(nil, 1), (3, 1), (4, 2)] as [(Int?, Int)] {
      let name = "\(architecture)-\(ranks ?? 0)-\(threads)"
      let sets = [
        "model.architecture=\(architecture)", "compute.threads=\(threads)", "batch_size=6",
        "gate.period=2",
      ]
      let finished = try sandbox.train(
        name, sets.flatMap { ["--set", $0] } + ["--max-steps", "2"], ranks: ranks)
      #expect(finished.status == 0, "\(finished.errors)")
      digests.insert(try sandbox.digest(name))
    }
    #expect(digests.count == 1)
  }

  /// Dropout's masks belong to samples, not to ranks, threads or a run without interruption.
  @Test func aNetWithDropout() throws {
    let sandbox = try Self.reference.get().sandbox
    var digests: Set<String> = []
    func train(_ name: String, _ steps: Int, ranks: Int?, threads: Int, resumes: Bool = false)
      throws
    {
      let sets = [
        "model.architecture=alexnet-cifar", "compute.threads=\(threads)", "batch_size=10",
        "learning_rate.standard=0.01", "optimizer.shared=true", "gate.schedule=joint",
      ]
      let finished = try sandbox.train(
        name,
        sets.flatMap { ["--set", $0] } + ["--max-steps", "\(steps)"]
          + (resumes ? ["--resume", "auto"] : []), ranks: ranks)
      #expect(finished.status == 0, "\(finished.errors)")
    }
    for (ranks, threads) in [(nil, 1), (2, 2)] as [(Int?, Int)] {
      let name = "dropout-\(threads)"
      try train(name, 2, ranks: ranks, threads: threads)
      digests.insert(try sandbox.digest(name))
    }
    try train("dropout-resumed", 1, ranks: 3, threads: 1)
    try train("dropout-resumed", 2, ranks: nil, threads: 2, resumes: true)
    digests.insert(try sandbox.digest("dropout-resumed"))
    #expect(digests.count == 1)
  }

  /// The keys in which recipes differ, over two epochs of which the first gates; one run stops and goes on.
  @Test(arguments: [
    [
      "optimizer={ nesterov: true, shared: true }", "gate.optimizer=shared", "gate.lambda3=0.01",
      "gate.penalty_in=all",
    ],
    ["optimizer.kind=adam", "gate.optimizer=shared", "gate.projection=none"],
    [
      "gate={ optimizer: momentum, momentum: 0.5, nesterov: true, weight_decay: 0.01 }",
      "gate.csg_start=0", "numerics={ on_nonfinite: skip, clip_norm: 0.5, clip_gate_norm: 0.1 }",
    ],
  ])
  func theKeysOfRecipes(_ keys: [String]) throws {
    let sandbox = try Self.reference.get().sandbox
    let common = [
      "model.shortcut=projection", "gate={ period: 2, csg_start: 0, learns_in: all, initial: 0.9 }",
      "learning_rate={ counted_over: run, milestones: [1], milestones_in: epochs }",
      "batch_size=60", "data.limit=252", "epochs=2",
    ]
    let sets = (common + keys).flatMap { ["--set", $0] }
    let name = "recipe-" + keys.joined().filter(\.isLetter).prefix(30)
    var digests: Set<String> = []
    func train(_ suffix: String, ranks: Int?, _ more: [String] = []) throws {
      let finished = try sandbox.train(name + suffix, sets + more, ranks: ranks)
      #expect(finished.status == 0, "\(finished.errors)")
    }
    for ranks in 1...4 {
      try train("-\(ranks)", ranks: ranks)
      digests.insert(try sandbox.digest("\(name)-\(ranks)"))
    }
    let steps = try sandbox.records("\(name)-1").filter { $0["kind"] as? String == "step" }
    #expect(Set(steps.compactMap { $0["path"] as? String }) == ["gated", "standard"])
    #expect(steps.allSatisfy { $0["gate_learning_rate"] is Double })
    try train("-stopped", ranks: 2, ["--max-steps", "\(steps.count - 1)"])
    try train("-stopped", ranks: nil, ["--resume", "auto"])
    digests.insert(try sandbox.digest("\(name)-stopped"))
    #expect(digests.count == 1)
    let evaluated = try Program.run(
      ["evaluate", "runs/\(name)-1", "--data", "data", "--json"], in: sandbox.path)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
  }

  @Test(
    .enabled(if: CPULevel.best == .avx512, "SKIPPED: this CPU has no AVX-512"),
    arguments: CPULevel.allCases.filter(\.hasFusedMultiplyAdd))
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
    let program = try sandbox.start(name, ranks: ranks, untilSaved: 12)
    let waiting = try #require(try program.stoppedProcess())
    program.send(signal)
    #expect(Program.resume(waiting, after: signal))
    let stopped = program.finish()
    #expect(stopped.status == 75, "\(stopped.errors)")
    #expect(stopped.lastErrorLine.contains("--resume auto"))
    let resumed = try sandbox.train(name, ["--resume", "auto"], ranks: later)
    #expect(resumed.status == 0, "\(resumed.errors)")
    try expectReference(name, sandbox)
  }

  /// Checkpoints come each fourth step: killed before the first is there, a run starts again.
  @Test(arguments: [4, 16]) func oneRankKilledAndResumed(_ step: Int) throws {
    let sandbox = try Self.reference.get().sandbox
    let name = "killed-\(step)"
    let program = try sandbox.start(name, ranks: 3, untilSaved: step)
    let waiting = try #require(try program.stoppedProcess())
    let other = try #require(program.children().first { $0 != waiting })
    kill(other, SIGKILL)
    kill(waiting, SIGCONT)
    let killed = program.finish()
    #expect(killed.status != 0)
    let resumed = try sandbox.train(name, ["--resume", "auto"], ranks: 2)
    #expect(resumed.status == 0, "\(resumed.errors)")
    try expectReference(name, sandbox)
  }

  /// Replicas that are no power of two, empty ones, and every choice of the step's rule.
  @Test(arguments: [
    ["replicas=5", "optimizer.nesterov=true", "gate.penalty=smooth_l1"],
    [
      "replicas=7", "optimizer.shared=true", "learning_rate.warmup_epochs=1", "gate.penalty=l2",
      "gate.lambda2=1e-4",
    ],
    ["replicas=8", "gate.schedule=joint", "gate.matrix={ fixed: { per_class: 6, shared: 4 } }"],
    [
      "replicas=9", "optimizer.kind=adam", "gate.optimizer=adam", "learning_rate.standard=1e-3",
      "learning_rate.gated=1e-3", "gate.learning_rate=1e-2", "learning_rate.schedule=cosine",
    ],
    ["replicas=6", "batch_size=3", "data.limit=31", "data.shuffle=none", "gate.schedule=standard"],
    ["data.limit=47", "batch_size=11", "batch_norm=sync"],
    ["batch_size=8", "data.limit=42", "replicas=5", "batch_norm=sync", "compute.overlap=false"],
    ["data.balance=classes", "data.limit=61", "batch_size=9", "data.horizontal_flip=false"],
    ["model.frozen.standard=[stem, layer1]", "model.frozen.gated=[stem, layer1, layer2, fc]"],
  ])
  func anyConfiguration(_ keys: [String]) throws {
    let sandbox = try Self.reference.get().sandbox
    let isShort = keys.contains { $0.hasPrefix("data.limit") }
    let sets = (keys + (isShort ? [] : ["data.limit=252"])).flatMap { ["--set", $0] }
    var digests: Set<String> = []
    for ranks in [nil, 3, 4] {
      let name = "\(keys[0])-\(ranks ?? 0)"
      let stops = ranks == 3 ? ["--max-steps", "14"] : []
      let sets = sets + ["--set", "compute.threads=\(ranks == nil ? 2 : 1)"]
      let finished = try sandbox.train(name, sets + stops, ranks: ranks)
      #expect(finished.status == 0, "\(finished.errors)")
      if ranks == 3 {
        let resumed = try sandbox.train(name, sets + ["--resume", "auto"], ranks: 2)
        #expect(resumed.status == 0, "\(resumed.errors)")
      }
      digests.insert(try sandbox.digest(name))
    }
    #expect(digests.count == 1)
  }

  /// In the signature, in the library's own records, and in the data.
  @Test(arguments: [3, 300, 400_000])
  func aDamagedNewestCheckpointIsNamedAndTheOneBeforeItTaken(_ place: Int) throws {
    let sandbox = try Self.reference.get().sandbox
    let name = "damaged-\(place)"
    #expect(try sandbox.train(name, ["--max-steps", "14"], ranks: 2).status == 0)
    let newest = sandbox.folder("runs/\(name)/checkpoints/step-000000014.h5")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
    bytes[place] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: newest))
    let inspected = try Program.run(["inspect", newest], in: sandbox.path)
    #expect(inspected.status == 65, "\(inspected.errors)")
    let resumed = try sandbox.train(name, ["--resume", "auto"], ranks: 2)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("step-000000014.h5: is "))
    #expect(resumed.errors.contains("resuming after step 12 "))
    try expectReference(name, sandbox)
  }

  /// Whether the other waits for it within MPI or for what it is to leave in shared memory.
  @Test(arguments: ["flat", "hosts"]) func aRankThatHangsEndsTheJob(_ way: String) throws {
    let sandbox = try Self.reference.get().sandbox
    let name = "hung-\(way)"
    let program = try sandbox.start(
      name,
      [
        "--set", "lockstep.timeout_seconds=3", "--set", "epochs=300", "--set",
        "compute.all_reduce=\(way)",
      ], ranks: 2)
    #expect(program.waitForError(containing: "step 5 "))
    let rank = try #require(program.children().last)
    kill(rank, SIGSTOP)
    let hung = program.finish()
    #expect(hung.status != 0)
    let told =
      #/csg-dist: error: rank 0 waited more than 3 s in [a-zA-Z_-]+( \(bucket \d+\))? at [a-z ]+ \d+( \([a-z_, 0-9.]+\))?: rank 1 hangs \(stopped by a signal at [a-z ]+ \d+.*\), or needs longer/#
    #expect(hung.errors.contains(told), "\(hung.errors)")

    // What either was at: rank 1 cannot say so itself.
    let waiting = try StallFile(of: 0, in: sandbox.folder("runs/\(name)"))
    #expect(waiting.writtenBy == 0 && waiting.step >= 5)
    #expect(waiting.waitsFor?.ranks.map(\.rank) == [1])
    waiting.expectTold(afterSeconds: 3, patienceSeconds: 1)
    let stopped = try StallFile(of: 1, in: sandbox.folder("runs/\(name)"))
    #expect(stopped.writtenBy == 0 && stopped.waitsFor?.ranks ?? [] == [])
    #expect(stopped.at == waiting.waitsFor?.ranks.first?.at)
    #expect(abs(stopped.step - waiting.step) <= 1)
    // A bucket, if it stopped in a step; either has been through some of those and of the net.
    for file in [waiting, stopped] {
      #expect(
        file.events.contains { $0.bucket == 0 && $0.thread == "all-reduce" && $0.length != nil })
      #expect(file.events.contains { $0.phase == "backward" && $0.layer == "layer3.0" })
      #expect(file.events.contains { $0.phase == "batch" && $0.thread == "prefetch 0" })
    }
  }

  @Test func aJobThatPausesWholeGoesOn() throws {
    let sandbox = try Self.reference.get().sandbox
    let program = try sandbox.start(
      "paused", ["--set", "lockstep.timeout_seconds=5"], ranks: 2, untilSaved: 4)
    _ = try #require(try program.stoppedProcess())
    let ranks = try program.children()
    for rank in ranks { kill(rank, SIGSTOP) }
    Thread.sleep(forTimeInterval: 7)
    for rank in ranks { kill(rank, SIGCONT) }
    let finished = program.finish()
    #expect(finished.status == 0, "\(finished.errors)")
    try expectReference("paused", sandbox)
  }

  @Test func theBestEpochIsSavedAndLinked() throws {
    let sandbox = try Self.reference.get().sandbox
    let finished = try sandbox.train(
      "best", ["--set", "checkpoint.every_epochs=0", "--set", "checkpoint.every_steps=0"])
    #expect(finished.status == 0, "\(finished.errors)")
    let epochs = try sandbox.records("best").filter { $0["kind"] as? String == "epoch" }
    let best = try #require(
      epochs.max { ($0["test_accuracy"] as? Double ?? 0) < ($1["test_accuracy"] as? Double ?? 0) })
    let document = try Program.run(
      ["inspect", "runs/best/checkpoints/best", "--json"], in: sandbox.path)
    #expect(document.output.contains("\"step\" : \(try #require(best["step"] as? Int)),"))
    try expectReference("best", sandbox)
  }
}
