import Attacks
import Core
import Forest

/// A normal picture and an attacked one of each sample, by their features: what a detector learns from,
/// and is tested by.
package struct FeaturePairs: Sendable {
  /// F.
  package let width: Int
  private let normal: PooledTable, adversarial: PooledTable
  /// Row of a sample.
  private let rows: [Int: Int]
  private let counts: [Bool]

  /// Pairs of tables of the same samples. A picture that was not attacked, as the net took it for the
  /// target already, is no adversarial one; with `successfulOnly` neither is one that the net is not
  /// fooled by. Its pair does not count then, so that there are as many normal ones as adversarial.
  /// - Throws: `CSGError` 65 where the tables are of other samples.
  package init(normal: PooledTable, adversarial: PooledTable, successfulOnly: Bool) throws {
    guard normal.samples == adversarial.samples, normal.width == adversarial.width else {
      throw CSGError(
        .data, "the features of normal and attacked pictures are of other samples",
        remedy: "remove them")
    }
    width = normal.width
    self.normal = normal
    self.adversarial = adversarial
    rows = Dictionary(
      uniqueKeysWithValues: normal.samples.enumerated().map { (Int($1), $0) })
    counts = zip(adversarial.wasAttacked, adversarial.isSuccess).map {
      $0 == 1 && (!successfulOnly || $1 == 1)
    }
  }

  /// Those of samples whose pairs count, in their order.
  package func counting(_ samples: [Int]) -> [Int] {
    samples.filter { rows[$0].map { counts[$0] } ?? false }
  }

  /// The features of samples: all as they are, then all attacked, [2n][F].
  package func values(_ samples: [Int]) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(2 * samples.count * width)
    for table in [normal, adversarial] {
      for sample in samples {
        guard let row = rows[sample] else { preconditionFailure("sample \(sample) was not drawn") }
        values += table.row(row)
      }
    }
    return values
  }
}

/// A random forest that tells attacked pictures from others by their pooled features.
package struct Detector: Sendable {
  /// What the forest calls them.
  package enum Verdict: Int32, Sendable {
    case normal = 0, adversarial = 1
  }

  package let forest: RandomForest

  /// Learns from the pairs of samples. Collective over `ranks`.
  /// - Throws: `CSGError` 65 where a feature is not finite.
  package init(
    _ pairs: FeaturePairs, samples: [Int], trees: Int, seed: UInt64,
    ranks: any Ranks = SingleRank(), forEach: ForEachJob = RandomForest.oneByOne
  ) throws {
    let verdicts: [Verdict] = [.normal, .adversarial]
    let table = try ForestTable(
      values: pairs.values(samples), features: pairs.width,
      labels: verdicts.flatMap { verdict in samples.map { _ in verdict.rawValue } },
      classes: verdicts.count, forEach: forEach)
    forest = try RandomForest(
      table, RandomForest.Settings(trees: trees, seed: seed), ranks: ranks, forEach: forEach)
  }

  /// The share of trees' votes [n] for adversarial.
  package func suspicion(_ features: [Float]) throws -> [Double] {
    let all = try forest.probabilities(features)
    return stride(from: 0, to: all.count, by: 2).map { all[$0 + 1] }
  }

  /// Whether such a share raises an alarm: only more than half do, as the forest takes the lower of equal
  /// classes.
  package static func isAlarm(_ suspicion: Double) -> Bool { suspicion > 0.5 }

  /// Errors on the pairs of samples.
  package struct Errors: Codable, Sendable, Equatable {
    /// Pairs.
    package let pairs: Int
    /// Normal pictures that are called adversarial, and adversarial ones that are called normal.
    package let falseAlarms: Int, misses: Int

    /// Counted errors.
    package init(pairs: Int, falseAlarms: Int, misses: Int) {
      self.pairs = pairs
      self.falseAlarms = falseAlarms
      self.misses = misses
    }

    /// Share of all 2·pairs pictures.
    package var rate: Double { Double(falseAlarms + misses) / Double(2 * pairs) }
  }

  /// Alarms at pictures with noise as large as an attack.
  package struct NoiseAlarms: Codable, Sendable, Equatable {
    /// Pictures, and those that are called adversarial.
    package let tested: Int, alarms: Int

    /// Counted alarms.
    package init(tested: Int, alarms: Int) {
      self.tested = tested
      self.alarms = alarms
    }
  }

  /// How often it raises an alarm at those of samples that noise was tried on.
  /// - Throws: `CSGError` 65 where the table does not hold a sample.
  package func alarms(at noise: PooledTable, samples: [Int]) throws -> NoiseAlarms {
    let rows = Dictionary(uniqueKeysWithValues: noise.samples.enumerated().map { (Int($1), $0) })
    let tried = try samples.compactMap { sample -> Int? in
      guard let row = rows[sample] else {
        throw CSGError(
          .data, "the features of noise are of other samples", remedy: "remove them")
      }
      return noise.wasAttacked[row] == 1 ? row : nil
    }
    guard !tried.isEmpty else { return NoiseAlarms(tested: 0, alarms: 0) }
    let verdicts = try forest.predict(tried.flatMap { noise.row($0) })
    return NoiseAlarms(
      tested: tried.count, alarms: verdicts.count { $0 == Verdict.adversarial.rawValue })
  }

  /// How often it errs on the pairs of samples.
  package func errors(_ pairs: FeaturePairs, samples: [Int]) throws -> Errors {
    let verdicts = try forest.predict(pairs.values(samples))
    let (normal, adversarial) = (verdicts[..<samples.count], verdicts[samples.count...])
    return Errors(
      pairs: samples.count,
      falseAlarms: normal.count { $0 == Verdict.adversarial.rawValue },
      misses: adversarial.count { $0 == Verdict.normal.rawValue })
  }
}
