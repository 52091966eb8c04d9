import Core
import Interpretability
import Network
import Testing

/// What the filters of a class are worth.
@Suite struct ClassAnswerTests {
  private func filter(_ label: Int?, isAboveChance: Bool? = true) -> FilterAnswer {
    FilterAnswer(
      gate: (1, 0, 1), information: label == nil ? 0 : 0.1, informationClass: label,
      isAboveChance: isAboveChance)
  }

  private let none = TallyParts(own: Tally(0, of: 0), others: Tally(0, of: 0))

  /// M agrees, differs, or knows nothing: three parts of the filters.
  @Test func filtersFallInThreeParts() {
    let answers = [
      filter(0), filter(1), filter(nil), filter(0, isAboveChance: false), filter(2), filter(0),
    ]
    let found = ClassAnswer(
      0, filters: [0, 1, 2, 3, 5], gate: nil, answers: answers, before: none, removal: nil)
    #expect(found.agreeing == [0, 5] && found.differing == [1] && found.unclear == [2, 3])
    // Without permutations nothing is held against chance.
    let untested = ClassAnswer(
      0, filters: [0, 1], gate: nil,
      answers: [filter(0, isAboveChance: nil), filter(nil, isAboveChance: nil)], before: none,
      removal: nil)
    #expect(untested.agreeing == [0] && untested.unclear == [1])
  }

  /// The class is held against the worst draw, not against the mean.
  @Test func drawsAreCounted() {
    func parts(_ own: Int, _ others: Int) -> TallyParts {
      TallyParts(own: Tally(own, of: 10), others: Tally(others, of: 30))
    }
    let draws = [parts(9, 20), parts(4, 30), parts(8, 25)]
    let some = ClassAnswer.Without(after: parts(4, 19), draws: draws)
    #expect(some.own.mean == 7 && some.own.least == 4 && some.own.most == 9 && some.own.draws == 3)
    #expect(some.others.mean == 25 && some.others.least == 20 && some.others.most == 30)
    #expect(!some.isNeeded && some.costsOthers)
    let other = ClassAnswer.Without(after: parts(3, 20), draws: draws)
    #expect(other.isNeeded && !other.costsOthers)
  }
}
