import Datasets
import Foundation
import TestSupport
import Testing

/// Ranks that were given different things: the rank and the thing are named, and nothing is written.
@Suite struct AgreementTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Runs rank 0 with `first`, rank 1 with `second`; words are the program's arguments.
  private func run(
    _ first: [String], _ second: [String], program: String = Places.program,
    folder: String? = nil, environment: [String] = []
  ) throws -> Finished {
    let mpirun = ["mpirun", "--quiet", "--oversubscribe", "--bind-to", "none"]
    let place = folder.map { ["-wdir", sandbox.folder($0)] } ?? []
    let other = [":", "-n", "1"] + environment + place + [program] + second
    let command = mpirun + ["-n", "1", Places.program] + first + other
    let root = ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
    return try Program(
      command: command, in: sandbox.path, environment: getuid() == 0 ? root : [:]
    ).finish()
  }

  private func expect(
    _ finished: Finished, _ status: Int32, _ parts: String...,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(finished.status == status, "\(finished.errors)", sourceLocation: location)
    for part in ["rank 1"] + parts {
      #expect(
        finished.lastErrorLine.contains(part), "'\(part)' in: \(finished.errors)",
        sourceLocation: location)
    }
    let runs = FileManager.default.fileExists(atPath: sandbox.folder("runs/a"))
    #expect(!runs, "nothing is written", sourceLocation: location)
  }

  private let train = ["train", "run.yaml", "--output", "runs/a"]

  /// Writes the data set under another name, its classes changed by `change`.
  private func rename(_ name: String, _ change: (inout [String]) -> Void) throws {
    let whole = try FashionMNISTImporter.load(folder: Places.fashionMNIST)
    var classes = whole.classes
    change(&classes)
    let part = RawDataset(
      classes: classes, source: whole.source, train: whole.train.prefix(502),
      test: whole.test.prefix(130))
    try DatasetWriter.write(part, to: sandbox.folder(name), shards: 3) { _ in }
  }

  @Test func anotherConfiguration() throws {
    expect(try run(train, train + ["--set", "batch_size=49"]), 78, "batch_size", "49", "50")
    expect(try run(train, train + ["--max-steps", "3"]), 78, "--max-steps")
  }

  @Test func anotherFolder() throws {
    try Sandbox.write(to: sandbox.folder("node/data"), train: 490)
    try sandbox.folder.write("node/run.yaml", Sandbox.configuration)
    expect(try run(train, train, folder: "node"), 65, "fingerprint of data.train")
  }

  @Test func classesInAnotherOrder() throws {
    try rename("other") { $0.swapAt(3, 4) }
    let sets = ["--set", "data.train=other/train", "--set", "data.test=other/test"]
    expect(try run(train, train + sets), 65, "class 3 of data.train", "'Coat'", "'Dress'")
  }

  @Test func otherWeightsUnderOneName() throws {
    try sandbox.folder.write("node/run.yaml", Sandbox.configuration)
    for (name, seed) in [("one", 1), ("node/one", 2)] {
      let start = try sandbox.train(name, ["--max-steps", "1", "--set", "seed=\(seed)"])
      #expect(start.status == 0, "\(start.errors)")
      let exported = try Program.run(
        ["export", "runs/\(name)", "--output", name + ".safetensors"], in: sandbox.path)
      #expect(exported.status == 0, "\(exported.errors)")
    }
    let sets = [
      "data.train=\(sandbox.folder("data/train"))", "data.test=\(sandbox.folder("data/test"))",
      "model.weights=one.safetensors",
    ].flatMap { ["--set", $0] }
    expect(try run(train + sets, train + sets, folder: "node"), 65, "model.weights", "state")
  }

  @Test func anotherVersion() throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Places.program)))
    bytes += [0]  // an ELF file ends where its headers say
    let other = try sandbox.folder.write("csg-dist-other", bytes)
    #expect(chmod(other, 0o755) == 0)
    expect(try run(train, train, program: other), 78, "the program", "build")
  }

  @Test func anotherArithmetic() throws {
    expect(
      try run(train, train, environment: ["-x", "CSG_CPU=baseline"]), 78, "arithmetic",
      "CSG_CPU=baseline")
  }

  @Test func anotherCommand() throws {
    expect(
      try run(["evaluate", "runs/a", "--data", "data"], ["inspect", "data"]), 78, "the command",
      "inspect", "evaluate")
  }

  /// Hosts may have copies of their own.
  @Test func otherPathsOfEqualContentsAreFine() throws {
    #expect(try sandbox.train("one", ["--max-steps", "2"]).status == 0)
    for (from, to) in [("data", "copy"), ("runs/one", "runs/two")] {
      try FileManager.default.copyItem(atPath: sandbox.folder(from), toPath: sandbox.folder(to))
    }
    let evaluated = try run(
      ["evaluate", "runs/one", "--data", "data"], ["evaluate", "runs/two", "--data", "copy"])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let paths = ["--set", "data.train=copy/train", "--set", "data.test=copy/test"]
    let trained = try run(train + ["--max-steps", "2"], train + ["--max-steps", "2"] + paths)
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(try sandbox.digest("a") == sandbox.digest("one"))
  }

  @Test func evaluationOfAnotherCheckpointOrSet() throws {
    for (name, steps) in [("one", "1"), ("two", "2")] {
      #expect(try sandbox.train(name, ["--max-steps", steps]).status == 0)
    }
    try Sandbox.write(to: sandbox.folder("small"), test: 129)
    let evaluate = ["evaluate", "runs/one", "--data", "data"]
    expect(try run(evaluate, ["evaluate", "runs/two", "--data", "data"]), 65, "checkpoint")
    expect(
      try run(evaluate, ["evaluate", "runs/one", "--data", "small"]), 65, "fingerprint of --data")
    let analyze = ["analyze", "runs/one", "--data", "data", "--output", "out"]
    expect(
      try run(analyze, ["analyze", "runs/two", "--data", "data", "--output", "out"]), 65,
      "checkpoint")
    expect(try run(analyze, analyze + ["--seed", "3"]), 78, "--seed")
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder("out")))
  }

  @Test func picturesThatOneRankSeesOtherwise() throws {
    for (node, classes) in [("a", ["cat", "dog", "fox"]), ("b", ["Fox", "cat", "dog"])] {
      for (number, name) in classes.enumerated() {
        for (split, golden) in [("train", "plain.jpg"), ("val", "cmyk.jpg")] {
          let data = try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/\(golden)")))
          try sandbox.folder.write("\(node)/\(split)/\(name)/\(number).jpg", [UInt8](data))
        }
      }
    }
    func prepare(_ node: String, _ output: String = "out") -> [String] {
      ["prepare", "image-folder", "--input", node, "--output", output, "--shards", "2"]
    }
    expect(try run(prepare("a"), prepare("b")), 65, "class 0", "Fox", "cat")
    let data = try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/grey.jpg")))
    for name in ["cat", "dog", "fox"] {
      for split in ["train", "val"] {
        try FileManager.default.createDirectory(
          atPath: sandbox.folder("c/\(split)"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          atPath: sandbox.folder("a/\(split)/\(name)"), toPath: sandbox.folder("c/\(split)/\(name)")
        )
      }
    }
    try sandbox.folder.write("c/train/dog/1.jpg", [UInt8](data))
    expect(try run(prepare("a"), prepare("c")), 65, "train/dog/1.jpg", "bytes")
    expect(try run(prepare("a"), prepare("a") + ["--size", "32"]), 78, "--size")
    expect(try run(prepare("a"), prepare("a", "elsewhere")), 78, "--output")
    #expect(!FileManager.default.fileExists(atPath: sandbox.folder("out")))
    let alone = try Program.run(prepare("a"), ranks: 2, in: sandbox.path)
    #expect(alone.status == 0, "\(alone.errors)")
  }

  // MARK: Classes of a checkpoint

  /// A label means a class by its place alone.
  @Test func aSetWhoseClassesHaveOtherNamesIsRefused() throws {
    #expect(try sandbox.train("a", ["--max-steps", "2"]).status == 0)
    try rename("other") { $0[7] = "Trainer" }
    let sets = ["--set", "data.train=other/train", "--set", "data.test=other/test"]
    let commands = [
      ["evaluate", "runs/a", "--data", "other"],
      ["analyze", "runs/a", "--data", "other", "--output", "out"],
      ["train", "run.yaml", "--output", "runs/a", "--resume", "auto"] + sets,
      ["train", "run.yaml", "--output", "runs/b", "--set", "data.test=other/test"],
    ]
    for command in commands {
      let refused = try Program.run(command, in: sandbox.path)
      #expect(refused.status == 78, "\(command): \(refused.errors)")
      for part in ["class 7", "'Trainer'", "'Sneaker'"] {
        #expect(refused.lastErrorLine.contains(part), "\(refused.errors)")
      }
    }
    let weights = ["--set", "model.weights=runs/a/checkpoints/latest"]
    let started = try sandbox.train("c", sets + weights + ["--max-steps", "1"])
    #expect(started.status == 0 && started.errors.contains("warning: classes: class 7"))
  }
}
