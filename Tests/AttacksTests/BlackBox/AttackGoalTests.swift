import Core
import Testing

import Attacks

struct AttackGoalTests {
  @Test func theLowestOfEqualClassesIsPredicted() {
    #expect(Prediction.of([1, 3, 3, 2]) == 1)
    #expect(Prediction.of([0, 0]) == 0)
    #expect(Prediction.of([-2]) == 0)
    #expect(!AttackGoal.anyBut(1).isReached([1, 3, 3]))
    #expect(AttackGoal.anyBut(2).isReached([1, 3, 3]))
    #expect(AttackGoal.only(1).isReached([1, 3, 3]) && !AttackGoal.only(2).isReached([1, 3, 3]))
  }

  /// The odds (1 − p) / p, of p by softmax.
  @Test func nearnessIsTheOddsAgainstTheClass() {
    let logits: [Float] = [0.5, -1.25, 2]
    let powers = logits.map { ElementaryFunctions.exp(Double($0)) }
    for label in 0..<3 {
      let p = powers[label] / powers.reduce(0, +)
      let odds = AttackGoal.anyBut(label).nearness(logits)
      #expect(abs(odds - (1 - p) / p) < 1e-14 * odds)
      #expect(AttackGoal.only(label).nearness(logits) == -odds)
    }
  }

  /// p rounds to 1 for both, so it could not order them.
  @Test func nearnessOrdersPicturesThatTheNetIsSureOf() {
    let goal = AttackGoal.anyBut(0)
    #expect(goal.nearness([60, 1]) > goal.nearness([60, 0]))
    #expect(AttackGoal.only(1).nearness([60, 1]) > AttackGoal.only(1).nearness([60, 0]))
  }
}
