import Attacks
import Core
import Foundation
import Testing

@Suite struct AttackSummaryTests {
  private static let text = """
    {"format": 1, "version": "0.1.0", "method": "cw", "target": "random", "selection": "all",
     "seed": 18446744073709551615, "settings": {"constant": 0.1, "searches": 3},
     "architecture": "resnet8", "model_digest": "a", "data_fingerprint": "b",
     "samples": 5, "correct": 4, "attacked": 4, "successes": 3, "successes_rounded": 1,
     "correct_attacked": 4, "correct_successes": 3, "noise_tried": 3, "noise_successes": 0,
     "success": {"share": 0.75, "low": 0.3006418, "high": 0.9544127},
     "l2": {"mean": 0.1, "median": 0.30000000000000004},
     "warnings": [{"name": "zero-gradients", "text": "x"}]}
    """

  private func summary() throws -> AttackSummary {
    try JSONDecoder().decode(AttackSummary.self, from: Data(Self.text.utf8))
  }

  private func document(_ bytes: [UInt8]) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  /// Every key stands there, and what was read is written again to the bit.
  @Test func missingValuesAreNull() throws {
    let written = try document(try summary().json)
    for (key, value) in try document(Array(Self.text.utf8)) {
      #expect((written[key] as? NSObject)?.isEqual(value) == true, "\(key)")
    }
    for key in ["success_rounded", "success_of_correct", "noise_success", "l0", "linf", "queries"] {
      #expect(written[key] is NSNull, "\(key)")
    }
    #expect(written.count == 29)
    let again = try JSONDecoder().decode(AttackSummary.self, from: Data(try summary().json))
    #expect(try again.json == summary().json)
    #expect(again.seed == .max && again.l2?.median == 0.1 + 0.2)
  }

  /// All that is counted or measured is defined, and nothing else is.
  @Test func everyDefinitionIsOfAValue() throws {
    let written = try document(try summary().json)
    let definitions = try #require(written["definitions"] as? [String: String])
    let settings = [
      "format", "version", "method", "target", "selection", "seed", "settings", "architecture",
      "model_digest", "data_fingerprint", "definitions",
    ]
    #expect(Set(definitions.keys) == Set(written.keys).subtracting(settings))
    #expect(definitions.values.allSatisfy { $0.count > 20 })
  }
}
