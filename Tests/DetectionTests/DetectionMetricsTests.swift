import Attacks
import Core
import Detection
import Foundation
import Interpretability
import Testing

@Suite struct DetectionMetricsTests {
  private typealias Metrics = DetectionMetrics

  private func table(_ attacked: [UInt8], _ success: [UInt8]) -> PooledTable {
    PooledTable(
      width: 1, samples: attacked.indices.map(Int32.init), values: attacked.map { _ in 0 },
      wasCorrect: attacked.map { _ in 1 }, wasAttacked: attacked, isSuccess: success)
  }

  /// Of one method and two sizes, with so many errors among 20 pictures in each repeat.
  private func network(_ errors: [[Int]], adaptive: [Metrics.Adaptive]? = nil) -> Metrics.OfNetwork
  {
    let split = Metrics.OfAttack(table([1, 1, 0, 1], [1, 0, 0, 1]))
    return Metrics.OfNetwork(
      origin: Origin(
        architecture: "resnet8", step: 0, digest: "0", classes: 2, filters: 64, gated: false,
        run: nil), features: 3, convolutions: ["conv1"],
      methods: [
        "fgsm": Metrics.OfMethod(
          train: split, test: split,
          sizes: zip([5, 9], errors).map { size, errors in
            Metrics.OfSize(
              perClass: size,
              errors.map {
                .init(
                  trainingPairs: 2 * size,
                  errors: .init(pairs: 10, falseAlarms: $0 / 2, misses: $0 - $0 / 2),
                  noise: .init(tested: 2 * $0, alarms: $0 / 2))
              })
          }, importances: [1])
      ], adaptive: adaptive)
  }

  private func metrics(adaptive: Bool = true) -> Metrics {
    var tally = AdaptiveTally()
    tally.add(fooled: 1, caught: 1, passed: 0, falseAlarm: 0)
    tally.add(fooled: 1, caught: 0, passed: 1, falseAlarm: 0)
    tally.add(fooled: 0, caught: 0, passed: 0, falseAlarm: 1)
    tally.add(fooled: 0, caught: 0, passed: 0, falseAlarm: 0)
    let found = Metrics.Adaptive(.localSearch, .fgsm, tally).map { [$0] }
    let (ours, theirs) = (
      network([[2, 4, 3], [1, 2, 0]], adaptive: adaptive ? found : nil),
      network([[4, 5, 6], [1, 3, 2]])
    )
    return Metrics(
      data: .init(
        source: "s", classes: ["a", "b"], trainFingerprint: "1", testFingerprint: "2",
        trainCount: 40, testCount: 20, trainDrawn: 30, testDrawn: 12),
      settings: .init(
        DetectionPlan(sizes: [5, 9], testPerClass: 5, repeats: 3, trees: 7, seed: 1),
        attacks: [GradientSign.fgsm()], adaptive: 4),
      network: ours, baseline: theirs, comparison: .init(ours, theirs))
  }

  @Test func ratesAreOverRepeats() throws {
    let size = metrics().network.methods["fgsm"]?.sizes[0]
    let found = try #require(size)
    // 2, 4 and 3 errors among 20 pictures.
    #expect(abs(found.error.mean - 0.15) < 1e-15)
    #expect(abs(try #require(found.error.standardDeviation) - 0.05) < 1e-15)
    // t of 2 degrees of freedom at 95 %: 4.302652729749462.
    let half = 4.302652729749462 * 0.05 / 3.0.squareRoot()
    #expect(abs(try #require(found.error.interval)[1] - 0.15 - half) < 1e-12)
    #expect(abs(found.falseAlarms.mean - 4.0 / 30) < 1e-15)
    #expect(abs(found.misses.mean - 5.0 / 30) < 1e-15)
    #expect(found.repeats.map(\.tested) == [20, 20, 20])
    #expect(found.repeats[1].error == WilsonInterval(4, of: 20))
  }

  /// Of 4, 8 and 6 pictures with noise 1, 2 and 1 raise an alarm, and where none was tried nothing is said.
  @Test func noiseAlarmsAreOverRepeatsThatHaveNoise() throws {
    let sizes = try #require(metrics().network.methods["fgsm"]?.sizes)
    let first = try #require(sizes[0].noiseAlarms)
    #expect(first.count == 3 && abs(first.mean - (0.25 + 0.25 + 1.0 / 6) / 3) < 1e-15)
    #expect(sizes[1].noiseAlarms?.count == 2, "the last repeat has none")
    let bare = Metrics.OfSize(
      perClass: 1,
      [.init(trainingPairs: 2, errors: .init(pairs: 1, falseAlarms: 0, misses: 0))])
    #expect(bare.noiseAlarms == nil)
  }

