import Attacks
import Core
import Detection
import Forest
import TestSupport
import Testing

/// Tables of features that detectors learn from, by hand.
@Suite struct DetectorTests {
  private static let width = 6

  /// Tables of samples 0..<count: attacked pictures have `shift` added to feature 2.
  private func pairs(
    _ count: Int, shift: Float, attacked: (Int) -> Bool = { _ in true },
    success: (Int) -> Bool = { _ in true }, successfulOnly: Bool = false
  ) throws -> FeaturePairs {
    var random = RandomValues(seed: 3)
    let normal = random.floats(count * Self.width)
    let adversarial = normal.enumerated().map { $0 % Self.width == 2 ? $1 + shift : $1 }
    func table(_ values: [Float], isAttacked: Bool) -> PooledTable {
      func flags(_ isSet: (Int) -> Bool) -> [UInt8] {
        isAttacked ? (0..<count).map { isSet($0) ? 1 : 0 } : []
      }
      return PooledTable(
        width: Self.width, samples: (0..<Int32(count)).map { 2 * $0 }, values: values,
        wasCorrect: flags { _ in true }, wasAttacked: flags(attacked), isSuccess: flags(success))
    }
    return try FeaturePairs(
      normal: table(normal, isAttacked: false), adversarial: table(adversarial, isAttacked: true),
      successfulOnly: successfulOnly)
  }

  private let samples = (0..<200).map { 2 * $0 }

  @Test func whatWasNotAttackedIsNoPair() throws {
    let every = try pairs(6, shift: 1, attacked: { $0 != 1 }, success: { $0 % 2 == 1 })
    #expect(every.counting([0, 2, 4, 6, 8, 10]) == [0, 4, 6, 8, 10])
    let fooling = try pairs(
      6, shift: 1, attacked: { $0 != 1 }, success: { $0 % 2 == 1 }, successfulOnly: true)
    #expect(fooling.counting([10, 8, 6, 4, 2, 0]) == [10, 6])
    #expect(every.counting([3, 12]).isEmpty, "samples that are in no table")
  }

  @Test func normalRowsComeFirst() throws {
    let pairs = try pairs(3, shift: 5)
    let values = pairs.values([4, 0])
    #expect(values.count == 4 * Self.width)
    for (row, sample) in [2, 0].enumerated() {
      for f in 0..<Self.width {
        let (normal, attacked) = (
          values[row * Self.width + f], values[(2 + row) * Self.width + f]
        )
        #expect(attacked - normal == (f == 2 ? 5 : 0) || abs(attacked - normal - 5) < 1e-5)
        #expect(pairs.values([2 * sample])[f] == normal)
      }
    }
  }

