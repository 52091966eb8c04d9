import Foundation
import FoundationXML
import TestSupport
import Testing

/// Short runs of two recipes and some seeds, trained, analysed and compared.
@Suite struct CompareTests {
  let sandbox: Sandbox

  /// The runs of all tests, made once: with gates of the seeds 1, 2 and 3, without of 2, 3 and 4. Each
  /// test writes into folders of its own.
  private static let analysed = Result {
    let sandbox = try Sandbox()
    for (name, schedule, seeds) in [("csg", "alternate", 1...3), ("std", "standard", 2...4)] {
      for seed in seeds {
        let sets = [
          "name=\(name)", "seed=\(seed)", "gate.schedule=\(schedule)", "epochs=2",
          "log.every=50", "checkpoint.every_steps=0",
        ]
        let run = "\(name)-\(seed)"
        let trained = try sandbox.train(run, sets.flatMap { ["--set", $0] })
        #expect(trained.status == 0, "\(trained.errors)")
        let analyzed = try Program.run(
          [
            "analyze", "runs/\(run)", "--data", "data", "--output", "runs/\(run)/analysis",
            "--remove-classes", "0", "--cluster-starts", "1",
          ], in: sandbox.path)
        #expect(analyzed.status == 0, "\(analyzed.errors)")
      }
    }
    return sandbox
  }

  private static let runs =
    [1, 2, 3].map { "runs/csg-\($0)" } + [2, 3, 4].map { "runs/std-\($0)" }

  init() throws { sandbox = try Self.analysed.get() }

  private func compare(_ arguments: String..., runs: [String] = Self.runs, ranks: Int? = nil) throws
    -> Finished
  {
    try Program.run(["compare"] + runs + arguments, ranks: ranks, in: sandbox.path)
  }

  private func json(_ data: Data) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// A value in nested objects; a number of the path is a place in a list.
  private func find(_ document: Any?, _ path: Any...) throws -> Any {
    var place = document
    for key in path {
      if let i = key as? Int {
        place = (place as? [Any])?[i]
      } else {
        place = (place as? [String: Any])?[key as? String ?? ""]
      }
    }
    return try #require(place, "\(path)")
  }

  private func measured(_ run: String, _ key: String) throws -> Double {
    let path = sandbox.folder("runs/\(run)/analysis/metrics.json")
    let document = try json(Data(contentsOf: URL(fileURLWithPath: path)))
    return try #require(try find(document, "network", key, "value") as? Double)
  }

  private func expectClose(
    _ ours: Any, _ theirs: Double, _ what: String, location: SourceLocation = #_sourceLocation
  ) throws {
    let ours = try #require(ours as? Double, "\(what)", sourceLocation: location)
    #expect(abs(ours - theirs) < 1e-12, "\(what): \(ours), \(theirs)", sourceLocation: location)
  }

  @Test func numbersAreThoseOfTheAnalyses() throws {
    let finished = try compare("--json")
    #expect(finished.status == 0, "\(finished.errors)")
    let document = try json(Data(finished.output.utf8))
    #expect(try find(document, "recipes", 0, "label") as? String == "csg")
    #expect(try find(document, "recipes", 1, "label") as? String == "std")
    for (i, name, seeds) in [(0, "csg", [1, 2, 3]), (1, "std", [2, 3, 4])] {
      #expect(try find(document, "recipes", i, "seeds") as? [Int] == seeds)
      for key in ["accuracy", "mutual_information_score"] {
        let values = try seeds.map { try measured("\(name)-\($0)", key) }
        let mean = values.reduce(0, +) / 3
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2).squareRoot()
        let half = 4.302652729749464 * deviation / 3.0.squareRoot()  // t of 2 degrees of freedom
        let spread = try find(document, "recipes", i, "measures", key)
        try expectClose(find(spread, "mean"), mean, key)
        try expectClose(find(spread, "standard_deviation"), deviation, key)
        try expectClose(find(spread, "interval", 0), mean - half, key)
        try expectClose(find(spread, "interval", 1), mean + half, key)
      }
    }
    let pair = try find(document, "comparisons", 0)
    #expect(try find(pair, "seeds") as? [Int] == [2, 3])
    #expect(try find(pair, "unpaired") as? [Int] == [1])
    #expect(try find(pair, "unpaired_baseline") as? [Int] == [4])
    func pairs(_ key: String) throws -> [(Double, Double)] {
      try [2, 3].map { try (measured("csg-\($0)", key), measured("std-\($0)", key)) }
    }
    let differences = try pairs("accuracy").map { $0.0 - $0.1 }
    let mean = (differences[0] + differences[1]) / 2
    let half = 12.706204736174698 * abs(differences[0] - differences[1]) / 2
    let change = try find(pair, "measures", "accuracy")
    try expectClose(find(change, "difference", "mean"), mean, "difference")
    try expectClose(find(change, "difference", "interval", 0), mean - half, "its interval")
    let t = 2 * mean / abs(differences[0] - differences[1])
    // A t distribution of one degree of freedom is Cauchy's.
    try expectClose(find(change, "p_value"), 1 - 2 / Double.pi * atan(abs(t)), "p")
    let ratios = try pairs("mutual_information_score").map { $0.0 / $0.1 }
    let information = try find(pair, "measures", "mutual_information_score")
    try expectClose(find(information, "ratio"), (ratios[0] * ratios[1]).squareRoot(), "ratio")

