import Core
import Interpretability
import Network
import Testing

/// ACC2, ACC3 and controls of a net of two filters whose logits are its features.
@Suite struct FilterQuestionsTests {
  /// The first two samples are predicted right, the third wrong.
  private let table: FeatureTable
  private let gate = Gate(classes: 2, filters: 2, initial: 1)

  init() throws {
    table = try FeatureTable(
      values: [2, 1, 1, 2, 2, 1], filters: 2, labels: [0, 1, 1], classes: 2)
  }

  private func predictions(_ reading: Reading, after first: [Int32]) -> [Int32] {
    let row = FloatBuffer(2).all
    return (0..<3).map { n in
      reading.fill(
        row, gate: gate, label: Int(table.labels[n]), prediction: first.isEmpty ? 0 : Int(first[n]))
      return table.values[2 * n + 1] * row[1] > table.values[2 * n] * row[0] ? 1 : 0
    }
  }

  private func answers(_ lists: [[Int]], removals: [[Int]]) -> ([Removal], PredictedClassFilters) {
    let questions = FilterQuestions(lists, rule: .activation, of: 2, removals: removals, seed: 0)
    let first = predictions(Reading(.standard), after: [])
    let all = questions.readings.map { predictions($0, after: first) }
    return questions.answers(all[...], intact: first, table)
  }

  private func parts(_ accuracy: AccuracyParts) -> [Double?] {
    [accuracy.all, accuracy.own, accuracy.others]
  }

  /// Alone, the predicted class's filter says the same again; without it, the other class wins, which
  /// is right where the first answer was wrong.
  @Test func thePredictedClassDecidesWhatIsRead() {
    let (_, found) = answers([[0], [1]], removals: [])
    #expect(found.own == [0, 1, 0] && found.ownAccuracy == 2.0 / 3)
    #expect(found.others == [1, 0, 1] && found.othersAccuracy == 1.0 / 3)
    #expect(found.filters == [[0], [1]])
  }

  /// As many random filters are all of them, or none: the control is what it is held against. Of equal
  /// logits class 0 wins.
  @Test func controlsOfAllAndOfNoneAreKnown() throws {
    let (removals, found) = answers([[0, 1], []], removals: [[0], [1]])
    #expect(removals.map(\.filters) == [[0, 1], []])
    expectEqual(parts(removals[0].control), [1.0 / 3, 1, 0], within: 1e-15)
    expectEqual(parts(removals[0].after), [1.0 / 3, 1, 0], within: 1e-15)
    #expect(removals[0].before.own == 1 && removals[0].before.others == 0.5)
    #expect(removals[1].control == removals[1].before && removals[1].after == removals[1].before)
    expectEqual(
      [found.ownControl, found.othersControl], [found.ownAccuracy, found.othersAccuracy],
      within: 1e-15)
  }

  /// One of two filters at random: a mean of draws, which differ.
  @Test func controlsAreMeansOfDraws() throws {
    let (removals, _) = answers([[0], [1]], removals: [[0]])
    #expect(removals[0].after.own == 0 && removals[0].after.others == 1)
    let own = try #require(removals[0].control.own)
    let others = try #require(removals[0].control.others)
    #expect(own > 0 && own < 1 && abs((own * 20).rounded() - own * 20) < 1e-12)
    #expect(abs(own + others - 1) < 1e-12, "what one class wins, the other loses")
  }

  @Test func partsOfAnAccuracyAreOfTheirSamples() {
    let confusion = Confusion(labels: [0, 0, 1, 2, 2], predictions: [0, 1, 1, 0, 2], classes: 4)
    let parts = AccuracyParts(confusion, own: [0, 1])
    #expect(parts.all == 0.6 && parts.own == 2.0 / 3 && parts.others == 0.5)
    #expect(AccuracyParts(confusion, own: [3]).own == nil)
    #expect(AccuracyParts(confusion, own: [0, 1, 2, 3]).others == nil)
  }
}