  @Test func differencesArePairedByRepeat() throws {
    let comparison = try #require(metrics().comparison)
    let first = try #require(comparison.methods["fgsm"]?[0].difference)
    // (2 − 4, 4 − 5, 3 − 6) / 20.
    #expect(first.count == 3 && abs(first.mean + 0.1) < 1e-15)
    #expect(abs(try #require(first.standardDeviation) - 0.05) < 1e-15)
    // Means over sizes: (1.5, 3, 1.5) − (2.5, 4, 4).
    #expect(abs(comparison.overall.difference.mean + 4.5 / 60) < 1e-15)
  }

  @Test func attacksAreCounted() {
    let attack = metrics().network.methods["fgsm"]?.train
    #expect(attack?.samples == 4 && attack?.attacked == 3 && attack?.successes == 2)
    #expect(attack?.success == WilsonInterval(2, of: 3))
    #expect(Metrics.OfAttack(table([0, 0], [0, 0])).success == nil)
  }

  @Test func adaptiveSharesAreOfTheirOwn() throws {
    let found = try #require(metrics().network.adaptive?.first)
    #expect(found.network == WilsonInterval(2, of: 4) && found.pair == WilsonInterval(1, of: 4))
    #expect(found.caught == WilsonInterval(1, of: 2))
    #expect(found.falseAlarms == WilsonInterval(1, of: 4))
  }

  /// All names of keys below a value.
  private func keys(_ value: Any) -> Set<String> {
    if let object = value as? [String: Any] {
      return object.reduce(Set(object.keys)) { $0.union(keys($1.value)) }
    }
    return (value as? [Any])?.reduce(into: Set()) { $0.formUnion(keys($1)) } ?? []
  }

  @Test func everyDefinitionIsOfAValue() throws {
    let json = try JSONSerialization.jsonObject(with: Data(DetectionFile.json(metrics())))
    var document = try #require(json as? [String: Any])
    let definitions = try #require(document.removeValue(forKey: "definitions") as? [String: String])
    let found = keys(document)
    for (name, text) in definitions {
      #expect(found.contains(name), "\(name)")
      #expect(text.count > 20, "\(name)")
    }
    for name in ["error", "false_alarms", "misses", "p_value", "pair", "caught", "importances"] {
      #expect(definitions[name] != nil, "\(name)")
    }
  }

  /// Every key stands in the file, null where there is no value.
  @Test func missingPartsAreNull() throws {
    let all = metrics(adaptive: false)
    let alone = Metrics(
      data: all.data, settings: all.settings, network: all.network, baseline: nil,
      comparison: nil)
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(DetectionFile.json(alone))) as? [String: Any])
    #expect(document["baseline"] is NSNull && document["comparison"] is NSNull)
    #expect((document["network"] as? [String: Any])?["adaptive"] is NSNull)
    let settings = try #require(document["settings"] as? [String: Any])
    #expect(settings["chance"] as? Double == 0.5 && settings["target"] as? String == "random")
    let attacks = try #require(settings["attacks"] as? [String: [String: Double]])
    #expect(attacks.keys.sorted() == ["fgsm"] && attacks["fgsm"]?.count == 1)
    #expect(abs(try #require(attacks["fgsm"]?["epsilon"]) - 0.031) < 1e-8)
  }

  /// The paper's Table 3, cell by cell.
  @Test func publishedRowsAreTable3() {
    let rows = Dictionary(
      uniqueKeysWithValues: PublishedDetection.rows.map {
        ("\($0.method) \($0.isGated)", $0.errors.map { Int(($0 * 10_000).rounded()) })
      })
    #expect(
      rows == [
        "fgsm false": [476, 460, 415], "fgsm true": [450, 394, 384],
        "pgd false": [503, 620, 408], "pgd true": [452, 395, 325],
        "cw false": [733, 676, 646], "cw true": [703, 618, 587],
      ])
  }
}

@Suite struct ForestRecordTests {
  private let record = ForestRecord(
    run: "a", trainingPairs: 4, errors: .init(pairs: 3, falseAlarms: 1, misses: 2),
    noise: .init(tested: 2, alarms: 1),
    importances: [0.1, 1 / 3.0, 1 - 0.1 - 1 / 3.0])

  @Test func recordsComeBackToTheBit() throws {
    #expect(try ForestRecord(json: record.json()) == record)
  }

  @Test func theRunIsEveryPart() {
    func digest(_ pairs: [(String, String)]) -> String {
      ForestRecord.digest(pairs.map { Agreement($0.0, $0.1) })
    }
    let all = [
      digest([("a", "1"), ("b", "2")]), digest([("a", "1"), ("b", "3")]), digest([("a", "1")]),
      digest([("a1", ""), ("b", "2")]), digest([("b", "2"), ("a", "1")]),
    ]
    #expect(Set(all).count == all.count)
  }
}
