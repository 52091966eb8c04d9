import Datasets
import Foundation
import Storage
import TestSupport
import Testing

/// What `predict` says is what `evaluate` counts and `analyze` keeps, of samples and of files.
@Suite struct PredictTests {
  private let sandbox: Sandbox

  /// A run on 130 test pictures with its analysis, and the first 70 of them as PNG files.
  private static let analysed = Result {
    let sandbox = try Sandbox()
    let rates = ["--set", "gate.learning_rate=1", "--set", "learning_rate.gated=0.01"]
    #expect(try sandbox.train("a", ["--max-steps", "23"] + rates).status == 0)
    let analyzed = try Program.run(
      [
        "analyze", "runs/a", "--data", "data", "--output", "runs/a/analysis", "--no-cards",
        "--permutations", "3", "--cluster-starts", "1",
      ], in: sandbox.path)
    #expect(analyzed.status == 0, "\(analyzed.errors)")
    let dataset = try Dataset(folder: sandbox.folder("data/test"))
    for sample in 0..<70 {
      let name = "pictures/\(sample / 50)/\(sample + 100).png"
      try sandbox.folder.write(name, try dataset.picture(sample).png(path: name))
    }
    return sandbox
  }

  init() throws { sandbox = try Self.analysed.get() }

  private func run(_ arguments: [String], ranks: Int? = nil, status: Int32 = 0) throws -> Finished {
    let finished = try Program.run(arguments, ranks: ranks, in: sandbox.path)
    #expect(finished.status == status, "\(arguments): \(finished.errors)")
    return finished
  }

