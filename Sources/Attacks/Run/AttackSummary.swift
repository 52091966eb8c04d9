import Core
import Foundation

/// What a run comes to.
package struct AttackSummary: Sendable, Codable {
  /// Mean and median of a value over samples; the median of an even number is the mean of the middle two.
  package struct Average: Sendable, Codable, Equatable {
    /// Values are added in the order of samples.
    package let mean: Double, median: Double

    /// Of these values; nil where there is none.
    init?(_ values: [Double]) {
      guard !values.isEmpty else { return nil }
      let sorted = values.sorted()
      mean = values.reduce(0, +) / Double(values.count)
      median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
  }

  /// What results may be wrong for.
  package struct Warning: Sendable, Codable, Equatable {
    /// `zero-gradients` or `outside-box`, of a defence also `black-box-wins` or `smaller-radius-wins`; what
    /// it says.
    package let name: String, text: String
  }

  static let newestFormat = 1
  package let format: Int, version: String
  package let method: String, target: String, selection: String
  package let seed: UInt64
  package let settings: [String: Double]
  package let architecture: String, modelDigest: String, dataFingerprint: String
  /// Samples; those that the net was right on; those that were attacked.
  package let samples: Int, correct: Int, attacked: Int
  /// Of those attacked, those that fool the net: as real numbers, and rounded to bytes.
  package let successes: Int, roundedSuccesses: Int
  /// Those attacked that the net was right on, and of these those that fool it.
  package let correctAttacked: Int, correctSuccesses: Int
  /// Those for which random signs as large were tried, and of these those that fool it.
  package let noiseTried: Int, noiseSuccesses: Int
  /// The same as shares; nil where there is none.
  package let success: WilsonInterval?, successRounded: WilsonInterval?
  package let successOfCorrect: WilsonInterval?, noiseSuccess: WilsonInterval?
  /// Over what fooled the net: pixels, and distances of values in [0, 1].
  package let l0: Average?, l2: Average?, linf: Average?
  /// Over what was attacked.
  package let queries: Average?
  package let warnings: [Warning]

  enum CodingKeys: String, CodingKey {
    case format, version, method, target, selection, seed, settings, architecture
    case modelDigest = "model_digest"
    case dataFingerprint = "data_fingerprint"
    case samples, correct, attacked, successes, success
    case roundedSuccesses = "successes_rounded"
    case correctAttacked = "correct_attacked"
    case correctSuccesses = "correct_successes"
    case noiseTried = "noise_tried"
    case noiseSuccesses = "noise_successes"
    case successRounded = "success_rounded"
    case successOfCorrect = "success_of_correct"
    case noiseSuccess = "noise_success"
    case l0, l2, linf, queries, warnings
  }

  init(_ tally: AttackTally, _ description: AttackDescription) {
    (format, version) = (Self.newestFormat, csgDistVersion)
    method = description.method.rawValue
    target = description.aim.text
    selection = description.selection.text
    seed = description.seed
    settings = description.namedSettings
    architecture = description.architecture
    modelDigest = description.modelDigest
    dataFingerprint = description.fingerprint
    (samples, correct) = (tally.samples, tally.correct)
    (attacked, successes) = (tally.attacked, tally.successes)
    roundedSuccesses = tally.roundedSuccesses
    (correctAttacked, correctSuccesses) = (tally.correctAttacked, tally.correctSuccesses)
    (noiseTried, noiseSuccesses) = (tally.noise, tally.noiseSuccesses)
    success = WilsonInterval(tally.successes, of: tally.attacked)
    successRounded = WilsonInterval(tally.roundedSuccesses, of: tally.attacked)
    successOfCorrect = WilsonInterval(tally.correctSuccesses, of: tally.correctAttacked)
    noiseSuccess = WilsonInterval(tally.noiseSuccesses, of: tally.noise)
    (l0, l2, linf) = (Average(tally.l0), Average(tally.l2), Average(tally.linf))
    queries = Average(tally.queries)
    warnings = AttackWarnings.all(tally)
  }
}

// MARK: As JSON

extension AttackSummary {
  private enum DefinitionKey: String, CodingKey { case definitions }

  /// Every key stands there, null where there is no value; and what they mean.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(version, forKey: .version)
    try container.encode(method, forKey: .method)
    try container.encode(target, forKey: .target)
    try container.encode(selection, forKey: .selection)
    try container.encode(seed, forKey: .seed)
    try container.encode(settings, forKey: .settings)
    try container.encode(architecture, forKey: .architecture)
    try container.encode(modelDigest, forKey: .modelDigest)
    try container.encode(dataFingerprint, forKey: .dataFingerprint)
    for (count, key) in counts { try container.encode(count, forKey: key) }
    try container.encode(success, forKey: .success)
    try container.encode(successRounded, forKey: .successRounded)
    try container.encode(successOfCorrect, forKey: .successOfCorrect)
    try container.encode(noiseSuccess, forKey: .noiseSuccess)
    try container.encode(l0, forKey: .l0)
    try container.encode(l2, forKey: .l2)
    try container.encode(linf, forKey: .linf)
    try container.encode(queries, forKey: .queries)
    try container.encode(warnings, forKey: .warnings)
    var meanings = encoder.container(keyedBy: DefinitionKey.self)
    try meanings.encode(Self.definitions, forKey: .definitions)
  }

  private var counts: [(Int, CodingKeys)] {
    [
      (samples, .samples), (correct, .correct), (attacked, .attacked), (successes, .successes),
      (roundedSuccesses, .roundedSuccesses), (correctAttacked, .correctAttacked),
      (correctSuccesses, .correctSuccesses), (noiseTried, .noiseTried),
      (noiseSuccesses, .noiseSuccesses),
    ]
  }

  /// As JSON, keys in order.
  package var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return [UInt8](try encoder.encode(self))
    }
  }
}
