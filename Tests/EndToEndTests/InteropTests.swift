import Datasets
import Events
import Foundation
import TestSupport
import Testing

/// Other programs as judges: a net that others trained, PyTorch, h5py.
@Suite struct InteropTests {
  static let noData = "SKIPPED: set CSG_DATA to the folder of real data sets and weights"
  static let noPython = "SKIPPED: run launch/test --interop (sets CSG_INTEROP_PYTHON)"

  private func judge(_ arguments: [String], in directory: String) throws -> [String: Any] {
    let python = try #require(Places.python)
    let finished = try Program(
      command: [python, Places.golden("judge.py")] + arguments, in: directory,
      environment: ["PYTHONDONTWRITEBYTECODE": "1"]
    ).finish()
    #expect(finished.status == 0, "\(finished.errors)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
  }

  private func run(_ arguments: [String], in folder: TemporaryFolder, ranks: Int? = nil) throws
    -> Finished
  {
    let finished = try Program.run(arguments, ranks: ranks, in: folder.path)
    #expect(finished.status == 0, "\(finished.errors)")
    return finished
  }

  /// The CIFAR-10 of CSG_DATA, unpacked and prepared, made once.
  private static let cifar10 = Result {
    let folder = try TemporaryFolder()
    let source = "\(Places.data ?? "")/cifar-10-batches-bin"
    let unpack =
      "mkdir raw && for f in \(source)/*.xz; do xz -dkc $f > raw/$(basename $f .xz); done"
    let unpacked = try Program(command: ["bash", "-c", unpack], in: folder.path).finish()
    #expect(unpacked.status == 0, "\(unpacked.errors)")
    let prepared = try Program.run(
      ["prepare", "cifar10", "--input", "raw", "--output", "data"], in: folder.path)
    #expect(prepared.status == 0, "\(prepared.errors)")
    let imported = try Program.run(
      [
        "import", "\(Places.data ?? "")/weights/resnet20-cifar10.safetensors", "--architecture",
        "resnet20", "--classes", "10", "--output", "wild.h5",
      ], in: folder.path)
    #expect(imported.status == 0, "\(imported.errors)")
    return folder
  }

  @Test(.enabled(if: Places.data != nil, Comment(rawValue: noData)))
  func aPublishedNetScoresItsPublishedAccuracy() throws {
    let folder = try Self.cifar10.get()
    let result = try run(
      [
        "evaluate", "wild.h5", "--data", "data", "--json", "--set",
        "data.mean=[0.485,0.456,0.406]", "--set", "data.std=[0.229,0.224,0.225]",
      ], in: folder, ranks: 2)
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let accuracy = try #require((document["standard"] as? [String: Any])?["accuracy"] as? Double)
    let correct = Int((accuracy * 10_000).rounded())
    #expect(document["count"] as? Int == 10_000)
    #expect(abs(correct - 9173) <= 2, "\(correct) correct")
  }

  /// The constant that stands for the test set is over what the shards hold, and lets the paper's row
  /// stand beside it.
  @Test(.enabled(if: Places.data != nil, Comment(rawValue: noData)))
  func theTestSetOfCIFAR10IsKnownByItsContent() throws {
    let folder = try Self.cifar10.get()
    let dataset = try Dataset(folder: folder("data/test"))
    #expect(try dataset.contentDigest() == Dataset.cifar10TestDigest)
    #expect(try dataset.isCIFAR10Test())
    _ = try run(
      [
        "analyze", "wild.h5", "--data", "data", "--output", "known", "--remove-classes", "0",
        "--cluster-starts", "1", "--permutations", "1",
      ], in: folder, ranks: 2)
    let text = try String(contentsOfFile: folder("known/report.html"), encoding: .utf8)
    for part in ["paper, CSG", ">91.92 %</td>", ">0.1603</td>", "[0.1, 0.1]", "arXiv:2007.08194"] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test(
    .enabled(if: Places.data != nil, Comment(rawValue: noData)),
    .enabled(if: Places.python != nil, Comment(rawValue: noPython)))
  func pyTorchReadsTheExportAndGivesTheSameLogits() throws {
    let folder = try Self.cifar10.get()
    _ = try run(["export", "wild.h5", "--output", "export.safetensors"], in: folder)
    try compareLogits(
      weights: "export.safetensors", checkpoint: "wild.h5", shard: "data/test/shard-00000.h5",
      mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], in: folder.path)
  }

