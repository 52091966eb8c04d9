import Attacks
import Foundation
import Report
import Testing

@Suite struct AttackReportTests {
  /// The first of each label, then the first of the rest, in order.
  @Test func everyLabelIsShownBeforeAnyTwice() {
    #expect(AttackFindings.some([0, 1, 2, 5, 6], [3, 3, 3, 0, 0, 1, 3], most: 3) == [0, 1, 5])
    #expect(AttackFindings.some([0, 1, 2], [0, 1, 2], most: 2) == [0, 1])
    #expect(AttackFindings.some([4], [0, 1, 2, 3, 4], most: 3) == [4])
    #expect(AttackFindings.some([], [], most: 3) == [])
  }

  @Test func theLargestChangeIsDrawnFull() {
    let change = AttackedStrip.amplified([0.5, 0.25, 1], [0.5, 0.5, 0.875])
    #expect(change.picture == [0.5, 1, 0.25] && change.factor == 2)
    let none = AttackedStrip.amplified([0, 1], [0, 1])
    #expect(none.picture == [0.5, 0.5] && none.factor == nil)
  }

  private func sentence(attacked: Int, successes: Int, noise: Bool) throws -> String {
    let share = attacked > 0 ? Double(successes) / Double(attacked) : 0
    let interval = #"{"share": \#(share), "low": 0.25, "high": 0.75}"#
    let text = """
      {"format": 1, "version": "0", "method": "pgd", "target": "random", "selection": "all", "seed": 0,
       "settings": {}, "architecture": "a", "model_digest": "b", "data_fingerprint": "c", "samples": 9,
       "correct": 8, "attacked": \(attacked), "successes": \(successes), "successes_rounded": 0,
       "correct_attacked": 0, "correct_successes": 0, "noise_tried": 0, "noise_successes": 0,
       "success": \(attacked > 0 ? interval : "null"), "noise_success": \(noise ? interval : "null"),
       "warnings": []}
      """
    return AttackVerdict.sentence(
      try JSONDecoder().decode(AttackSummary.self, from: Data(text.utf8)))
  }

  @Test func theSentenceHasCountIntervalAndNoise() throws {
    #expect(
      try sentence(attacked: 8, successes: 4, noise: true)
        == "PGD fools the net on 4 of 8 pictures (50.00 %, 95 %: 25.00 to 75.00 %); random signs as large "
        + "fool it on 50.00 %.")
    #expect(try !sentence(attacked: 8, successes: 4, noise: false).contains("random signs"))
    #expect(
      try sentence(attacked: 0, successes: 0, noise: false).hasPrefix("No sample was attacked"))
  }
}
