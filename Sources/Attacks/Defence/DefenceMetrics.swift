import Core
import Datasets
import Inference

/// `defence.json`: how a network and its baseline stand attacks on the same pictures.
package struct DefenceMetrics: Encodable, Sendable {
  package let format = "csg-dist defence", version = 1
  package let program = csgDistVersion
  package let data: Data
  /// The share of the whole split that each net tells, as it is.
  package let network: OfNet, baseline: OfNet
  /// Row by row.
  package let attacks: [Attacked]
  /// What results may be wrong for.
  package let warnings: [AttackSummary.Warning]
  /// What the values mean, by their name.
  package let definitions = Self.meanings

  /// Of nets that were attacked alike.
  package init(
    data: Data, network: OfNet, baseline: OfNet, attacks: [Attacked],
    warnings: [AttackSummary.Warning]
  ) {
    self.data = data
    self.network = network
    self.baseline = baseline
    self.attacks = attacks
    self.warnings = warnings
  }

  /// Which pictures.
  package struct Data: Encodable, Sendable {
    package let source: String, split: String, fingerprint: String
    /// Samples of the split; those that both nets are right on; those that were asked for, and attacked.
    package let count: Int, bothRight: Int, asked: Int, attacked: Int
    package let seed: UInt64

    /// Samples of a split.
    package init(
      source: String, split: String, fingerprint: String, count: Int, bothRight: Int, asked: Int,
      attacked: Int, seed: UInt64
    ) {
      (self.source, self.split, self.fingerprint) = (source, split, fingerprint)
      (self.count, self.bothRight, self.asked) = (count, bothRight, asked)
      (self.attacked, self.seed) = (attacked, seed)
    }

    enum CodingKeys: String, CodingKey {
      case source, split, fingerprint, count, asked, attacked, seed
      case bothRight = "both_right"
    }
  }

  /// A net as it is.
  package struct OfNet: Encodable, Sendable {
    package let file: String, architecture: String, modelDigest: String
    package let correct: Int, accuracy: WilsonInterval?

    /// A net that is right on so many samples of a split.
    package init(
      file: String, architecture: String, modelDigest: String, correct: Int, of count: Int
    ) {
      (self.file, self.architecture, self.modelDigest) = (file, architecture, modelDigest)
      self.correct = correct
      accuracy = WilsonInterval(correct, of: count)
    }

    enum CodingKeys: String, CodingKey {
      case file, architecture, correct, accuracy
      case modelDigest = "model_digest"
    }
  }

  /// One attack on both.
  package struct Attacked: Encodable, Sendable {
    package let name: String, method: AttackMethod, settings: [String: Double]
    package let network: OfAttack, baseline: OfAttack
    package let comparison: Comparison

    /// A row of both nets' results on the same pictures.
    package init(_ row: Defence.Row, network: OfAttack, baseline: OfAttack) {
      name = row.name
      method = row.attack.method
      settings = Dictionary(uniqueKeysWithValues: row.attack.settings.map { ($0.name, $0.value) })
      self.network = network
      self.baseline = baseline
      comparison = Comparison(network, baseline)
    }
  }

  /// What an attack did to one net.
  package struct OfAttack: Encodable, Sendable {
    /// Pictures, and those that fooled the net: as real numbers, and rounded to bytes.
    package let attacked: Int, successes: Int, roundedSuccesses: Int
    package let success: WilsonInterval?
    /// Of random signs as large; null of an attack without a radius.
    package let noiseSuccess: WilsonInterval?
    /// Over what fooled the net.
    package let l0: AttackSummary.Average?, l2: AttackSummary.Average?, linf: AttackSummary.Average?
    /// Over all pictures.
    package let queries: AttackSummary.Average?
    /// Pictures on which the attack was blind before the net was fooled.
    package let zeroGradients: Int
    /// Which pictures fooled the net, in the order of samples.
    let isFooled: [Bool]

    /// What became of pictures; distances are of what fooled the net, queries of all.
    package init(
      isFooled: [Bool], isFooledRounded: [Bool], isFooledByNoise: [Bool]?, zeroGradients: Int,
      l0: [Double], l2: [Double], linf: [Double], queries: [Double]
    ) {
      self.isFooled = isFooled
      attacked = isFooled.count
      successes = isFooled.count { $0 }
      roundedSuccesses = isFooledRounded.count { $0 }
      success = WilsonInterval(successes, of: attacked)
      noiseSuccess = isFooledByNoise.flatMap { noise in
        WilsonInterval(noise.count { $0 }, of: noise.count)
      }
      self.zeroGradients = zeroGradients
      self.l0 = AttackSummary.Average(l0)
      self.l2 = AttackSummary.Average(l2)
      self.linf = AttackSummary.Average(linf)
      self.queries = AttackSummary.Average(queries)
    }

    enum CodingKeys: String, CodingKey {
      case attacked, successes, success, l0, l2, linf, queries
      case roundedSuccesses = "successes_rounded"
      case noiseSuccess = "noise_success"
      case zeroGradients = "zero_gradients"
    }

    /// Every key stands there: null where there is no value.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(attacked, forKey: .attacked)
      try container.encode(successes, forKey: .successes)
      try container.encode(roundedSuccesses, forKey: .roundedSuccesses)
      try container.encode(success, forKey: .success)
      try container.encode(noiseSuccess, forKey: .noiseSuccess)
      try container.encode(l0, forKey: .l0)
      try container.encode(l2, forKey: .l2)
      try container.encode(linf, forKey: .linf)
      try container.encode(queries, forKey: .queries)
      try container.encode(zeroGradients, forKey: .zeroGradients)
    }
  }

  /// Both on the same pictures.
  package struct Comparison: Encodable, Sendable {
    /// Success on the network less success on the baseline.
    package let difference: Double
    /// Pictures that fooled one of them alone.
    package let networkOnly: Int, baselineOnly: Int
    /// McNemar's exact test, two-sided.
    package let p: Double

    enum CodingKeys: String, CodingKey {
      case difference, p
      case networkOnly = "network_only"
      case baselineOnly = "baseline_only"
    }
  }
}

