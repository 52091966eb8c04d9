import Core
import Foundation
import Inference
import Kernels
import Network
import Storage
import TestSupport
import Testing

/// What each subcommand prints, for people and for scripts.
@Suite struct CommandTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func run(_ arguments: String..., ranks: Int? = nil) throws -> Finished {
    let finished = try Program.run(arguments, ranks: ranks, in: sandbox.path)
    #expect(finished.status == 0, "\(arguments): \(finished.errors)")
    return finished
  }

  private func json(_ finished: Finished) throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any],
      "one JSON document on stdout: \(finished.output)")
  }

  @Test func evaluateAnswersAlikeForAnyRankCount() throws {
    #expect(try sandbox.train("a", ["--max-steps", "14"]).status == 0)
    let alone = try run("evaluate", "runs/a", "--data", "data", "--json")
    let document = try json(alone)
    #expect(document["count"] as? Int == 130)
    for path in ["standard", "gated"] {
      let result = try #require(document[path] as? [String: Any])
      let accuracy = try #require(result["accuracy"] as? Double)
      #expect(accuracy >= 0 && accuracy <= 1)
      #expect(try #require(result["loss"] as? Double) > 0)
      #expect((result["per_class"] as? [Any])?.count == 10)
    }
    #expect(document["density"] is Double)
    for ranks in 1...3 {
      let together = try run("evaluate", "runs/a", "--data", "data/test", "--json", ranks: ranks)
      #expect(together.output == alone.output)
    }
    let text = try run("evaluate", "runs/a", "--data", "data").output
    for part in ["130 samples", "STD path", "CSG path", "L1-density", "Trouser"] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func aRunWithoutGateSaysNull() throws {
    #expect(
      try sandbox.train("a", ["--max-steps", "2", "--set", "gate.schedule=standard"]).status == 0)
    let document = try json(try run("evaluate", "runs/a", "--data", "data", "--json"))
    #expect(document["gated"] is NSNull && document["density"] is NSNull)
    let record = try #require(try sandbox.records("a").first)
    #expect(record["density"] is NSNull)
  }

  /// A joint step's loss is the STD path's and λ1 times the CSG path's; a given G has no penalty and
  /// stays.
  @Test func aJointRunWithFixedGates() throws {
    let sets = [
      "gate.schedule=joint", "gate.matrix={ fixed: { per_class: 6, shared: 4 } }",
      "data.limit=100",
    ]
    #expect(
      try sandbox.train("a", ["--max-steps", "3"] + sets.flatMap { ["--set", $0] }).status == 0)
    let records = try sandbox.records("a")
    #expect(
      records.allSatisfy { $0["path"] as? String == "joint" && $0["density"] as? Double == 0.15625 }
    )
    for step in records where step["kind"] as? String == "step" {
      #expect(step["density_penalty"] as? Double == 0)
      let standard = try #require(step["cross_entropy"] as? Double)
      #expect(try #require(step["loss"] as? Double) > standard + 0.1)
    }
    let saved = try Checkpoint(reading: sandbox.folder("runs/a/checkpoints/step-000000003.h5"))
    let gate = try #require(saved.gate)
    for (i, entry) in gate.values.enumerated() {
      let (c, k) = i.quotientAndRemainder(dividingBy: 64)
      #expect(entry == (k / 6 == c || k >= 60 ? 1 : 0), "G[\(c), \(k)]")
    }
    #expect(saved.optimizer.keys.sorted() == ["standard"])
    let history = try #require(saved.history["is_joint"])
    #expect(history == [1])
  }

  @Test func recordsHaveTheirKeys() throws {
    #expect(try sandbox.train("a", ["--max-steps", "22"], ranks: 2).status == 0)
    let records = try sandbox.records("a")
    let steps = records.filter { $0["kind"] as? String == "step" }
    let epochs = records.filter { $0["kind"] as? String == "epoch" }
    #expect(steps.count == 22 && epochs.count == 2)
    #expect(
      Set(steps[0].keys) == [
        "kind", "step", "epoch", "path", "loss", "cross_entropy", "density_penalty", "density",
        "images_per_second", "learning_rate", "gate_learning_rate",
      ])
    #expect(
      Set(epochs[0].keys) == [
        "kind", "step", "epoch", "path", "train_loss", "train_accuracy", "test_loss",
        "test_accuracy", "density", "seconds", "all_reduce_overlap", "imbalance",
      ])
    for epoch in epochs {
      #expect((0...1).contains(try #require(epoch["all_reduce_overlap"] as? Double)))
      #expect((1...2).contains(try #require(epoch["imbalance"] as? Double)))
    }
    #expect(epochs.map { $0["path"] as? String } == ["standard", "gated"])
    #expect(epochs.map { $0["step"] as? Int } == [11, 22])
    let gated = steps[12]
    let parts =
      try #require(gated["cross_entropy"] as? Double)
      + #require(gated["density_penalty"] as? Double)
    #expect(abs(parts - (try #require(gated["loss"] as? Double))) < 1e-9)
    #expect(FileManager.default.fileExists(atPath: sandbox.folder("runs/a/config.yaml")))
  }

  @Test func theResolvedConfigurationMakesTheSameRun() throws {
    #expect(try sandbox.train("a", ["--max-steps", "3"]).status == 0)
    let again = try Program.run(
      ["train", "runs/a/config.yaml", "--output", "runs/b", "--max-steps", "3"], in: sandbox.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try sandbox.digest("a") == sandbox.digest("b"))
  }

  @Test func dryRunWritesNothing() throws {
    let before = sandbox.folder.listing()
    let plan = try run("train", "run.yaml", "--dry-run").output
    #expect(plan.hasPrefix("# classes: T-shirt/top "), "the summary comes first: \(plan)")
    #expect(plan.contains("502 training samples; 130 test samples)"))
    #expect(
      plan.contains("# steps: 11 steps an epoch, 33 in all (3 epochs, of which 1 on the CSG path)"))
    #expect(
      plan.contains(#/# time: about .+ an epoch, .+ in all \(an estimate from \d+ steps? of /#))
    #expect(plan.contains("is cut into 4 parts, shared by 1 rank\n"))
    let lines = plan.split(separator: "\n")
    let counts = lines[0].components(separatedBy: " (")[0].matches(of: #/ (\d+)(,|$)/#)
    #expect(
      counts.compactMap { Int($0.1) }.reduce(0, +) == 502 && counts.count == 10, "\(lines[0])")
    let file = sandbox.path + "-plan.yaml"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try plan.write(toFile: file, atomically: true, encoding: .utf8)
    let planned = try ResolvedConfiguration(file: file)
    #expect(planned.values.batchSize == 50, "what follows is the configuration")
    let together = try run("train", "run.yaml", "--dry-run", ranks: 3).output
    #expect(together.contains("shared by 3 ranks\n"))
    let missing = try Program.run(
      ["train", "run.yaml", "--dry-run", "--set", "model.weights=none.safetensors"],
      in: sandbox.path)
    #expect(missing.status == 66 && missing.errors.contains("none.safetensors"))
    #expect(sandbox.folder.listing() == before)
  }

  @Test(arguments: [
    ("--lr 0.2", "did you mean --set learning_rate.standard=0.2 --set learning_rate.gated=0.2?"),
    ("--batch-size=64", "did you mean --set batch_size=64?"),
    ("--epochs", "did you mean --set epochs=…?"),
  ])
  func anOptionThatIsAKeyIsToldAsOne(_ option: String, _ hint: String) throws {
    let arguments = ["train", "run.yaml"] + option.split(separator: " ").map(String.init)
    let refused = try Program.run(arguments, in: sandbox.path)
    #expect(refused.status == 64 && refused.lastErrorLine == hint, "\(refused.errors)")
  }

  @Test func inspectTellsWhatIsThere() throws {
    #expect(try sandbox.train("a", ["--max-steps", "14"]).status == 0)
    let document = try json(try run("inspect", "runs/a", "--json"))
    #expect(document["step"] as? Int == 14 && document["step_in_epoch"] as? Int == 3)
    #expect(document["architecture"] as? String == "resnet8")
    #expect(document["digest"] as? String == (try sandbox.digest("a")))
    #expect(try sandbox.digest("a").count == 32)
    #expect(try run("inspect", "runs/a").output.contains("L1-density"))

    let data = try json(try run("inspect", "data", "--verify", "--json", ranks: 2))
    #expect((data["splits"] as? [[String: Any]])?.map { $0["count"] as? Int } == [502, 130])
    #expect(data["verified"] as? Bool == true)
    #expect(try run("inspect", "data/train").output.contains("502 in 3 shards"))
    for path in ["data", "data/test", "runs/a"] {
      #expect(try run("inspect", path, "--digest").output.wholeMatch(of: /[0-9a-f]{32}\n/) != nil)
    }
  }

  @Test func exportAndImportAreInverse() throws {
    #expect(try sandbox.train("a", ["--max-steps", "13"]).status == 0)
    _ = try run("export", "runs/a", "--output", "a.safetensors")
    _ = try run(
      "import", "a.safetensors", "--architecture", "resnet8", "--classes", "10", "--channels",
      "1", "--output", "b.h5")
    let original = try json(try run("evaluate", "runs/a", "--data", "data", "--json"))
    let imported = try json(try run("evaluate", "b.h5", "--data", "data", "--json"))
    #expect(NSDictionary(dictionary: original) == NSDictionary(dictionary: imported))
    _ = try run("export", "b.h5", "--output", "c.safetensors")
    #expect(
      FileManager.default.contentsEqual(
        atPath: sandbox.folder("a.safetensors"), andPath: sandbox.folder("c.safetensors")))
    for weights in ["b.h5", "a.safetensors"] {
      let run = try sandbox.train(
        "from-\(weights)", ["--max-steps", "1", "--set", "model.weights=\(weights)"])
      #expect(run.status == 0, "\(run.errors)")
    }
    #expect(try sandbox.digest("from-b.h5") == sandbox.digest("from-a.safetensors"))
    let resumed = try sandbox.train("a", ["--resume", "b.h5"])
    #expect(resumed.status == 78 && resumed.lastErrorLine.contains("model.weights=b.h5"))
  }

  /// Weights for other classes: refused, unless the last layer may start anew.
  @Test func weightsForOtherClassesStartTheLastLayerAnew() throws {
    func network(classes: Int) throws -> Network {
      try Network(
        architecture: Architecture("resnet8"), channels: 1, classes: classes, height: 28,
        width: 28, capacity: 1, initialGate: 0.25, compute: .init(level: CPULevel.select()))
    }
    let other = try network(classes: 4)
    other.initialize(seed: 77)
    let weights = sandbox.folder("other.h5")
    try other.checkpoint(hasGate: true).write(to: weights)
    let sets = [
      "model.weights=other.h5", "learning_rate.standard=0",
    ].flatMap { ["--set", $0] }
    let refused = try sandbox.train("refused", sets)
    #expect(refused.status == 78 && refused.lastErrorLine.contains("fc.weight is [4, 64]"))
    let finished = try sandbox.train(
      "new", sets + ["--set", "model.new_classes=true", "--max-steps", "1"])
    #expect(finished.status == 0, "\(finished.errors)")

    let checkpoint = try Checkpoint(reading: sandbox.folder("runs/new/checkpoints/latest"))
    let mine = try network(classes: 10)
    mine.initialize(seed: 0)
    for tensor in mine.parameterLayout.tensors {
      let source = tensor.name.hasPrefix("fc.") ? mine : other
      let expected = try #require(
        source.checkpoint(hasGate: false).parameters.first { $0.name == tensor.name })
      let values = checkpoint.parameters.first { $0.name == tensor.name }?.values
      #expect(values == expected.values, "\(tensor.name)")
    }
    #expect(checkpoint.gate?.values.allSatisfy { $0 == 0.5 } == true)
  }

  @Test(arguments: [nil, 2]) func doctorReports(_ ranks: Int?) throws {
    let report = try run(
      "doctor", "--config", "run.yaml", "--set", "batch_size=40", ranks: ranks
    ).output
    for part in ["ranks        \(ranks ?? 1)", "kernels", "OpenBLAS", "hdf5", "memory", "bound to"]
    {
      #expect(report.contains(part), "\(part) in \(report)")
    }
    #expect(report.contains("mpi") == (ranks != nil))
  }

  @Test(.enabled(if: !Sanitizer.countsMemory, "SKIPPED: a sanitizer takes more memory than that"))
  func doctorNamesTheLimitThatHolds() throws {
    let limited = try Program(
      command: ["bash", "-c", "ulimit -v 3000000; exec '\(Places.program)' doctor"],
      in: sandbox.path
    ).finish()
    #expect(limited.status == 0, "\(limited.errors)")
    #expect(limited.output.contains(#/limits       .*, 2929 MiB a process \(ulimit -v\)/#))
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.processorCount < 8, "SKIPPED: too many cores to oversubscribe"))
  func doctorFindsTooManyRanks() throws {
    let report = try run("doctor", ranks: ProcessInfo.processInfo.processorCount + 1).output
    #expect(report.contains("finding") && report.contains("start fewer"))
  }

  /// What is wrong with where ranks run, on machines that hwloc makes of this one's first two hardware threads; nil:
  /// nothing.
  @Test(
    .enabled(if: Affinity.own.starts(with: [0, 1]), "SKIPPED: not all of a machine can be used"),
    arguments: [
      ("pack:2 [numa] core:1 pu:1", nil, [], "may run on more than one socket"),
      ("numa:1 pack:2 core:1 pu:1", nil, [], nil),
      ("pack:1 core:1 pu:2", nil, ["--set", "compute.threads=2"], "share a core's arithmetic"),
      (
        "pack:1 core:2 pu:1", 2, ["taskset", "-c", "0"], "run 2 threads on core 0, which they share"
      ),
      ("pack:1 core:2 pu:1", 2, [], nil),
    ] as [(String, Int?, [String], String?)])
  func doctorLooksAtWhereRanksRun(
    _ machine: String, _ ranks: Int?, _ words: [String], _ finding: String?
  ) throws {
    let isBound = words.first == "taskset"
    let doctor = try Program(
      command: (ranks.map(Program.launcher) ?? []) + (isBound ? words : [])
        + [Places.program, "doctor", "--config", "run.yaml"] + (isBound ? [] : words),
      in: sandbox.path,
      environment: [
        "HWLOC_SYNTHETIC": machine, "HWLOC_THISSYSTEM": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
      ]
    ).finish()
    #expect(doctor.status == 0, "\(doctor.errors)")
    if let finding {
      #expect(doctor.output.contains(finding), "\(doctor.output)")
    } else {
      for part in ["more than one", "share"] {
        #expect(!doctor.output.contains(part), "\(doctor.output)")
      }
    }
  }

  /// What doctor promises, and what a run with a checkpoint needs.
  @Test(
    .enabled(if: !Sanitizer.countsMemory, "SKIPPED: a sanitizer takes more memory than that"),
    arguments: [(nil, "replica"), (2, "replica"), (2, "sync")] as [(Int?, String)])
  func memoryStaysBelowWhatDoctorPredicts(_ ranks: Int?, _ batchNorm: String) throws {
    func mebibytes(_ text: String, after mark: String) throws -> Int {
      let rest = try #require(text.components(separatedBy: mark).dropFirst().first, "\(text)")
      return try #require(Int(rest.prefix { $0.isNumber }), "\(rest)")
    }
    let sets = [
      "--set", "model.architecture=resnet20", "--set", "batch_size=120",
      "--set", "batch_norm=\(batchNorm)",
    ]
    let doctor = try Program.run(
      ["doctor", "--config", "run.yaml"] + sets, ranks: ranks, in: sandbox.path)
    #expect(doctor.status == 0, "\(doctor.errors)")
    let predicted = try mebibytes(doctor.output, after: "memory: ")
    let run = try sandbox.train("a", sets + ["--max-steps", "3"], ranks: ranks)
    #expect(run.status == 0, "\(run.errors)")
    let used = try mebibytes(run.errors, after: "memory used: ")
    #expect(try mebibytes(run.errors, after: "memory: ") >= used)
    #expect(used <= predicted, "\(doctor.output)\(run.errors)")
    #expect(2 * used > predicted, "a bound that says something")
  }

  @Test func benchKernelsMeasures() throws {
    let document = try json(
      try run("bench", "kernels", "--shape", "3x3/1 16→16", "--seconds", "0.1", "--json"))
    #expect(try #require(document["peak_gigaflops"] as? Double) > 0)
    let kernels = try #require(document["kernels"] as? [[String: Any]])
    #expect(kernels.compactMap { $0["algorithm"] as? String } == ["direct", "winograd"])
    for kernel in kernels {
      let passes = try #require(kernel["passes"] as? [[String: Any]])
      #expect(passes.count == 3)
      for pass in passes {
        #expect(try #require(pass["gigaflops"] as? Double) > 0)
        #expect(try #require(pass["share_of_peak"] as? Double) > 0)
        #expect(try #require(pass["relative_error"] as? Double) < 1e-5)
      }
    }
    let unknown = try Program.run(["bench", "kernels", "--shape", "9x9"], in: sandbox.path)
    #expect(unknown.status == 64 && unknown.errors.contains("no shape contains"))
  }

  @Test func benchStepTakesThreadsAndAlgorithms() throws {
    for options in [
      ["--threads", "3"], ["--convolution", "gemm"], ["--image", "16"], ["--batch-norm", "sync"],
    ] {
      let finished = try Program.run(
        ["bench", "step", "--architecture", "resnet18", "--image", "33", "--batch", "2"]
          + ["--seconds", "0.01", "--json"] + options, in: sandbox.path)
      #expect(finished.status == 0, "\(finished.errors)")
      let document = try json(finished)
      #expect(options[0] != "--threads" || document["threads"] as? Int == 3)
      #expect(document["image"] as? Int == (options[0] == "--image" ? 16 : 33))
    }
    let wrong = try Program.run(["bench", "step", "--threads", "0"], in: sandbox.path)
    #expect(wrong.status == 64 && wrong.errors.contains("--threads"))
  }

  @Test func doctorFindsTooLittleMemoryWithoutTakingIt() throws {
    try sandbox.folder.write(
      "huge.yaml",
      """
      extends: run.yaml
      model: { architecture: resnet1202 }
      batch_size: 500
      replicas: 1
      """)
    try Sandbox.write(to: sandbox.folder("big"), train: 5000, test: 10)
    try sandbox.folder.write(
      "huger.yaml", "extends: huge.yaml\nbatch_size: 5000\ndata: { train: big/train }\n")
    let report = try run("doctor", "--config", "huger.yaml").output
    #expect(report.contains("finding") && report.contains("lower batch_size"), "\(report)")
    let run = try Program.run(["train", "huger.yaml"], in: sandbox.path)
    #expect(run.status == 78 && run.lastErrorLine.contains("MiB"), "\(run.errors)")
  }

  @Test(arguments: [nil, 2]) func benchStepMeasures(_ ranks: Int?) throws {
    let document = try json(
      try run(
        "bench", "step", "--architecture", "resnet20", "--batch", "4", "--seconds", "0.1",
        "--path", ranks == nil ? "gated" : "joint", "--json", ranks: ranks))
    #expect(try #require(document["images_per_second"] as? Double) > 0)
    #expect(document["ranks"] as? Int == ranks ?? 1)
    #expect(try #require(document["threads"] as? Int) >= 1)
    #expect(try #require(document["peak_bytes"] as? Int) > 1 << 20)
    #expect(
      (document["stages"] as? [String: Double])?.keys.sorted() == [
        "all_reduce", "backward", "data_wait", "forward", "load", "update",
      ])
  }

  @Test func benchStepSendsNothingOfFrozenLayers() throws {
    let frozen = ["stem", "layer1", "layer2"]
    let sent = try [[], ["--frozen"] + frozen].map { options in
      let finished = try Program.run(
        ["bench", "step", "--batch", "2", "--image", "8", "--seconds", "0.01", "--json"] + options,
        ranks: 2, in: sandbox.path)
      return try #require(try json(finished)["sent_bytes"] as? Int)
    }
    // 65,552 of ResNet-20's parameters lie up to layer2. Of 2 ranks, each sends one half of them,
    // and the sums of the other.
    #expect(sent[0] - sent[1] == 4 * 65_552, "\(sent)")
  }

  @Test func benchStepSendsHalfOfItInSixteenBits() throws {
    let sent = try ["float32", "bfloat16"].map { wire in
      let finished = try Program.run(
        [
          "bench", "step", "--batch", "2", "--image", "8", "--seconds", "0.01", "--json", "--wire",
          wire,
        ], ranks: 2, in: sandbox.path)
      return try #require(try json(finished)["sent_bytes"] as? Int)
    }
    // Means and variances of 688 channels, and 6 numbers of the step, go as they are.
    #expect(sent[0] - sent[1] == sent[0] / 2 - 2 * (2 * 688 + 6), "\(sent)")
  }

  @Test(arguments: [1, 2, 3]) func benchAllReduceMeasures(_ ranks: Int) throws {
    let document = try json(
      try run(
        "bench", "allreduce", "--floats", "70000", "--bucket-megabytes", "1", "--seconds", "0.1",
        "--json", ranks: ranks))
    #expect(document["ranks"] as? Int == ranks && document["bucket_megabytes"] as? Int == 1)
    #expect(document["hosts"] as? Int == 1 && document["all_reduce"] as? String == "flat")
    let rows = try #require(document["rows"] as? [[String: Any]])
    #expect(rows.count == 1 && rows[0]["floats"] as? Int == 70_000)
    // Each of P ranks sends the others' chunks, and the sum of its own to all of them.
    #expect(rows[0]["sent_bytes"] as? Int == 2 * (ranks - 1) * 4 * 70_000)
    for sum in ["ordered", "mpi"] {
      let figures = try #require(rows[0][sum] as? [String: Any])
      #expect(try #require(figures["repetitions"] as? Int) >= 5)
      #expect(try #require(figures["seconds"] as? Double) > 0)
      if ranks == 1 {
        #expect(figures["gigabytes_per_second"] is NSNull)
      } else {
        #expect(try #require(figures["gigabytes_per_second"] as? Double) > 0)
      }
    }
  }

  @Test func benchAllReduceKnowsOurNets() throws {
    let table = try run("bench", "allreduce", "--seconds", "0.1", ranks: 2).output
    #expect(table.contains("270000 floats") && table.contains("11700000 floats"), "\(table)")
    let byHosts = try run(
      "bench", "allreduce", "--floats", "1000", "--seconds", "0.1", "--all-reduce", "hosts",
      ranks: 2
    ).output
    #expect(byHosts.contains("2 ranks on 1 host, hosts"), "\(byHosts)")
    #expect(byHosts.contains("1000 floats, 0 bytes sent"), "\(byHosts)")
    let narrow = try run(
      "bench", "allreduce", "--floats", "1000", "--seconds", "0.1", "--wire", "bfloat16", ranks: 2
    ).output
    #expect(narrow.contains("flat, bfloat16, parts of"), "\(narrow)")
    #expect(narrow.contains("1000 floats, 4000 bytes sent"), "\(narrow)")
  }

  @Test(arguments: [nil, 2]) func benchDataMeasures(_ ranks: Int?) throws {
    for folder in ["data", "data/test"] {
      let document = try json(
        try run(
          "bench", "data", "--data", folder, "--batch", "7", "--seconds", "0.1", "--json",
          ranks: ranks))
      #expect(document["ranks"] as? Int == ranks ?? 1 && document["batch"] as? Int == 7)
      for key in ["images_per_second", "seconds", "images"] {
        #expect(try #require(document[key] as? Double) > 0, "\(key)")
      }
    }
    #expect(
      try run("bench", "data", "--data", "data", "--seconds", "0.1").output.contains("images/s"))
  }

  /// Ranks and threads share the trees, and come to the same forest.
  @Test func benchForestMeasuresOneForest() throws {
    let arguments = ["--samples", "300", "--filters", "50", "--trees", "7", "--seconds", "0.01"]
    let all = try [(nil, 1), (nil, 3), (2, 1), (3, 2)].map { (ranks: Int?, threads: Int) in
      let finished = try Program.run(
        ["bench", "forest", "--json", "--threads", "\(threads)"] + arguments, ranks: ranks,
        in: sandbox.path)
      #expect(finished.status == 0, "\(finished.errors)")
      let document = try json(finished)
      #expect(document["ranks"] as? Int == ranks ?? 1)
      #expect(document["threads"] as? Int == threads && document["trees"] as? Int == 7)
      #expect(try #require(document["seconds"] as? Double) > 0)
      return [
        try #require(document["nodes"] as? Double),
        try #require(document["out_of_bag_accuracy"] as? Double),
      ]
    }
    #expect(all[0][0] > 7 && (0.4...1).contains(all[0][1]))
    #expect(all.allSatisfy { $0 == all[0] })
  }

  @Test(arguments: [
    ["step", "--batch", "0"], ["step", "--seconds", "0"], ["allreduce", "--floats", "0"],
    ["allreduce", "--bucket-megabytes", "257"], ["allreduce", "--seconds", "nan"],
    ["data"], ["data", "--data", "data", "--batch", "0"], ["forest", "--trees", "0"],
    ["forest", "--samples", "1048576", "--filters", "129"], ["nothing"],
  ])
  func benchRefusesBadArguments(_ arguments: [String]) throws {
    let finished = try Program.run(["bench"] + arguments, in: sandbox.path)
    #expect(finished.status == 64, "\(finished.errors)")
  }

  @Test func benchInformationTakesWhatMemoryHolds() throws {
    let finished = try Program.run(
      ["bench", "information", "--samples", "2049", "--filters", "65536"], in: sandbox.path)
    #expect(finished.status == 64, "\(finished.errors)")
    #expect(finished.errors.contains("--samples 2049 times --filters 65536 is above 2^27"))
  }

  @Test func benchDataNamesAMissingDataSet() throws {
    let finished = try Program.run(["bench", "data", "--data", "nowhere"], in: sandbox.path)
    #expect(finished.status == 66 && finished.lastErrorLine.contains("nowhere/train"))
  }

  @Test func helpTeachesAndTheVersionIsTold() throws {
    #expect(try run("--version").output.split(separator: ".").count == 3)
    let help = try run("--help", ranks: 2).output
    #expect(help.contains("mpirun -n 4 csg-dist train") && help.contains("stopped on request"))
    #expect(help.components(separatedBy: "OVERVIEW").count == 2, "told once, by rank 0")
    for command in [
      "prepare", "train", "evaluate", "predict", "export", "import", "inspect", "doctor", "bench",
    ] {
      #expect(try run(command, "--help").output.contains("USAGE: csg-dist \(command)"))
    }
  }
}