  @Test func otherSamplesAreRefused() throws {
    let normal = PooledTable(width: 1, samples: [0, 1], values: [0, 0])
    let other = PooledTable(
      width: 1, samples: [0, 2], values: [0, 0], wasCorrect: [1, 1], wasAttacked: [1, 1],
      isSuccess: [1, 1])
    let error = #expect(throws: CSGError.self) {
      try FeaturePairs(normal: normal, adversarial: other, successfulOnly: false)
    }
    #expect(error?.exitCode == .data)
  }

  /// What is easy to tell is told without error, what cannot be told as chance has it.
  @Test func errorsAreBetweenNoneAndChance() throws {
    func errors(shift: Float) throws -> Detector.Errors {
      let pairs = try pairs(200, shift: shift)
      let detector = try Detector(
        pairs, samples: Array(samples.prefix(100)), trees: 30, seed: 1)
      return try detector.errors(pairs, samples: Array(samples.suffix(100)))
    }
    let easy = try errors(shift: 5)
    #expect(easy == Detector.Errors(pairs: 100, falseAlarms: 0, misses: 0) && easy.rate == 0)
    let hopeless = try errors(shift: 0)
    #expect(hopeless.falseAlarms + hopeless.misses == 100, "equal rows get equal answers")
    #expect(hopeless.rate == 0.5)
    let middling = try errors(shift: 0.9)
    #expect(middling.rate > 0.05 && middling.rate < 0.45)
    #expect(middling.rate == Double(middling.falseAlarms + middling.misses) / 200)
  }

  /// Pictures moved as attacked ones are raise alarms, those left as they are do not, and only what noise was
  /// tried on counts.
  @Test func alarmsAtNoiseAreCounted() throws {
    let learned = try pairs(200, shift: 5)
    let detector = try Detector(learned, samples: samples, trees: 15, seed: 1)
    let values = learned.values(samples)
    let half = values.count / 2
    func noise(_ values: ArraySlice<Float>) -> PooledTable {
      PooledTable(
        width: Self.width, samples: samples.map(Int32.init), values: Array(values),
        wasAttacked: samples.indices.map { $0 % 4 == 0 ? 0 : 1 })
    }
    let asked = Array(samples.prefix(20))
    let (none, all) = (noise(values[..<half]), noise(values[half...]))
    #expect(try detector.alarms(at: none, samples: asked) == .init(tested: 15, alarms: 0))
    #expect(try detector.alarms(at: all, samples: asked) == .init(tested: 15, alarms: 15))
    #expect(try detector.alarms(at: all, samples: [samples[4]]) == .init(tested: 0, alarms: 0))
    let error = #expect(throws: CSGError.self) { try detector.alarms(at: all, samples: [1]) }
    #expect(error?.exitCode == .data)
  }

  /// The forest's own words, and the importance where the difference is.
  @Test func verdictsAreTheForests() throws {
    let pairs = try pairs(200, shift: 0.9)
    let detector = try Detector(pairs, samples: samples, trees: 21, seed: 4)
    let values = pairs.values(samples)
    let verdicts = try detector.forest.predict(values)
    let suspicion = try detector.suspicion(values)
    #expect(suspicion.count == 400)
    for (verdict, share) in zip(verdicts, suspicion) {
      #expect(Detector.isAlarm(share) == (verdict == Detector.Verdict.adversarial.rawValue))
    }
    #expect(!Detector.isAlarm(0.5), "of equal classes the lower is taken")
    let importances = detector.forest.importances
    #expect(importances.firstIndex(of: importances.max() ?? 0) == 2)
  }

  @Test func seedsGrowOtherForests() throws {
    let pairs = try pairs(200, shift: 0.5)
    func forest(_ seed: UInt64) throws -> RandomForest {
      try Detector(pairs, samples: samples, trees: 5, seed: seed).forest
    }
    #expect(try forest(1) == forest(1) && forest(1).trees != forest(2).trees)
  }
}

@Suite struct GuardedNetTests {
  @Test func anAlarmMakesTheLabelWin() {
    let logits: [Float] = [1, 4, -2]
    #expect(GuardedNet.guarded(logits, label: 0, suspicion: 0.5) == logits)
    #expect(GuardedNet.guarded(logits, label: 0, suspicion: 0.75) == [4.75, 4, -2])
    #expect(GuardedNet.guarded(logits, label: 1, suspicion: 1) == [1, 5, -2])
    let large: [Float] = [1e20, 3e20]
    #expect(Prediction.of(GuardedNet.guarded(large, label: 0, suspicion: 0.6)) == 0)
  }

  /// An attack that goes by scores sees how sure the detector is.
  @Test func moreVotesLookFurtherFromTheAim() {
    let logits: [Float] = [1, 4, -2]
    let goal = AttackGoal.anyBut(0)
    let nearness = [0.51, 0.6, 0.8, 1].map {
      goal.nearness(GuardedNet.guarded(logits, label: 0, suspicion: $0))
    }
    #expect(zip(nearness, nearness.dropFirst()).allSatisfy { $0 > $1 })
    #expect(!goal.isReached(GuardedNet.guarded(logits, label: 0, suspicion: 0.51)))
    #expect(goal.isReached(GuardedNet.guarded(logits, label: 0, suspicion: 0.5)))
  }
}
