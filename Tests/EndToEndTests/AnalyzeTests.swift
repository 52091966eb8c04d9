import Core
import Datasets
import Foundation
import FoundationXML
import Storage
import TestSupport
import Testing

/// The analysis of a short run on real images.
@Suite struct AnalyzeTests {
  let sandbox: Sandbox

  /// The runs of all tests, trained once: `a` with gates ends in its first step on the STD path after
  /// a CSG epoch that leaves entries of G on both sides of 0.5. Each test writes into folders of its
  /// own.
  private static let trained = Result {
    let sandbox = try Sandbox()
    let rates = ["--set", "gate.learning_rate=1", "--set", "learning_rate.gated=0.01"]
    #expect(try sandbox.train("a", ["--max-steps", "23"] + rates).status == 0)
    #expect(
      try sandbox.train("b", ["--max-steps", "6", "--set", "gate.schedule=standard"]).status == 0)
    return sandbox
  }

  init() throws { sandbox = try Self.trained.get() }

  private func analyze(_ output: String, ranks: Int? = nil, _ arguments: String...) throws
    -> Finished
  {
    try Program.run(
      ["analyze", "runs/a", "--data", "data", "--output", output] + arguments, ranks: ranks,
      in: sandbox.path)
  }

  private func metrics(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  func value(_ metrics: Any?, _ path: String...) throws -> Any {
    var place = metrics
    for key in path + ["value"] { place = (place as? [String: Any])?[key] }
    return try #require(place, "\(path)")
  }

  @Test func ranksAndThreadsChangeNoByte() throws {
    func file(_ name: String, of output: String) -> Data? {
      FileManager.default.contents(atPath: sandbox.folder("\(output)/\(name)"))
    }
    let alone = try analyze("one", "--baseline", "runs/b", "--json", "--set", "compute.threads=2")
    #expect(alone.status == 0, "\(alone.errors)")
    #expect(file("metrics.json", of: "one") == Data(alone.output.utf8), "--json prints the file")
    for ranks in 1...4 {
      let together = try analyze("many", ranks: ranks, "--baseline", "runs/b")
      #expect(together.status == 0, "\(together.errors)")
      #expect(sandbox.listing("many") == sandbox.listing("one"))
      for name in sandbox.listing("one") {
        #expect(file(name, of: "many") == file(name, of: "one"), "\(name), \(ranks) ranks")
      }
    }
  }

  /// A card shows the samples with the largest features, and what is lost without its filter.
  @Test func cardsShowWhatAFilterAnswersTo() throws {
    let finished = try analyze("cards")
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(sandbox.listing("cards/filters") == (0..<4).map { "filters-00\($0).png" })
    let file = try HDF5File(reading: sandbox.folder("cards/analysis.h5"))
    func values<Value: HDF5Element>(_ name: String, _: Value.Type) throws -> [Value] {
      try file.dataset(name).readAll(Value.self)
    }
    let features = try values("network/features", Float.self)
    let labels = try values("labels", Int32.self)
    let (samples, filters, shown) = (labels.count, 64, 9)
    let strongest = try values("network/cards/strongest", Int32.self)
    let random = try values("network/cards/random", Int32.self)
    let randomValues = try values("network/cards/random_values", Float.self)
    let histogram = try values("network/cards/histogram", Int32.self)
    let losses = try values("network/cards/removal_loss", Double.self)
    let thresholds = try values("network/cards/threshold", Float.self)
    #expect(thresholds.count == filters && thresholds.contains { $0 > 0 })
    #expect(losses.contains { $0 != 0 } && losses.allSatisfy { abs($0) <= 1 })
    for k in 0..<filters {
      let column = (0..<samples).map { features[$0 * filters + k] }
      let best = column.sorted(by: >).prefix(shown)
      #expect((0..<shown).map { column[Int(strongest[k * shown + $0])] } == Array(best))
      let drawn = random[k * shown..<(k + 1) * shown]
      #expect(Set(drawn).count == shown, "no sample twice")
      #expect(drawn.map { column[Int($0)] } == Array(randomValues[k * shown..<(k + 1) * shown]))
      #expect(histogram[k * 170..<(k + 1) * 170].reduce(0, +) == Int32(samples))
      let silent = (0..<10).reduce(0) { $0 + histogram[k * 170 + $1 * 17] }
      #expect(Int(silent) == column.count { $0 <= 0 })
    }
    let page = try String(contentsOfFile: sandbox.folder("cards/report.html"), encoding: .utf8)
    #expect(page.components(separatedBy: "<details class=\"group-").count == filters + 1)

    let without = try analyze("cards", ranks: nil, "--no-cards")
    #expect(without.status == 0, "\(without.errors)")
    #expect(sandbox.listing("cards/filters").isEmpty)
  }

  /// Every figure twice; those of an earlier analysis go, foreign files stay.
  @Test func figuresAreDrawn() throws {
    let finished = try analyze("drawn", "--baseline", "runs/b", "--remove-classes", "0")
    #expect(finished.status == 0, "\(finished.errors)")
    let names = [
      "cluster-centers", "confusion", "correlation-ratio", "filter-correlation", "gate",
      "gate-information-overlap", "mutual-information", "removal-0", "similarity", "training",
    ]
    func drawn(_ names: [String]) -> [String] {
      names.flatMap { ["\($0).png", "\($0).svg"] }.sorted()
    }
    #expect(sandbox.listing("drawn/figures") == drawn(names))
    for name in sandbox.listing("drawn/figures") where name.hasSuffix(".svg") {
      let data = try Data(contentsOf: URL(fileURLWithPath: sandbox.folder("drawn/figures/\(name)")))
      #expect(XMLParser(data: data).parse(), "\(name)")
    }
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: sandbox.folder("drawn/figures/\(name).svg"), encoding: .utf8)
    }
    for word in [
      "T-shirt/top", "Ankle boot", "network: MIS", "baseline: MIS", "The scale ends at the ceiling",
      "filters, by class of largest gate entry", "filters, by class of largest mutual information",
    ] {
      #expect(try text("mutual-information").contains(word), "\(word)")
    }
    #expect(try text("training").contains("network, training, CSG epochs"))
    #expect(try text("filter-correlation").contains("filters, by class of largest gate entry"))

    try sandbox.folder.write("drawn/figures/mine.png", "")
    let before = try text("confusion")
    let again = try analyze(
      "drawn", "--remove-classes", "1,2", "--class-order", "9,8,7,6,5,4,3,2,1,0")
    #expect(again.status == 0, "\(again.errors)")
    let left = names.filter { $0 != "removal-0" } + ["removal-1-2"]
    #expect(sandbox.listing("drawn/figures") == (drawn(left) + ["mine.png"]).sorted())
    #expect(try text("confusion") != before)
    #expect(try !text("mutual-information").contains("baseline"))

    let standard = try Program.run(  // into a folder whose name is one letter
      ["analyze", "runs/b/checkpoints/latest", "--data", "data", "--output", "s"],
      in: sandbox.path)
    #expect(standard.status == 0, "\(standard.errors)")
    let figures = sandbox.listing("s/figures")
    #expect(figures.contains("removal-9.svg") && figures.contains("filter-correlation.svg"))
    for name in ["gate", "similarity", "gate-information-overlap", "training"] {
      #expect(!figures.contains("\(name).svg"), "\(name)")
    }
  }

  /// Accuracies are those of `evaluate`, densities of the gate; matrices go with the figures.
  @Test func figuresHoldTogether() throws {
    let finished = try analyze(
      "held", "--baseline", "runs/b", "--json", "--remove-classes", "T-shirt/top",
      "--remove-classes",
      "sandal,0")
    #expect(finished.status == 0, "\(finished.errors)")
    let document = try metrics(finished.output)
    let network = document["network"]
    let evaluated = try metrics(
      Program.run(["evaluate", "runs/a", "--data", "data", "--json"], in: sandbox.path).output)
    let standard = evaluated["standard"] as? [String: Any]
    #expect(
      try value(network, "accuracy") as? Double == standard?["accuracy"] as? Double)
    let gated = evaluated["gated"] as? [String: Any]
    #expect(try value(network, "gated_accuracy") as? Double == gated?["accuracy"] as? Double)
    #expect(try value(network, "l1_density") as? Double == evaluated["density"] as? Double)
    #expect(try value(network, "l1_density_interval") as? [Double] == [0.1, 0.1])

    let file = try HDF5File(reading: sandbox.folder("held/analysis.h5"))
    let information = try file.dataset("network/mutual_information")
    #expect(information.shape == [64, 10])
    let rows = try information.readAll(Double.self)
    let score = (0..<64).reduce(0.0) { $0 + (rows[$1 * 10..<$1 * 10 + 10].max() ?? 0) } / 64
    let told = try #require(try value(network, "mutual_information_score") as? Double)
    #expect(abs(told - score) < 1e-15, "but for what is lost in text")
    #expect(score > 0.01)
    try expectScale(of: network, in: file, rows: rows, score: score)
    try expectPredictedClass(of: network, in: file)

    let gate = try file.dataset("network/gate").readAll(Float.self)
    let removals = try #require((network as? [String: Any])?["removals"] as? [[String: Any]])
    #expect(removals.map { $0["classes"] as? [Int] } == [[0], [0, 5]])
    let theirs = (0..<64).filter { gate[$0] > 0.5 }
    #expect(try value(removals[0], "filters") as? [Int] == theirs)
    #expect((1..<64).contains(theirs.count), "G has entries on both sides of 0.5")
    try expectParts(of: removals[0], classCounts: labelCounts(file))
    for path in ["standard", "gated"] {
      let whole = try file.dataset("network/confusion_\(path)").readAll(Int32.self)
      let left = try file.dataset("network/removed/0/confusion_\(path)").readAll(Int32.self)
      #expect(left.reduce(0, +) == 130)
      #expect(left != whole, "\(path)")
    }
    try expectCorrelation(file, of: "a")
    let definitions = try #require(document["definitions"] as? [String: String])
    let lists = [
      "network", "removals", "comparison", "training", "filter_classes", "class_filters",
    ]
    #expect(bareValues(of: document).union(lists) == Set(definitions.keys))
    try expectAnswers(of: document, in: file)
    try expectComparison(of: document, in: file)
    try expectTraining(of: document)

    let baseline = document["baseline"]
    #expect(try value(baseline, "l1_density") is NSNull)
    #expect((baseline as? [String: Any])?["similarity"] is NSNull)
    let strongest = try #require(
      ((baseline as? [String: Any])?["removals"] as? [[String: Any]])?.first)
    #expect((try value(strongest, "filters") as? [Int])?.count == 6, "10 % of 64")
    #expect(try value(strongest, "gated_accuracy") is NSNull)
  }

  /// Without permutations there is no chance to speak of, and everything else is as it was.
  @Test func permutationsMayBeLeftOut() throws {
    let finished = try analyze("without", "--permutations", "0", "--json", "--remove-classes", "0")
    #expect(finished.status == 0, "\(finished.errors)")
    let network = try metrics(finished.output)["network"]
    let scale = (network as? [String: Any])?["mutual_information"]
    for key in ["score_chance", "mean_chance", "filters_above_chance"] {
      #expect(try value(scale, key) is NSNull, "\(key)")
    }
    #expect(try value(scale, "score_interval") is [Double])
    let file = try HDF5File(reading: sandbox.folder("without/analysis.h5"))
    #expect(throws: CSGError.self) { try file.dataset("network/mutual_information_chance") }
    let other = try analyze("other", "--seed", "1", "--json", "--remove-classes", "0")
    let another = try metrics(other.output)["network"]
    #expect(
      try value(network, "mutual_information_score") as? Double
        == value(another, "mutual_information_score") as? Double)
  }

  /// The report is whole, says Table 1, and leaves out what there is not.
  @Test func theReportTellsWhatWasFound() throws {
    func report(_ output: String) throws -> String {
      try String(contentsOfFile: sandbox.folder("\(output)/report.html"), encoding: .utf8)
    }
    let finished = try analyze("told", "--baseline", "runs/b", "--json", "--remove-classes", "0")
    #expect(finished.status == 0, "\(finished.errors)")
    let text = try report("told")
    let body = text.replacing("<!DOCTYPE html>\n", with: "")
    #expect(XMLParser(data: Data(body.utf8)).parse())
    let document = try metrics(finished.output)
    for name in ["network", "baseline"] {
      let accuracy = try #require(try value(document[name], "accuracy") as? Double)
      #expect(text.contains(String(format: ">%.2f %%</td>", 100 * accuracy)), "\(name)")
      for key in ["mutual_information_score", "l1_density"] {
        guard let number = try value(document[name], key) as? Double else { continue }
        #expect(text.contains(String(format: ">%.4f</td>", number)), "\(name) \(key)")
      }
      let origin = (document[name] as? [String: Any])?["origin"] as? [String: Any]
      #expect(text.contains(try #require(origin?["digest"] as? String)))
      let scale = (document[name] as? [String: Any])?["mutual_information"]
      let chance = try #require(try value(scale, "score_chance") as? Double)
      #expect(text.contains(String(format: ">%.4f</td>", chance)), "\(name)")
    }
    for part in ["ACC2, random", "Samples behind the row of each class", "Other classes, before"] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(text.contains("[0.1, 0.1]") && text.contains("no row for resnet8"))
    let definition =
      ((document["network"] as? [String: Any])?["accuracy"] as? [String: Any])?[
        "definition"] as? String
    #expect(text.contains(try #require(definition)))
    #expect(text.components(separatedBy: "<figure>").count == 11)
    #expect(text.contains("CSG path in the last of every 2 epochs"))
    try expectWords(text, document)

    #expect(
      try Program.run(
        ["analyze", "runs/b/checkpoints/latest", "--data", "data", "--output", "told"],
        in: sandbox.path
      ).status == 0)
    let alone = try report("told")
    for part in [
      "has no gates, and no baseline was given", "has no gate:", "course of training is left out",
      "of which it has the largest mean activations. M ",
      "Training of the network: STD path 6 steps (0",
    ] {
      #expect(alone.contains(part), "\(part)")
    }
    #expect(!alone.contains("network − baseline"))

    // A report never stands beside files of another analysis.
    try FileManager.default.removeItem(atPath: sandbox.folder("told/figures"))
    try sandbox.folder.write("told/figures", "in the way")
    let failed = try analyze("told", "--remove-classes", "0")
    #expect(failed.status == 73 && failed.lastErrorLine.contains("told/figures"))
    #expect(!sandbox.listing("told").contains("report.html"))
  }

  /// The paper's row does not stand beside other samples in the layout of its data; long sets of
  /// classes fit into names and titles.
  @Test func foreignSamplesAndLongSetsAreTold() throws {
    let whole = try FashionMNISTImporter.load(folder: Places.fashionMNIST)
    let part = RawDataset(
      classes: whole.classes, source: "CIFAR-10 binary", train: whole.train.prefix(50),
      test: whole.test.prefix(60))
    try DatasetWriter.write(part, to: sandbox.folder("paper"), shards: 1) { _ in }
    let net = [
      "--max-steps", "1", "--set", "model.architecture=resnet20", "--set", "gate.schedule=standard",
    ]
    #expect(try sandbox.train("published", net).status == 0)
    let finished = try Program.run(
      [
        "analyze", "runs/published", "--data", "paper", "--output", "published", "--remove-classes",
        "0,1,2,3,4,5,6,7,8,9",
      ], in: sandbox.path)
    #expect(finished.status == 0, "\(finished.errors)")
    let text = try String(
      contentsOfFile: sandbox.folder("published/report.html"), encoding: .utf8)
    for part in ["paper, CSG", ">91.92 %</td>", ">0.1603</td>"] {
      #expect(!text.contains(part), "\(part)")
    }
    #expect(text.contains("no row for resnet20 on the test split of CIFAR-10 binary. Its row for"))
    #expect(text.contains("T-shirt/top, Trouser, Pullover and 7 more"))
    // What spoils a figure stands beside it: 60 samples are few for 10 classes, not for an accuracy.
    let few = "classes have fewer than 8 samples"
    #expect(finished.output.contains(few) && finished.output.contains(" † (by chance"))
    #expect(text.components(separatedBy: few).count > 4 && text.contains(" †</td>"))
    let document = try #require(
      metrics(
        String(contentsOfFile: sandbox.folder("published/metrics.json"), encoding: .utf8))[
          "network"]
        as? [String: Any])
    for place in [
      ["mutual_information_score"], ["mutual_information", "mean"], ["clusters", "agreement"],
    ] {
      let said = (place + ["caution"]).reduce(document as Any) {
        ($0 as? [String: Any])?[$1] as Any
      }
      #expect((said as? String)?.contains(few) == true, "\(place)")
    }
    #expect((document["accuracy"] as? [String: Any])?.keys.sorted() == ["definition", "value"])
    func removals() -> [String] {
      sandbox.listing("published/figures").filter { $0.hasPrefix("removal-") }
    }
    #expect(removals().count == 2 && removals()[0].hasPrefix("removal-10-classes-"))

    // A class without gated filters: nothing to remove, nothing to draw, and no claim.
    var checkpoint = try Checkpoint(reading: sandbox.folder("runs/a/checkpoints/latest"))
    var gate = try #require(checkpoint.gate)
    let entries = (0..<640).map { $0 < 64 ? 0.25 : $0 < 128 ? 1 : gate.values[$0] }
    gate = NamedTensor(name: gate.name, shape: gate.shape, values: entries)
    checkpoint.gate = gate
    try checkpoint.write(to: sandbox.folder("without.h5"))
    let without = try Program.run(
      [
        "analyze", "without.h5", "--data", "paper", "--output", "published", "--remove-classes",
        "0", "--remove-classes", "1",
      ], in: sandbox.path)
    #expect(without.status == 0, "\(without.errors)")
    #expect(removals() == ["removal-1.png", "removal-1.svg"])
    let told = try String(
      contentsOfFile: sandbox.folder("published/report.html"), encoding: .utf8)
    #expect(told.contains("no filter has a gate entry &gt; 0.5 for the class: T-shirt/top."))
    #expect(told.contains("without the filters of Trouser"))
    #expect(!told.contains("without the filters of T-shirt/top"))
    #expect(
      told.contains(
        "<p>T-shirt/top: no filter, since none has a gate entry &gt; 0.5 for it. Of its "))
  }

  /// Noticed before the work.
  @Test func placesThatCannotBeWrittenAreRefused() throws {
    for output in ["run.yaml", "run.yaml/out", "/proc/out"] {
      let refused = try analyze(output)
      #expect(refused.status == 73, "\(refused.errors)")
      #expect(refused.lastErrorLine.contains(output), "\(refused.errors)")
      #expect(!refused.errors.contains("analyzing"))
    }
  }

  @Test func badRequestsAreRefused() throws {
    func expect(_ finished: Finished, _ status: Int32, _ parts: String...) {
      #expect(finished.status == status, "\(finished.errors)")
      for part in parts { #expect(finished.lastErrorLine.contains(part), "\(finished.errors)") }
      #expect(
        !FileManager.default.fileExists(atPath: sandbox.folder("refused")), "nothing is written")
    }
    expect(try analyze("refused", "--remove-classes", "0,10"), 64, "'10' is no class", "0 to 9")
    expect(
      try analyze("refused", "--remove-classes", "Sneakr"), 64, "'Sneakr' is no class",
      "did you mean 'Sneaker' (7)?")
    expect(try analyze("refused", "--class-order", "0,1,2"), 64, "each of 10 classes once")
    expect(
      try analyze("refused", "--class-order", "0,1,2,3,4,5,6,7,8,x"), 64, "--class-order", "'x'")
    let negative = try analyze("refused", "--permutations=-1")
    expect(negative, 64)
    #expect(negative.errors.contains("--permutations takes 0 to 10000"))
    expect(try analyze("refused", "--baseline", "none.h5"), 66, "none.h5")
    expect(
      try analyze("refused", "--baseline", "runs/a"), 78, "runs/a: has a gate",
      "gate.schedule standard")
    let swapped = try Program.run(
      ["analyze", "runs/b", "--baseline", "runs/a", "--data", "data", "--output", "refused"],
      in: sandbox.path)
    expect(swapped, 78, "runs/a: has a gate", "swap it and runs/b")
    #expect(
      try sandbox.train(
        "large", ["--max-steps", "1", "--set", "model.architecture=resnet20"]
      ).status == 0)
    expect(try analyze("refused", "--baseline", "runs/large"), 78, "resnet20", "same net")
    try Sandbox.write(to: sandbox.folder("other"), train: 300)
    #expect(
      try sandbox.train(
        "other", ["--max-steps", "1", "--set", "data.train=other/train"]
      ).status == 0)
    expect(try analyze("refused", "--baseline", "runs/other"), 78, "other data")
  }
}
