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

  /// Which pictures.
  package struct Data: Encodable, Sendable {
    package let source: String, split: String, fingerprint: String
    /// Samples of the split; those that both nets are right on; those that were asked for, and attacked.
    package let count: Int, bothRight: Int, asked: Int, attacked: Int
    package let seed: UInt64

    enum CodingKeys: String, CodingKey {
      case source, split, fingerprint, count, asked, attacked, seed
      case bothRight = "both_right"
    }
  }

  /// A net as it is.
  package struct OfNet: Encodable, Sendable {
    package let file: String, architecture: String, modelDigest: String
    package let correct: Int, accuracy: WilsonInterval?

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
    data = Data(
      source: manifest.source, split: manifest.split, fingerprint: manifest.fingerprint,
      count: dataset.count, bothRight: zip(right[0], right[1]).count { $0 && $1 }, asked: asked,
      attacked: samples.count, seed: seed)
    let nets = zip(runs, right).map { run, right in
      let correct = right.count { $0 }
      return OfNet(
        file: run.file, architecture: run.checkpoint.architecture,
        modelDigest: run.checkpoint.stateDigest.description, correct: correct,
        accuracy: WilsonInterval(correct, of: right.count))
    }
    (network, baseline) = (nets[0], nets[1])
    let attacks = rows.enumerated().map { number, row in
      Attacked(
        name: row.name, method: row.attack.method,
        settings: Dictionary(
          uniqueKeysWithValues: row.attack.settings.map { ($0.name, $0.value) }),
        network: found[0][number], baseline: found[1][number],
        comparison: Comparison(found[0][number], found[1][number]))
    }
    self.attacks = attacks
    warnings = zip(AttackSubject.allCases, found).flatMap { subject, found in
      DefenceWarnings.all(
        zip(rows, found).map { row, found in
          DefenceWarnings.Found(
            row.name, row.attack.method, epsilon: row.attack.radius.map(Double.init),
            attacked: found.attacked, successes: found.successes,
            zeroGradients: found.zeroGradients)
        }, on: subject)
    }
  }

  static let meanings = [
    "accuracy": """
    Share of all samples of the split that a net tells rightly on the STD path, with the 95 % interval by \
    Wilson's score.
    """,
    "both_right": "Samples that both nets tell rightly; the first of these are attacked.",
    "success": """
    Share of the attacked pictures that fool the net afterwards: it tells another class than the label. \
    95 % interval by Wilson's score.
    """,
    "successes_rounded":
      "Of these pictures rounded to bytes, as a file would hold them, those that fool it.",
    "noise_success": """
    Success of random signs of the attack's radius: what an attack must exceed to be one; null of an attack \
    without a radius.
    """,
    "l0": "Pixels that changed, over the pictures that fool the net: mean and median.",
    "l2": "Euclidean distance of values in [0, 1], likewise.",
    "linf": "Largest change of a value in [0, 1], likewise.",
    "queries": "Pictures whose logits, or gradient, the attack asked for, over all pictures.",
    "zero_gradients": """
    Pictures for which the gradient was zero everywhere before the net was fooled: that these resist says \
    nothing of the net.
    """,
    "difference": "Success on the network less success on the baseline, on the same pictures.",
    "network_only":
      "Pictures that fool the network and not the baseline; baseline_only: the other way.",
    "p": """
    McNemar's exact test, two-sided: how likely pictures that fool one net alone are shared out at least as \
    unevenly if neither is the better.
    """,
    "warnings": """
    zero-gradients; black-box-wins: a black box fools a net more often than attacks that see its \
    gradient, which are too weak, or kept in too small a ball; smaller-radius-wins: the same attack with a \
    smaller epsilon does, so that the larger has not found what there is.
    """,
  ]
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
    func successful(_ values: [Double]) -> AttackSummary.Average? {
      AttackSummary.Average(zip(values, fooled).filter(\.1).map(\.0))
    }
    attacked = fooled.count
    successes = fooled.count { $0 }
    roundedSuccesses = try file.flags("success_rounded").count { $0 == 1 }
    success = WilsonInterval(successes, of: attacked)
    let noise = try file.flags("noise_success").count { $0 == 1 }
    noiseSuccess = hasNoise ? WilsonInterval(noise, of: fooled.count) : nil
    l0 = successful(try file.column("l0", Int32.self).map(Double.init))
    l2 = successful(try file.column("l2", Double.self))
    linf = successful(try file.column("linf", Double.self))
    queries = AttackSummary.Average(try file.column("queries", Int64.self).map(Double.init))
    zeroGradients = try file.flags("zero_gradient").count { $0 == 1 }
    isFooled = fooled
  }
}
