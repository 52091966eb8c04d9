import Foundation
import Storage
import TestSupport
import Testing

/// Bad input: the exit code, a last line on stderr that says what, where and what to do, and nothing
/// half-written.
@Suite struct BadInputTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func expect(
    _ finished: Finished, _ status: Int32, _ parts: String...,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(finished.status == status, "\(finished.errors)", sourceLocation: location)
    let line = finished.lastErrorLine
    #expect(line.hasPrefix("csg-dist: error: "), "\(finished.errors)", sourceLocation: location)
    for part in parts {
      #expect(line.contains(part), "'\(part)' in: \(line)", sourceLocation: location)
    }
    let told = finished.errors.components(separatedBy: "csg-dist: error: ").count - 1
    #expect(told == 1, "told once, by one rank", sourceLocation: location)
  }

  private func expectNoRun(_ name: String, location: SourceLocation = #_sourceLocation) {
    let exists = FileManager.default.fileExists(atPath: sandbox.folder("runs/\(name)"))
    #expect(!exists, "nothing is written", sourceLocation: location)
  }

  @Test(arguments: [nil, 2]) func missingFiles(_ ranks: Int?) throws {
    expect(
      try Program.run(["train", "none.yaml"], ranks: ranks, in: sandbox.path), 66, "none.yaml")
    expect(
      try sandbox.train("a", ["--set", "data.train=nowhere"], ranks: ranks), 66,
      "nowhere/manifest.json", "csg-dist prepare")
    expectNoRun("a")
    expect(
      try Program.run(["evaluate", "none.h5", "--data", "data"], ranks: ranks, in: sandbox.path),
      66, "none.h5")
    expect(
      try sandbox.train("a", ["--resume", "none.h5"], ranks: ranks), 66, "none.h5")
    expectNoRun("a")
  }

  @Test func cutBatch() throws {
    let record = [UInt8](repeating: 3, count: 3073)
    for batch in 1...5 { try sandbox.folder.write("cifar/data_batch_\(batch).bin", record) }
    try sandbox.folder.write("cifar/test_batch.bin", Array((record + record).dropLast(100)))
    let prepare = ["prepare", "cifar10", "--input", "cifar", "--output", "out"]
    expect(
      try Program.run(prepare, in: sandbox.path), 65, "cifar/test_batch.bin", "byte 6046")
    #expect(!sandbox.folder.listing().contains { $0.hasPrefix("out") }, "nothing half-written")
    try FileManager.default.removeItem(atPath: sandbox.folder("cifar/data_batch_4.bin"))
    expect(try Program.run(prepare, in: sandbox.path), 66, "data_batch_4.bin")
  }

  @Test func foreignHDF5() throws {
    let shard = "data/test/shard-00000.h5"
    expect(
      try Program.run(["evaluate", shard, "--data", "data"], in: sandbox.path), 65, shard,
      "no csg-dist checkpoint")
    try sandbox.folder.write("text.h5", "not HDF5")
    expect(try Program.run(["inspect", "text.h5"], in: sandbox.path), 65, "text.h5")
  }

  @Test func damagedCheckpoint() throws {
    #expect(try sandbox.train("a", ["--max-steps", "2"]).status == 0)
    let path = "runs/a/checkpoints/step-000000002.h5"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: sandbox.folder(path)))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: sandbox.folder(path)))
    expect(
      try Program.run(["inspect", path], in: sandbox.path), 65, "step-000000002.h5", "damaged")
    expect(try sandbox.train("a", ["--resume", path]), 65, "step-000000002.h5", "damaged")
  }

  @Test(arguments: [nil, 2]) func configuration(_ ranks: Int?) throws {
    expect(
      try sandbox.train("a", ["--set", "optimizer.momentun=0.8"], ranks: ranks), 78,
      "unknown key 'optimizer.momentun'", "did you mean 'optimizer.momentum'?")
    expect(
      try sandbox.train("a", ["--set", "gate.penalty=l3"], ranks: ranks), 78, "gate.penalty",
      "l1, l2, smooth_l1")
    expect(
      try sandbox.train("a", ["--set", "batch_size=0"], ranks: ranks), 78, "batch_size", "1")
    let shares = "{ fixed: { per_class: 6, shared: 3 } }"
    expect(
      try sandbox.train("a", ["--set", "gate.matrix=\(shares)"], ranks: ranks), 78,
      "gate.matrix: 10 classes × 6 filters + 3 shared make 63, the last convolution has 64")
    try sandbox.folder.write("bad.yaml", "extends: run.yaml\nseed: 1\ngates: {}\n")
    expect(
      try Program.run(["train", "bad.yaml"], ranks: ranks, in: sandbox.path), 78, "bad.yaml:3",
      "unknown key 'gates'", "'gate'")
    expect(try sandbox.train("a", ["--set", "name=null"], ranks: ranks), 78, "name", "no value")
    expectNoRun("a")
  }

  @Test func moreRanksThanReplicas() throws {
    expect(
      try sandbox.train("a", ["--set", "replicas=2"], ranks: 3), 78, "3 ranks", "2 replicas")
    expectNoRun("a")
  }

  @Test func classesThatDoNotMatch() throws {
    expect(
      try sandbox.train("a", ["--set", "model.classes=7"]), 78, "7 does not match the 10",
      "model.classes=10")
    expect(
      try sandbox.train("a", ["--set", "model.channels=3"]), 78, "model.channels=1")
    expect(
      try sandbox.train("a", ["--set", "model.frozen.standard=[stem, layer4]"], ranks: 2), 78,
      "model.frozen.standard", "'layer4'", "stem, conv1, bn1, layer1, layer2, layer3, fc")
    expectNoRun("a")
  }

  @Test(arguments: [nil, 2]) func unwritableOutput(_ ranks: Int?) throws {
    try sandbox.folder.write("file", "")
    expect(
      try Program.run(
        ["train", "run.yaml", "--output", "file/run"], ranks: ranks, in: sandbox.path),
      73, "file/run")
    expect(
      try Program.run(
        ["prepare", "fashion-mnist", "--input", Places.fashionMNIST, "--output", "file/data"],
        ranks: ranks, in: sandbox.path), 73, "file/data")
  }

  @Test func existingRunDirectory() throws {
    #expect(try sandbox.train("a", ["--max-steps", "1"]).status == 0)
    let before = try sandbox.digest("a")
    expect(
      try sandbox.train("a", ranks: 2), 73, "runs/a", "--resume auto", "--overwrite")
    #expect(try sandbox.digest("a") == before)
    #expect(try sandbox.train("a", ["--max-steps", "2", "--overwrite"]).status == 0)
    #expect(try sandbox.digest("a") != before)
  }

  @Test(arguments: [nil, 2]) func aLossThatIsNotANumber(_ ranks: Int?) throws {
    #expect(try sandbox.train("a", ["--max-steps", "2"]).status == 0)
    let before = try sandbox.digest("a")
    let weights = "model.weights=runs/a/checkpoints/step-000000002.h5"
    let broken = try sandbox.train(
      "b",
      [
        "--set", weights, "--set", "learning_rate.standard=1e30",
        "--set", "checkpoint.every_steps=1",
      ], ranks: ranks)
    expect(broken, 1, "epoch 0, step 2", "the loss is", "there is no good checkpoint yet")
    #expect(try sandbox.digest("a") == before)

    // A run that was sound for two epochs: what it names is sound too.
    let late = try sandbox.train(
      "c",
      [
        "--set", "gate.schedule=standard", "--set", "learning_rate.warmup_epochs=0",
        "--set", "learning_rate.milestones=[0.34]", "--set", "learning_rate.gamma=1e35",
        "--set", "evaluate.every_epochs=0",
      ], ranks: ranks)
    expect(
      late, 1, "epoch 2, step 24", "the loss is",
      "last good checkpoint: runs/c/checkpoints/step-000000022.h5")
    let good = "model.weights=runs/c/checkpoints/step-000000022.h5"
    #expect(try sandbox.train("d", ["--set", good, "--max-steps", "3"]).status == 0)
  }

  @Test func aRunThatAnotherProcessIsWriting() throws {
    let first = try sandbox.start("a", ["--set", "epochs=300"], ranks: nil)
    #expect(first.waitForError(containing: "step 4 "))
    expect(
      try sandbox.train("a", ["--set", "epochs=300", "--resume", "auto"]), 73, "runs/a",
      "another process")
    first.send(SIGTERM)
    #expect(first.finish().status == 75)
    #expect(try sandbox.train("a", ["--resume", "auto", "--set", "epochs=1"]).status == 0)
  }

  /// The limit of a file's size is an error of the write, not a signal to die of.
  @Test(.enabled(if: !Sanitizer.countsMemory, "SKIPPED: a sanitizer writes a larger file"))
  func aFileLargerThanItsLimit() throws {
    #expect(try sandbox.train("a", ["--max-steps", "1"]).status == 0)
    let export = "'\(Places.program)' export runs/a --output weights.safetensors"
    let limited = try Program(
      command: ["bash", "-c", "ulimit -f 10; \(export)"], in: sandbox.path
    ).finish()
    expect(limited, 74, "weights.safetensors", "ulimit -f")
    #expect(sandbox.listing(".").filter { $0.contains("weights") } == [])
  }

  /// 40 shards of training and test, of which so few may be open: the run is that of three shards.
  @Test func moreShardsThanOpenFiles() throws {
    try Sandbox.write(to: sandbox.folder("many"), shards: 40)
    let command =
      "'\(Places.program)' train run.yaml --output runs/b --max-steps 3"
      + " --set data.train=many/train --set data.test=many/test"
    let limited = try Program(
      command: ["bash", "-c", "ulimit -n 40; \(command)"], in: sandbox.path
    ).finish()
    #expect(limited.status == 0, "\(limited.errors)")
    #expect(try sandbox.train("a", ["--max-steps", "3"]).status == 0)
    #expect(try sandbox.digest("b") == sandbox.digest("a"))
    let fewer = try Program(
      command: ["bash", "-c", "ulimit -n 4; '\(Places.program)' inspect many"], in: sandbox.path
    ).finish()
    expect(fewer, 74, "many/train/shard-0000", "Too many open files", "ulimit -n")
  }

  /// Whoever holds the lock of a file has it open: that is no damage.
  @Test func aCheckpointThatAnotherProgramHasLocked() throws {
    let weights = Places.golden("older/weights.h5")
    try FileManager.default.copyItem(atPath: weights, toPath: sandbox.folder("w.h5"))
    let descriptor = open(sandbox.folder("w.h5"), O_RDONLY)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    expect(
      try Program.run(
        ["inspect", "w.h5"], in: sandbox.path, environment: ["HDF5_USE_FILE_LOCKING": "TRUE"]),
      66, "w.h5: is locked", "HDF5_USE_FILE_LOCKING=FALSE")
    #expect(try Program.run(["inspect", "w.h5"], in: sandbox.path).status == 0)
  }

  @Test func anOutputThatIsTheInput() throws {
    #expect(try sandbox.train("a", ["--max-steps", "1"]).status == 0)
    let checkpoint = "runs/a/checkpoints/step-000000001.h5"
    let before = try sandbox.digest("a")
    let refused = try Program.run(
      ["export", checkpoint, "--output", "runs/./a/checkpoints/step-000000001.h5"],
      in: sandbox.path)
    #expect(refused.status == 64 && refused.errors.contains("--output must name another file"))
    #expect(mkfifo(sandbox.folder("pipe"), 0o600) == 0)
    expect(
      try Program.run(["export", checkpoint, "--output", "pipe"], in: sandbox.path), 73, "pipe",
      "is no file")
    #expect(try sandbox.digest("a") == before)
  }

  @Test func aFullDiskOnStdout() throws {
    let command = "'\(Places.program)' inspect data >/dev/full"
    let finished = try Program(command: ["bash", "-c", command], in: sandbox.path).finish()
    expect(finished, 74, "stdout cannot be written")
  }

  @Test func aTestLossThatIsNotANumber() throws {
    let broken = try sandbox.train(
      "a", ["--set", "learning_rate.standard=1e30", "--set", "data.limit=50"])
    expect(broken, 1, "epoch 0, step 1", "the test loss is")
  }

  @Test func aCheckpointOfAnotherRun() throws {
    #expect(try sandbox.train("a", ["--max-steps", "2"]).status == 0)
    func resume(_ sets: String...) throws -> Finished {
      try sandbox.train("a", ["--resume", "auto"] + sets.flatMap { ["--set", $0] })
    }
    expect(
      try resume("model.architecture=resnet32"), 78, "model.architecture is resnet32, was resnet8")
    expect(try resume("gate.lambda2=0.3"), 78, "gate.lambda2 is 0.3, was 0.1")
    try Sandbox.write(to: sandbox.folder("other"), train: 400)
    expect(
      try resume("data.train=other/train"), 78, "another data set",
      "train ")
    let more = try resume("epochs=1", "log.every=5", "checkpoint.keep=1")
    #expect(more.status == 0, "free keys may differ: \(more.errors)")
    expect(
      try Program.run(
        ["evaluate", "runs/a", "--data", "data", "--set", "model.architecture=resnet32"],
        in: sandbox.path), 78, "resnet32", "resnet8")
  }

  /// An optimiser's state fits no other, even where the configuration claims so.
  @Test func aCheckpointOfAnotherOptimiser() throws {
    #expect(try sandbox.train("a", ["--max-steps", "2"]).status == 0)
    let adam = ["--set", "optimizer.kind=adam", "--set", "gate.optimizer=adam"]
    let resume = ["--resume", "auto"] + adam
    expect(
      try sandbox.train("a", resume), 78, "optimizer.kind is adam, was sgd",
      "gate.optimizer is adam, was sgd")

    let path = sandbox.folder("runs/a/checkpoints/step-000000002.h5")
    func rewrite(_ change: (inout Checkpoint) -> Void) throws {
      var checkpoint = try Checkpoint(reading: path)
      change(&checkpoint)
      try FileManager.default.removeItem(atPath: path)
      try checkpoint.write(to: path)
    }
    try rewrite { checkpoint in
      checkpoint.configuration = checkpoint.configuration?
        .replacing("kind: sgd", with: "kind: adam")
        .replacing("optimizer: sgd", with: "optimizer: adam")
    }
    expect(
      try sandbox.train("a", resume), 78,
      "its optimiser state is of another kind: gated, standard;",
      "this run's is gate, gate/first_moment, gate/second_moment, gated, gated/first_moment")

    #expect(try sandbox.train("a", ["--overwrite", "--max-steps", "2"] + adam).status == 0)
    try rewrite { checkpoint in
      #expect(checkpoint.optimizer["standard"]?.first?.values == [2])
      #expect(checkpoint.optimizer["gate"]?.first?.values == [0])
      checkpoint.optimizer["standard"] = [NamedTensor(name: "steps", shape: [1], values: [3])]
    }
    expect(
      try sandbox.train("a", resume), 65, "optimiser state 'standard' contradict its epoch")
  }

  @Test(arguments: [nil, 2]) func usage(_ ranks: Int?) throws {
    for arguments in [
      ["train"], ["teach"], ["train", "run.yaml", "--max-steps", "0"],
      ["prepare", "mnist", "--input", "a", "--output", "b"], ["evaluate", "x"],
      ["train", "run.yaml", "--resume", "auto", "--overwrite"],
      ["train", "run.yaml", "--output", ""],
    ] {
      let finished = try Program.run(arguments, ranks: ranks, in: sandbox.path)
      #expect(finished.status == 64, "\(arguments): \(finished.errors)")
      #expect(finished.errors.contains("Usage: "), "\(arguments): \(finished.errors)")
    }
  }
}