    let warnings = try #require(document["warnings"] as? [String])
    #expect(warnings.count == 2 && warnings[0].contains("seed 1") && warnings[1].contains("seed 4"))
    for warning in warnings { #expect(finished.errors.contains("warning: \(warning)")) }
  }

  /// Every place of the document has a definition.
  @Test func everyPlaceIsDefined() throws {
    let document = try json(Data(compare("--json").output.utf8))
    let definitions = try #require(document["definitions"] as? [String: String])
    var places = Set(document.keys).subtracting(["definitions"])
    for group in ["recipes", "runs", "comparisons"] {
      for element in try #require(document[group] as? [[String: Any]]) {
        for (key, value) in element {
          let place = "\(group)[].\(key)"
          guard key == "measures" else { places.insert(place); continue }
          for measure in try #require(value as? [String: [String: Any]]).values {
            places.formUnion(measure.keys.map { "\(place).*.\($0)" })
          }
        }
      }
    }
    #expect(places == Set(definitions.keys))
  }

  /// One table under mpirun too, and every file whole.
  @Test func filesAreWrittenOnce() throws {
    let alone = try compare("--output", "one")
    #expect(alone.status == 0, "\(alone.errors)")
    let together = try compare("--output", "two", ranks: 2)
    #expect(together.status == 0, "\(together.errors)")
    #expect(together.output == alone.output)
    let files = ["compare.csv", "compare.json", "compare.md", "report.html"]
    #expect(sandbox.listing("one") == files)
    func file(_ name: String) -> Data? {
      FileManager.default.contents(atPath: sandbox.folder(name))
    }
    for name in files { #expect(file("one/\(name)") == file("two/\(name)"), "\(name)") }
    #expect(file("one/compare.md") == Data(alone.output.utf8))
    #expect(try file("one/compare.csv") == Data(compare("--csv").output.utf8))
    #expect(try file("one/compare.json") == Data(compare("--json").output.utf8))
    // Two pairs of seeds have a spread; the numbers are those of the document.
    let pair = try find(json(try #require(file("one/compare.json"))), "comparisons", 0, "measures")
    let score = try find(pair, "mutual_information_score")
    let ratio = try #require(try find(score, "ratio") as? Double)
    let spread = try #require(
      try find(score, "difference", "standard_deviation") as? Double)
    #expect(alone.output.hasPrefix("Here the filters of csg are "))
    #expect(
      alone.output.contains(
        String(format: "over 2 pairs of the same seed MIS is %.3f times as much (95 %% ", ratio)))
    #expect(
      alone.output.contains(
        String(format: "nats with a spread of ± %.4f over seeds; chance", spread)))
    #expect(alone.output.contains("of 130 samples, with a spread of"))
    #expect(alone.output.contains("| csg    |   3 |") && alone.output.contains("| csg    | std "))

    let page = String(decoding: try #require(file("one/report.html")), as: UTF8.self)
    let body = page.replacing("<!DOCTYPE html>\n", with: "")
    #expect(XMLParser(data: Data(body.utf8)).parse())
    for part in [
      "<h1>Comparison of csg and std on data</h1>\n<p>Here the filters of csg are ", "<picture>",
      "gate.schedule", "runs/csg-3", "p</th>",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    let refused = try compare("--output", "runs/csg-1/analysis")
    #expect(refused.status == 73 && refused.lastErrorLine.contains("holds an analysis"))
    #expect(try compare("--output", "run.yaml").status == 73)
  }

  /// Evidence is kept as three files; without records there are rows, but no curves.
  @Test func filesAloneSuffice() throws {
    for (run, files) in [
      ("csg-2", ["metrics.jsonl", "config.yaml"]), ("std-2", ["metrics.jsonl", "config.yaml"]),
      ("std-3", []),
    ] {
      let kept = sandbox.folder("kept/\(run)")
      try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
      for file in files + ["analysis/metrics.json"] {
        let name = (file as NSString).lastPathComponent
        try FileManager.default.copyItem(
          atPath: sandbox.folder("runs/\(run)/\(file)"), toPath: "\(kept)/\(name)")
      }
    }
    let kept = ["csg-2", "std-2", "std-3"].map { "kept/\($0)" }
    let finished = try compare("--output", "of-kept", "--baseline", "std", runs: kept)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(finished.errors.contains("no records (metrics.jsonl) of kept/std-3"))
    #expect(finished.output.contains("With n = 1 there is neither"))
    #expect(finished.output.contains("One pair tells nothing of the spread over seeds"))
    // A shorter record, of a run that is compared as it stood.
    let records = sandbox.folder("kept/std-3/metrics.jsonl")
    let text = try String(
      contentsOfFile: sandbox.folder("runs/std-3/metrics.jsonl"), encoding: .utf8)
    let lines = text.split(separator: "\n").filter { $0.contains("\"epoch\":0") }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: records))
    let shorter = try compare(runs: kept)
    #expect(shorter.errors.contains("std: its records have different lengths, 1, 2 epochs"))
  }

  @Test func badRequestsAreRefused() throws {
    func expect(_ finished: Finished, _ status: Int32, _ parts: String...) {
      #expect(finished.status == status, "\(finished.errors)")
      for part in parts { #expect(finished.lastErrorLine.contains(part), "\(finished.errors)") }
      #expect(finished.output.isEmpty)
    }
    expect(try compare(runs: []), 64)
    #expect(try compare("--json", "--csv").errors.contains("exclude each other"))
    expect(try compare("--baseline", "none"), 64, "'csg', 'std'")
    expect(try compare(runs: ["none"]), 66, "none")
    expect(try compare(runs: ["data"]), 66, "data/metrics.json", "csg-dist analyze")
    expect(try compare("runs/csg-1/analysis"), 78, "are the same run")
    let other = try Program.run(
      [
        "analyze", "runs/csg-1", "--data", "data/train", "--output", "other", "--remove-classes",
        "0", "--cluster-starts", "1",
      ], in: sandbox.path)
    #expect(other.status == 0, "\(other.errors)")
    expect(
      try compare(runs: ["runs/csg-2", "other"]), 78, "other: was analysed on the train split")
  }

  /// Means, deviations and ratios by pandas, from the same files.
  @Test(.enabled(if: Places.python != nil, Comment(rawValue: InteropTests.noPython)))
  func pandasComesToTheSameTable() throws {
    let finished = try compare("--output", "judged")
    #expect(finished.status == 0, "\(finished.errors)")
    let judged = try Program(
      command: [try #require(Places.python), Places.golden("compare.py"), "judged"]
        + Self.runs.map { "\($0)/analysis" }, in: sandbox.path
    ).finish()
    #expect(judged.status == 0, "\(judged.errors)")
    let told = try json(Data(judged.output.utf8))
    #expect(try #require(told["largest_difference"] as? Double) < 1e-9)
    #expect(try #require(told["count"] as? Int) > 100)
  }
}
