import Attacks
import Testing

@Suite struct AttackAimTests {
  private let logits: [Float] = [3, -1, 2, -1, 0]

  /// Every class but the label's own, each about as often; by the sample's number and the seed alone.
  @Test func randomTargetsAreSpread() {
    for label in 0..<5 {
      let targets = (0..<5_000).compactMap {
        AttackAim.random.target(sample: $0, label: label, logits: logits, seed: 3)
      }
      let counts = (0..<5).map { c in targets.count { $0 == c } }
      #expect(counts[label] == 0 && counts.reduce(0, +) == 5_000)
      for c in 0..<5 where c != label { #expect(abs(counts[c] - 1_250) < 150) }
    }
    let other = AttackAim.random.target(sample: 17, label: 0, logits: [9, 8, 7, 6, 5], seed: 3)
    #expect(other == AttackAim.random.target(sample: 17, label: 0, logits: logits, seed: 3))
  }

  @Test func leastLikelyIsNeverTheLabel() {
    func target(_ label: Int) -> Int? {
      AttackAim.leastLikely.target(sample: 0, label: label, logits: logits, seed: 0)
    }
    #expect(target(0) == 1 && target(1) == 3 && target(3) == 1)
  }

  @Test func fixedAndNone() {
    #expect(AttackAim.label(4).target(sample: 0, label: 1, logits: logits, seed: 0) == 4)
    #expect(AttackAim.untargeted.target(sample: 0, label: 1, logits: logits, seed: 0) == nil)
  }

  @Test func whoIsFooled() {
    let free = Victim(sample: 0, picture: [], label: 2, target: nil)
    let aimed = Victim(sample: 0, picture: [], label: 2, target: 1)
    #expect(!free.isFooled(2) && free.isFooled(0))
    #expect(!aimed.isFooled(2) && !aimed.isFooled(0) && aimed.isFooled(1))
    #expect(Prediction.of([1, 3, 3, 2]) == 1)
  }
}
