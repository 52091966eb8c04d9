import Interpretability
import Report
import Testing

/// The filters of all classes at a glance.
@Suite struct ClassTableTests {
  private func filter(_ gate: [Double]?, _ label: Int?, isAboveChance: Bool = true) -> FilterAnswer
  {
    FilterAnswer(
      gate: gate.map { entries in
        let most = entries.max() ?? 0
        return (most, entries.firstIndex(of: most), entries.count { $0 > 0.5 })
      }, information: 0.2, informationClass: label, isAboveChance: isAboveChance)
  }

  private func removal(_ own: Int, _ others: Int) -> ClassAnswer.Without {
    func parts(_ own: Int, _ others: Int) -> TallyParts {
      TallyParts(own: Tally(own, of: 200), others: Tally(others, of: 1800))
    }
    return .init(after: parts(own, others), draws: [parts(171, 1630), parts(186, 1650)])
  }

  @Test func aRowSaysWhatTheSentencesDo() {
    let filters = [
      filter([1, 0, 0], 0), filter([1, 0, 0], 1), filter([1, 0, 0], 0, isAboveChance: false),
      filter([0, 1, 0], 1), filter([0, 1, 0], 1),
    ]
    func answer(_ label: Int, _ own: [Int], right: Int, _ removal: ClassAnswer.Without?)
      -> ClassAnswer
    {
      ClassAnswer(
        label, filters: own, gate: own.map { _ in 1 }, answers: filters,
        before: TallyParts(own: Tally(right, of: 200), others: Tally(1650, of: 1800)),
        removal: removal)
    }
    let table = ClassTable.table(
      classes: ["cat", "dog", "horse"],
      answers: [
        answer(0, [0, 1, 2], right: 187, removal(12, 1640)),
        answer(1, [3, 4], right: 187, removal(180, 1650)), answer(2, [], right: 0, nil),
      ])
    #expect(table.rows[0] == ["cat", "3", "0", "1", "2", "yes"])
    #expect(table.rows[1].dropFirst() == ["2", "3 and 4", "–", "–", "not shown"])
    #expect(table.rows[2].dropFirst() == ["0", "–", "–", "–", "–"])
    #expect(table.header[2] == "Own by G and M")
    let needed = ClassTable.table(
      classes: ["cat"], answers: [answer(0, [0], right: 187, removal(12, 1000))])
    #expect(needed.rows[0].last == "not by it alone")
  }
}
