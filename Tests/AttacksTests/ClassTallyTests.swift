import Attacks
import Core
import Testing

@Suite struct ClassTallyTests {
  private func sample(
    _ isCorrect: Bool, attacked: Bool = true, success: Bool = false, l2: Double = 0,
    takenFor: Int = 0
  ) -> ClassTally.Sample {
    .init(
      isCorrect: isCorrect, isAttacked: attacked, isSuccess: success, l2: l2, takenFor: takenFor)
  }

  @Test func samplesAreCountedByClass() {
    let found = ClassTally.all(
      [
        sample(true, success: true, l2: 0.5, takenFor: 3), sample(false, attacked: false),
        sample(true, success: true, l2: 1.5, takenFor: 2), sample(true, l2: 9),
        sample(true, success: true, l2: 0.25, takenFor: 3), sample(false),
      ], by: [2, 2, 2, 2, 0, -1])
    #expect(found.map(\.number) == [0, 2], "rising, and none below 0")
    let (one, other) = (found[0], found[1])
    #expect(one.samples == 1 && one.successes == 1 && one.meanL2 == 0.25)
    #expect(other.samples == 4 && other.correct == 3 && other.attacked == 3)
    #expect(other.successes == 2 && other.success == WilsonInterval(2, of: 3))
    #expect(other.meanL2 == 1, "of what fools the net alone")
  }

  @Test func theFirstOfEqualClassesIsTaken() {
    func mostly(_ classes: [Int]) -> (number: Int, count: Int)? {
      ClassTally.all(
        classes.map { sample(true, success: true, takenFor: $0) }, by: classes.map { _ in 0 }
      )
      .first?.mostTakenFor
    }
    #expect(mostly([5, 1, 5, 1, 7]).map { [$0.number, $0.count] } == [1, 2])
    #expect(mostly([7, 1, 7]).map { [$0.number, $0.count] } == [7, 2])
  }

  @Test func nothingAttackedHasNoShare() {
    let found = ClassTally.all([sample(false, attacked: false)], by: [0])
    #expect(found[0].success == nil && found[0].meanL2 == nil && found[0].mostTakenFor == nil)
  }

  /// exp(z) / Σ exp(z): of (ln 1, ln 2, ln 5), 1/8, 2/8 and 5/8.
  @Test func probabilitiesAreTheSoftmax() {
    let logits: [Float] = [0, 0.6931472, 1.609438]
    for (number, share) in [0.125, 0.25, 0.625].enumerated() {
      #expect(abs(Prediction.probability(of: number, logits) - share) < 1e-7)
    }
    #expect(Prediction.probability(of: 0, [1000, 0]) == 1)
    #expect(Prediction.probability(of: 1, [1000, 0]) == 0)
  }
}
