import Core
import Foundation
import Interpretability
import TestSupport
import Testing

/// Runs by recipe and pairs by seed, of cases that are worked out by hand.
@Suite struct ComparisonTests {
  private typealias Run = AnalysedFolder.Run
  private static let standard = ["gate.schedule=standard"]

  private func compare(_ runs: [Run], baseline: String? = nil) throws -> Comparison {
    try Comparison(AnalysedFolder().read(runs), baseline: baseline)
  }

  private func gated(_ seed: Int, _ accuracy: Double, name: String = "csg") -> Run {
    Run(name: name, seed: seed, measures: ["accuracy": accuracy, "l1_density": 0.1])
  }

  private func plain(_ seed: Int, _ accuracy: Double) -> Run {
    Run(
      name: "std", seed: seed, sets: Self.standard,
      measures: ["accuracy": accuracy, "l1_density": nil])
  }

  @Test func runsAreGroupedByRecipeAndPairedBySeed() throws {
    let comparison = try compare([
      gated(2, 0.75), plain(3, 0.5), gated(1, 0.25), plain(1, 0.125), plain(2, 0.25), gated(9, 1),
    ])
    #expect(comparison.recipes.map(\.label) == ["csg", "std"])
    let (csg, std) = (comparison.recipes[0], comparison.recipes[1])
    #expect(csg.runs.map(\.seed) == [1, 2, 9] && std.runs.map(\.seed) == [1, 2, 3])
    let spread = try #require(csg.spread(of: "accuracy"))
    #expect(spread.count == 3 && abs(spread.mean - 2.0 / 3) < 1e-15)
    #expect(abs(try #require(spread.standardDeviation) - (7.0 / 48).squareRoot()) < 1e-15)
    #expect(std.spread(of: "l1_density") == nil)
    #expect(comparison.pairs.count == 1)
    let pair = try #require(comparison.pairs.first)
    #expect(pair.recipe == "csg" && pair.baseline == "std" && pair.seeds == [1, 2])
    #expect(pair.unpaired == [9] && pair.unpairedBaseline == [3])
    let change = try #require(pair.change(of: "accuracy"))
    #expect(change.difference.count == 2 && change.difference.mean == 0.3125)
    #expect(abs(try #require(change.ratio) - 6.0.squareRoot()) < 1e-14, "of 2 and 3")
    #expect(pair.change(of: "l1_density") == nil)
    #expect(
      comparison.warnings == [
        "csg: seed 9 has no partner in std, and is left out of the pairs",
        "std: seed 3 has no partner in csg, and is left out of the pairs",
        "csg: no records (metrics.jsonl) of "
          + csg.runs.map(\.path).joined(separator: ", ") + ": no curves of them",
        "std: no records (metrics.jsonl) of "
          + std.runs.map(\.path).joined(separator: ", ") + ": no curves of them",
      ])
  }

  @Test func theHeadlineComesFirst() throws {
    let names = [
      "a", "l1_density", "mutual_information_score", "mutual_information.score_chance",
      "accuracy", "gated_accuracy", "never",
    ]
    var run = Run()
    run.measures = Dictionary(uniqueKeysWithValues: names.map { ($0, $0 == "never" ? nil : 1) })
    let comparison = try compare([run])
    let headline = [
      "accuracy", "mutual_information_score", "mutual_information.score_chance", "l1_density",
    ]
    #expect(comparison.headline == headline)
    #expect(comparison.measures.map(\.name) == headline + ["a", "gated_accuracy"])
  }

  @Test(arguments: [
    (["csg-1", "csg-2"], "csg"), (["csg", "csg"], "csg"), (["csg-seed1", "csg-seed2"], "csg"),
    (["csg_s1", "csg_s2"], "csg"), (["a-b-first", "a-b-second"], "a-b"), (["run1", "run2"], "run"),
    (["one", "two"], "one, two, …"), (["resnet1", "resnet1"], "resnet1"),
  ])
  func aLabelIsWhatNamesShare(names: [String], label: String) throws {
    let runs = names.enumerated().map { Run(name: $1, seed: $0 + 1) }
    #expect(try compare(runs).recipes.map(\.label) == [label])
  }

  @Test func recipesOfOneNameAreToldApartByTheirKeys() throws {
    let labels = try compare([
      Run(), Run(sets: ["gate.lambda2=0.5"]), Run(sets: Self.standard),
    ]).recipes.map(\.label)
    #expect(
      labels == [
        "tiny (gate.lambda2=0.1, gate.schedule=alternate)",
        "tiny (gate.lambda2=0.5, gate.schedule=alternate)", "tiny (gate.schedule=standard)",
      ])
  }

  @Test func aBaselineMayBeNamed() throws {
    let other = Run(name: "fixed", seed: 1, sets: ["epochs=9"], measures: ["accuracy": 0.5])
    let runs = [gated(1, 0.75), plain(1, 0.25), other]
    #expect(try compare(runs).pairs.map(\.recipe) == ["csg"])
    #expect(
      try compare(runs).warnings.first == "fixed: no run without gates is of the same recipe and "
        + "seed, so none is its baseline")
    let pairs = try compare(runs, baseline: "fixed").pairs
    #expect(pairs.map(\.recipe) == ["csg", "std"] && pairs.allSatisfy { $0.baseline == "fixed" })
    let error = #expect(throws: CSGError.self) { try compare(runs, baseline: "none") }
    #expect(error?.exitCode == .usage)
    #expect(error?.description.contains("'csg', 'std', 'fixed'") == true)
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    func expect(_ runs: [Run], _ part: String, location: SourceLocation = #_sourceLocation) {
      let error = #expect(throws: CSGError.self, sourceLocation: location) { try compare(runs) }
      #expect(error?.exitCode == .configuration, sourceLocation: location)
      #expect(
        error?.message.contains(part) == true, "\(String(describing: error))",
        sourceLocation: location)
    }
    expect([Run(), Run(seed: 1, fingerprint: "g")], "fingerprint g, but")
    expect([Run(), Run(seed: 1, split: "train")], "the train split")
    expect([Run(), Run(seed: 1, trained: "train u\ntest f")], "trained on other data")
    expect([Run(), Run(seed: 1, definition: "another")], "accuracy was measured otherwise")
    expect(
      [Run(), Run(name: "again", sets: ["log.every=2", "seed=0"])], "one recipe and one seed")
    expect([Run(), Run()], "are the same run")
    // A run that was never tested on its way has no fingerprint of a test split.
    #expect(try compare([Run(), Run(seed: 1, trained: "train t")]).recipes.count == 1)
  }

  @Test func keysThatOnlySomeGatesHaveAreDifferences() throws {
    let fixed = ["gate.matrix={fixed: {per_class: 5, shared: 14}}"]
    let comparison = try compare([Run(), Run(sets: fixed), Run(sets: Self.standard)])
    #expect(
      comparison.differingKeys == [
        "gate.matrix", "gate.matrix.fixed.per_class", "gate.matrix.fixed.shared", "gate.schedule",
      ])
    #expect(
      comparison.recipes[0].label == "tiny (gate.matrix=learned, gate.schedule=alternate)")
  }

  /// CIC depends on m1, which a baseline takes from the network only where both are analysed at once.
  @Test func groupsOfDifferentSizesAreTold() throws {
    var (network, baseline) = (gated(1, 0.5), plain(1, 0.5))
    (network.nested, baseline.nested) = (["correlation": ["m1": 5]], ["correlation": ["m1": 6]])
    let warnings = try compare([network, baseline]).warnings
    #expect(warnings.first?.contains("CIC is over groups of different sizes") == true)
  }

  @Test func differentStepsAreTold() throws {
    let warnings = try compare([Run(), Run(seed: 1, step: 6)]).warnings
    #expect(warnings.contains { $0.contains("different numbers of steps: 4, 6") })
  }

  /// Runs that were stopped, or changed on the way.
  @Test func pairsOfDifferentLengthAreTold() throws {
    var network = gated(1, 0.5)
    network.step = 9
    let warnings = try compare([network, plain(1, 0.25)]).warnings
    #expect(warnings.contains { $0.hasPrefix("csg was analysed after 9 steps, std after 4: ") })
    #expect(
      try !compare([gated(1, 0.5), plain(1, 0.25)]).warnings.contains { $0.contains("steps") })
    let made = try AnalysedFolder()
    try made.write(
      "run/metrics.json", json: network.metrics(origin: ["changes": ["epochs 3 to 6"]]))
    let changed = try Comparison([AnalysedRun(at: made.folder("run"))], baseline: nil).warnings
    #expect(
      changed.contains {
        $0.hasPrefix("\(made.folder("run")): was changed on the way (epochs 3 to 6): ")
      }, "\(changed)")
  }

  @Test func valuesAreSeparatedByCommas() throws {
    let text = ComparisonCSV.text(try compare([gated(1, 0.5, name: "a, \"b\""), plain(1, 0.25)]))
    #expect(text.hasPrefix("recipe,measure,n,mean,standard_deviation,interval_low,"))
    #expect(text.contains("\"a, \"\"b\"\"\",accuracy,1,0.5,,,,std,1,0.25,,,,2.0,,\r\n"))
    #expect(text.contains("std,accuracy,1,0.25,,,,,,,,,,,,\r\n"))
    #expect(text.contains(",l1_density,1,0.1,,,,,,,,,,,,\r\n"))
  }

  /// The mean ends with the shortest record, and leaves out what a run did not measure.
  @Test func curvesEndWithTheShortestRecord() {
    let curves = EpochCurves([
      [(epochs: 1, value: 1), (epochs: 2, value: 2), (epochs: 3, value: 4)],
      [(epochs: 1, value: 3), (epochs: 3, value: 5)], [(epochs: 1, value: 5)],
    ])
    #expect(curves.mean.map(\.epochs) == [1] && curves.mean.map(\.value) == [3])
    #expect(EpochCurves(Array(curves.runs.prefix(2))).mean.map(\.value) == [2, 4.5])
    #expect(EpochCurves([]).mean.isEmpty)
  }
}
