import Core
import Foundation

/// What a run comes to.
package struct AttackSummary: Sendable, Encodable {
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

  package let format = 1
  package let version = csgDistVersion
  package let method: String, target: String, selection: String
  package let seed: UInt64
  package let settings: [String: Double]
  package let architecture: String, modelDigest: String, dataFingerprint: String
  /// Samples; those that the net was right on; those that were attacked, and of these those that fooled
  /// the net.
  package let samples: Int, correct: Int, attacked: Int, successes: Int
  /// Share of those attacked that fool the net: as real numbers, as bytes, of those that it was right
  /// on, and of random signs as large; nil where there is none.
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
    case successRounded = "success_rounded"
    case successOfCorrect = "success_of_correct"
    case noiseSuccess = "noise_success"
    case l0, l2, linf, queries, warnings
  }

  init(_ tally: AttackTally, _ description: AttackDescription) {
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
    success = WilsonInterval(tally.successes, of: tally.attacked)
    successRounded = WilsonInterval(tally.roundedSuccesses, of: tally.attacked)
    successOfCorrect = WilsonInterval(tally.correctSuccesses, of: tally.correctAttacked)
    noiseSuccess = WilsonInterval(tally.noiseSuccesses, of: tally.noise)
    (l0, l2, linf) = (Average(tally.l0), Average(tally.l2), Average(tally.linf))
    queries = Average(tally.queries)
    warnings = Self.warnings(tally)
  }

  private static func warnings(_ tally: AttackTally) -> [Warning] {
    var warnings: [Warning] = []
    func share(_ count: Int) -> String {
      "\(count) of \(tally.attacked) samples "
        + "(\(NumberText.percent(Double(count) / Double(tally.attacked))))"
    }
    if tally.blind > 0 {
      warnings.append(
        Warning(
          name: "zero-gradients",
          text: "the gradient was zero everywhere for \(share(tally.blind)) before the net was "
            + "fooled: that these resist says nothing of the net"))
    }
    if tally.outside > 0 {
      warnings.append(
        Warning(
          name: "outside-box",
          text: "the pictures of \(share(tally.outside)) are not in [0, 1] or not in their ball: "
            + "an error of the program"))
    }
    return warnings
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