  @Test(.enabled(if: Places.python != nil, Comment(rawValue: noPython)))
  func pyTorchAgreesOnANetOfOurOwn() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.train("a", ["--max-steps", "14"], ranks: 2).status == 0)
    _ = try run(["export", "runs/a", "--output", "a.safetensors"], in: sandbox.folder)
    try compareLogits(
      weights: "a.safetensors", checkpoint: "runs/a", shard: "data/test/shard-00000.h5",
      mean: [0.2860], std: [0.3530], in: sandbox.path)
  }

  private func compareLogits(
    weights: String, checkpoint: String, shard: String, mean: [Double], std: [Double],
    in directory: String
  ) throws {
    func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: ",") }
    let theirs = try judge(
      [
        "logits", weights, "--images", shard, "--count", "40", "--mean", list(mean), "--std",
        list(std),
      ], in: directory)
    let ours = try ReferenceLogits.read(
      checkpoint: "\(directory)/\(checkpoint)", shard: "\(directory)/\(shard)", count: 40,
      mean: mean, std: std)
    let rows = try #require(theirs["logits"] as? [[Double]])
    #expect(rows.count == 40)
    for (row, our) in zip(rows, ours) {
      for (their, our) in zip(row, our) { #expect(abs(their - Double(our)) < 1e-4) }
    }
  }

  /// TensorBoard's own reader sees every record once, and G. It also forgets by itself what a resumed
  /// run repeats, where a file was not cut.
  @Test(.enabled(if: Places.python != nil, Comment(rawValue: noPython)), arguments: [true, false])
  func tensorBoardReadsTheEvents(isCut: Bool) throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.train("a", ["--max-steps", "13"], ranks: 2).status == 0)
    let first = try #require(try sandbox.eventFiles("a").first)
    let whole = try #require(FileManager.default.contents(atPath: first))
    let checkpoint = "runs/a/checkpoints/step-000000008.h5"
    #expect(try sandbox.train("a", ["--max-steps", "12", "--resume", checkpoint]).status == 0)
    if !isCut { try (whole + whole.prefix(30)).write(to: URL(fileURLWithPath: first)) }
    let seen = try judge(
      ["events", "runs/a", "--gate", "runs/a/checkpoints/step-000000011.h5"], in: sandbox.path)

    let scalars = try #require(seen["scalars"] as? [String: [[Double]]]).mapValues { points in
      points.map { $0.map(Float.init) }
    }
    var expected: [String: [[Float]]] = [:]
    for record in try sandbox.records("a") {
      let step = try #require(record["step"] as? Int)
      for (tag, value) in Sandbox.scalars(of: record) {
        expected[tag, default: []].append([Float(step), value])
      }
    }
    #expect(scalars == expected)
    #expect(scalars["train/loss"]?.map { $0[0] } == (1...12).map(Float.init))
    #expect(scalars["epoch/test_accuracy"]?.map { $0[0] } == [11])
    let picture = try #require(seen["gate"] as? [String: Any])
    #expect(picture["steps"] as? [Int] == [11])
    #expect(picture["shape"] as? [Int] == [160, 1024])
    #expect(try #require(picture["largest_difference"] as? Double) <= 0.5 / 255 + 1e-6)
  }

  /// Predictions and confusion matrices, with and without filters, ACC2 and ACC3, similarities,
  /// correlation and CIC follow from features, weights and G. After 31 steps G has entries on both sides of 0.5.
  @Test(.enabled(if: Places.python != nil, Comment(rawValue: noPython)))
  func numPyComesToTheSameAnalysis() throws {
    let sandbox = try Sandbox()
    let sets = ["--set", "gate.learning_rate=1", "--set", "learning_rate.gated=0.01"]
    #expect(try sandbox.train("a", ["--max-steps", "31"] + sets).status == 0)
    _ = try run(
      ["analyze", "runs/a", "--data", "data", "--output", "out"], in: sandbox.folder, ranks: 2)
    let told = try judge(
      ["analysis", "out/analysis.h5", "--gate", "runs/a/checkpoints/latest"], in: sandbox.path)
    #expect(told["differences"] as? Int == 0)
    let largest = try #require(told["largest_difference"] as? [String: Double])
    #expect(largest.count == 3 && largest.values.allSatisfy { $0 < 1e-9 }, "\(largest)")
    let text = try Data(contentsOf: URL(fileURLWithPath: sandbox.folder("out/metrics.json")))
    let document = try JSONSerialization.jsonObject(with: text)
    for (part, key) in [
      ("correlation", "cic"), ("correlation", "cic_without_self"),
      ("mutual_information", "score_ceiling"),
    ] {
      let place = ["network", part, key, "value"].reduce(document) {
        ($0 as? [String: Any])?[$1] as Any
      }
      let ours = try #require(place as? Double, "\(key)")
      #expect(abs(try #require(told[key] as? Double) - ours) < 1e-9, "\(key)")
    }
    try expectAnswers(told["class_filters"], in: document)
    // h5py has texts as `str`, and a name for each axis of each data set.
    let texts = try #require(told["texts"] as? [String: String])
    #expect(texts["format"] == "csg-dist analysis" && texts.keys.count == 2)
    #expect((told["classes"] as? [String])?.first == "T-shirt/top")
    let axes = try #require(told["axes"] as? [String: [String]])
    #expect(axes.values.allSatisfy { !$0.isEmpty && !$0.contains("") }, "\(axes)")
    #expect(axes["network/features"] == ["sample", "filter"])
    #expect(axes["network/mutual_information"] == ["filter", "class"])
    #expect(axes["network/gate"] == ["class", "filter"])
    #expect(axes["network/cards/histogram"] == ["filter", "class", "bin"])
    let removals = try #require(told["removals"] as? [String: Int])
    #expect(removals.count == 10 && removals.values.contains { (1..<64).contains($0) })
  }

  /// NumPy counts what each class's filters are worth, and finds Wilson's intervals as roots.
  private func expectAnswers(_ told: Any?, in document: Any) throws {
    let theirs = try #require(told as? [[String: Any]])
    let network = (document as? [String: Any])?["network"] as? [String: Any]
    let ours = try #require(network?["class_filters"] as? [[String: Any]])
    #expect(ours.count == 10 && theirs.count == 10)
    var removed = 0
    for (answer, judged) in zip(ours, theirs) {
      for key in ["filters", "agreeing", "differing"] {
        #expect(answer[key] as? [Int] == judged[key] as? [Int], "\(key)")
      }
      var parts = [("before", answer)]
      if let removal = answer["removal"] as? [String: Any] {
        parts.append(("after", removal))
        removed += 1
      } else {
        #expect((judged["filters"] as? [Int])?.isEmpty == true)
      }
      for (key, part) in parts {
        let tallies = try #require(judged[key] as? [[Double]])
        for (name, tally) in zip(["own", "others"], tallies) {
          let found = try #require(part[name] as? [String: Any])
          let ends = try #require(found["interval"] as? [Double])
          let counts = [found["right"] as? Double ?? -1, found["samples"] as? Double ?? -1]
          #expect(counts == Array(tally.prefix(2)), "\(key) \(name)")
          // Where all or none are right, our ends are 0 and 1 themselves.
          #expect(
            zip(ends, tally.dropFirst(2)).allSatisfy { abs($0 - $1) < 1e-7 }, "\(ends) \(tally)")
        }
      }
    }
    #expect(removed > 5)
  }

  @Test(.enabled(if: Places.python != nil, Comment(rawValue: noPython)))
  func h5pyReadsShardsAndCheckpoints() throws {
    let sandbox = try Sandbox()
    let shard = try judge(["shard", "data/train/shard-00001.h5"], in: sandbox.path)
    #expect(shard["images"] as? [Int] == [167, 28, 28, 1])
    #expect(shard["chunks"] as? [Int] == [1, 28, 28, 1])
    #expect(shard["dtype"] as? String == "uint8")
    #expect(shard["fletcher32"] as? Bool == true)
    let attributes = try #require(shard["attributes"] as? [String: Any])
    #expect(attributes["format"] as? String == "csg-dist shard")
    #expect(attributes["first"] as? Int == 167 && attributes["shards"] as? Int == 3)

    #expect(try sandbox.train("a", ["--max-steps", "13"]).status == 0)
    let checkpoint = try judge(
      ["checkpoint", "runs/a/checkpoints/latest"], in: sandbox.path)
    let parameters = try #require(checkpoint["parameters"] as? [String: [Int]])
    #expect(parameters["layer1.0.conv1.weight"] == [16, 16, 3, 3])
    #expect(checkpoint["gate"] as? [Int] == [10, 64])
    #expect(
      Set((checkpoint["optimizer"] as? [String: Any] ?? [:]).keys) == ["standard", "gated"])
    let notes = try #require(checkpoint["attributes"] as? [String: Any])
    #expect(notes["step"] as? Int == 13)
    #expect((notes["configuration"] as? String)?.contains("batch_size: 50") == true)
  }
}