extension DefenceMetrics {
  init(
    dataset: Dataset, right: [[Bool]], samples: [Int], asked: Int, seed: UInt64,
    rows: [Defence.Row], runs: [CheckpointedRun], found: [[OfAttack]]
  ) {
    let manifest = dataset.manifest
    let nets = zip(runs, right).map { run, right in
      OfNet(
        file: run.file, architecture: run.checkpoint.architecture,
        modelDigest: run.checkpoint.stateDigest.description, correct: right.count { $0 },
        of: right.count)
    }
    self.init(
      data: Data(
        source: manifest.source, split: manifest.split, fingerprint: manifest.fingerprint,
        count: dataset.count, bothRight: zip(right[0], right[1]).count { $0 && $1 }, asked: asked,
        attacked: samples.count, seed: seed),
      network: nets[0], baseline: nets[1],
      attacks: rows.enumerated().map {
        Attacked($1, network: found[0][$0], baseline: found[1][$0])
      },
      warnings: zip(AttackSubject.allCases, found).flatMap { subject, found in
        DefenceWarnings.all(
          zip(rows, found).map { row, found in
            DefenceWarnings.Found(
              row.name, row.attack.method, epsilon: row.attack.radius.map(Double.init),
              attacked: found.attacked, successes: found.successes,
              zeroGradients: found.zeroGradients)
          }, on: subject)
      })
  }
}

extension DefenceMetrics.Comparison {
  init(_ network: DefenceMetrics.OfAttack, _ baseline: DefenceMetrics.OfAttack) {
    let test = McNemarTest(first: network.isFooled, second: baseline.isFooled)
    let difference = network.successes - baseline.successes
    self.difference = Double(difference) / Double(network.attacked)
    (networkOnly, baselineOnly) = (test.onlyFirst, test.onlySecond)
    p = test.probability
  }
}

extension DefenceMetrics.OfAttack {
  /// What the file of an attack comes to.
  /// - Throws: `CSGError` 65 where it is damaged.
  init(_ file: AttackReader, hasNoise: Bool) throws {
    let fooled = file.isSuccess.map { $0 == 1 }
    func marks(_ name: String) throws -> [Bool] { try file.flags(name).map { $0 == 1 } }
    func successful(_ values: [Double]) -> [Double] { zip(values, fooled).filter(\.1).map(\.0) }
    self.init(
      isFooled: fooled, isFooledRounded: try marks("success_rounded"),
      isFooledByNoise: hasNoise ? try marks("noise_success") : nil,
      zeroGradients: try marks("zero_gradient").count { $0 },
      l0: successful(try file.column("l0", Int32.self).map(Double.init)),
      l2: successful(try file.column("l2", Double.self)),
      linf: successful(try file.column("linf", Double.self)),
      queries: try file.column("queries", Int64.self).map(Double.init))
  }
}