  private func document(_ finished: Finished) throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
  }

  private func pictures(_ finished: Finished) throws -> [[String: Any]] {
    try #require(try document(finished)["pictures"] as? [[String: Any]])
  }

  @Test func everySampleIsPredictedAsItIsEvaluated() throws {
    let predict = ["predict", "runs/a", "--data", "data", "--json"]
    let alone = try run(predict)
    #expect(try run(predict, ranks: 3).output == alone.output)
    let told = try document(alone)
    let evaluated = try document(try run(["evaluate", "runs/a", "--data", "data", "--json"]))
    let standard = try #require(evaluated["standard"] as? [String: Any])
    #expect(told["accuracy"] as? Double == standard["accuracy"] as? Double)
    let pictures = try pictures(alone)
    let analysis = try HDF5File(reading: sandbox.folder("runs/a/analysis/analysis.h5"))
    let kept = try analysis.dataset("network/predictions_standard").readAll(Int32.self)
    #expect(kept.count == 130 && Set(kept).count > 2)
    #expect(pictures.map { $0["class_index"] as? Int } == kept.map(Int.init))
    #expect(pictures.map { $0["sample"] as? Int } == Array(0..<130))
    let some = try self.pictures(try run(predict + ["--samples", "129,3", "--samples", "3"]))
    #expect(NSArray(array: some) == NSArray(array: [129, 3, 3].map { pictures[$0] }))
    for picture in pictures {
      let shares = try #require(picture["top"] as? [[String: Any]])
      #expect(shares.count == 3 && shares[0]["class"] as? String == picture["class"] as? String)
      let logits = try #require(picture["logits"] as? [Double]).map { Double(Float($0)) }
      let sum = logits.reduce(0) { $0 + exp($1) }
      let share = try #require(picture["probability"] as? Double)
      #expect(abs(share - exp(logits[try #require(picture["class_index"] as? Int)]) / sum) < 1e-12)
    }
  }

  /// Files have the bits of the samples that they show, in their order for any number of ranks.
  @Test func aFileIsPredictedAsItsSample() throws {
    let of = ["predict", "runs/a", "pictures", "pictures/0/103.png", "--json"]
    let alone = try run(of)
    #expect(try run(of, ranks: 2).output == alone.output)
    let samples = try pictures(try run(["predict", "runs/a", "--data", "data", "--json"]))
    let files = try pictures(alone)
    #expect(files.count == 71)
    let expected = Array(0..<70) + [3]
    #expect(
      files.map { $0["picture"] as? String }
        == expected.map { "pictures/\($0 / 50)/\($0 + 100).png" })
    for (file, sample) in zip(files, expected) {
      #expect(file["logits"] as? [Double] == samples[sample]["logits"] as? [Double])
    }
    let text = try run(["predict", "runs/a", "pictures/0/100.png", "--top", "1"]).output
    #expect(text.wholeMatch(of: /pictures\/0\/100\.png  .+ [0-9]+\.[0-9]{2} %\n/) != nil, "\(text)")
  }

  @Test func filtersStandBesideTheirMeansAndM() throws {
    let ask = ["predict", "runs/a", "--data", "data", "--samples", "0,1,2", "--filters"]
    let told = try run(ask + ["--json"])
    #expect(!told.errors.contains("warning"), "\(told.errors)")
    let analysis = try HDF5File(reading: sandbox.folder("runs/a/analysis/analysis.h5"))
    let features = try analysis.dataset("network/features").readAll(Float.self)
    let information = try analysis.dataset("network/mutual_information").readAll(Double.self)
    let gate = try analysis.dataset("network/gate").readAll(Float.self)
    let names = try #require(try document(told)["classes"] as? [String])
    let metrics = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: sandbox.folder("runs/a/analysis/metrics.json"))))
    let network = try #require((metrics as? [String: Any])?["network"] as? [String: Any])
    let answers = try #require(network["filter_classes"] as? [[String: Any]])
    var filters = 0, byChance = 0, quiet = 0
    for (sample, picture) in try pictures(told).enumerated() {
      for filter in try #require(picture["filters"] as? [[String: Any]]) {
        filters += 1
        let k = try #require(filter["filter"] as? Int)
        let activation = try #require(filter["activation"] as? Double)
        #expect(Float(activation) == features[sample * 64 + k])
        let mean = (0..<130).reduce(0.0) { $0 + Double(features[$1 * 64 + k]) } / 130
        #expect(abs(try #require(filter["mean"] as? Double) - mean) < 1e-12)
        let row = information[k * 10..<k * 10 + 10]
        let told = try #require(filter["information"] as? Double)
        #expect(abs(told - (row.max() ?? 0)) < 1e-12)
        #expect(
          filter["gate_classes"] as? [String]
            == (0..<10).filter { gate[$0 * 64 + k] > 0.5 }.map { names[$0] })
        #expect(try #require(filter["evidence"] as? Double) > 0)
        let isAboveChance = filter["above_chance"] as? Bool
        #expect(isAboveChance == answers[k]["above_chance"] as? Bool)
        byChance += isAboveChance == false && told > 0 ? 1 : 0
        quiet += activation < mean ? 1 : 0
      }
    }
    #expect(filters >= 10)
    let text = try run(ask).output
    #expect(text.contains("; M: "))
    #expect(text.components(separatedBy: " nats, no more than by chance)").count - 1 == byChance)
    #expect(text.components(separatedBy: " (quieter than usual, ").count - 1 == quiet)
    let other = try run(
      ["predict", "runs/a/checkpoints/step-000000004.h5", "pictures/0/100.png", "--filters"])
    #expect(
      other.errors.contains("warning: no analysis lies in runs/a/checkpoints/step-000000004.h5"))
    _ = try run(
      [
        "predict", "runs/a/checkpoints/step-000000004.h5", "pictures/0/100.png", "--filters",
        "--analysis", "runs/a/analysis",
      ], status: 65)
  }

  @Test(arguments: [nil, 2]) func aDamagedPictureIsNamedOrLeftOut(ranks: Int?) throws {
    let folder = "damaged-\(ranks ?? 0)"
    for sample in 100..<103 {
      try FileManager.default.createDirectory(
        atPath: sandbox.folder(folder), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: sandbox.folder("pictures/0/\(sample).png"),
        toPath: sandbox.folder("\(folder)/\(sample).png"))
    }
    try sandbox.folder.write("\(folder)/101.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    let refused = try run(["predict", "runs/a", folder], ranks: ranks, status: 65)
    #expect(refused.output.isEmpty)
    #expect(
      refused.lastErrorLine.hasPrefix("csg-dist: error: \(folder)/101.png: ")
        && refused.lastErrorLine.contains("--skip-corrupt"), "\(refused.lastErrorLine)")
    let told = try run(["predict", "runs/a", folder, "--skip-corrupt", "--json"], ranks: ranks)
    #expect(
      try pictures(told).map { $0["picture"] as? String } == [
        "\(folder)/100.png", "\(folder)/102.png",
      ])
    let skipped = try #require(try document(told)["skipped"] as? [String])
    #expect(skipped.count == 1 && skipped[0].hasPrefix("\(folder)/101.png: "))
    _ = try run(["predict", "runs/a", "\(folder)/none.png", "--skip-corrupt"], status: 66)
  }

  /// Weights know what is done to a picture where their file says it; else the keys say it.
  @Test func weightsSayTheWayOrAskForIt() throws {
    let asked = try pictures(try run(["predict", "runs/a", "pictures/1", "--json"]))
    _ = try run(["export", "runs/a", "--output", "w.safetensors"])
    _ = try run(["import", "w.safetensors", "--output", "w.h5"])
    let told = try pictures(try run(["predict", "w.h5", "pictures/1", "--json"]))
    #expect(NSArray(array: told) == NSArray(array: asked))
    var bare = try Checkpoint(reading: sandbox.folder("w.h5"))
    let way = try #require(bare.preprocessing)
    bare.preprocessing = nil
    try bare.write(to: sandbox.folder("bare.h5"))
    let refused = try run(["predict", "bare.h5", "pictures/1"], status: 78)
    #expect(refused.lastErrorLine.contains("--set data.mean=[…]"), "\(refused.lastErrorLine)")
    let keys = [
      "data.mean=\(way.mean)", "data.std=\(way.std)", "data.image_size=28", "data.resize=28",
    ]
    let set = try pictures(
      try run(["predict", "bare.h5", "pictures/1", "--json"] + keys.flatMap { ["--set", $0] }))
    #expect(NSArray(array: set) == NSArray(array: asked))
    // An older run's is found in its training data.
    var older = try Checkpoint(reading: sandbox.folder("runs/a/checkpoints/latest"))
    older.preprocessing = nil
    try older.write(to: sandbox.folder("older.h5"))
    let found = try pictures(try run(["predict", "older.h5", "pictures/1", "--json"]))
    #expect(NSArray(array: found) == NSArray(array: asked))
  }
}
