import Core
import Figures
import Interpretability
import Report
import Testing

/// What is said of a class's filters.
@Suite struct ClassTextTests {
  private static let classes = ["cat", "dog", "horse"]

  /// A filter: G's entries by class (nil: no gate), the class that M names, and nats.
  private func filter(
    _ gate: [Double]?, _ label: Int?, _ nats: Double = 0.2, isAboveChance: Bool? = true
  ) -> FilterAnswer {
    FilterAnswer(
      gate: gate.map { entries in
        let most = entries.max() ?? 0
        return (most, most > 0 ? entries.firstIndex(of: most) : nil, entries.count { $0 > 0.5 })
      }, information: nats, informationClass: label, isAboveChance: isAboveChance)
  }

  /// 187 of 200 before; others 1650 of 1800.
  private static let before = TallyParts(
    own: Tally(187, of: 200), others: Tally(1650, of: 1800))

  private func removal(_ own: Int, _ others: Int, draws: [(Int, Int)] = [(171, 1630), (186, 1650)])
    -> ClassAnswer.Without
  {
    func parts(_ own: Int, _ others: Int) -> TallyParts {
      TallyParts(own: Tally(own, of: 200), others: Tally(others, of: 1800))
    }
    return .init(after: parts(own, others), draws: draws.map { parts($0.0, $0.1) })
  }

  private func text(
    _ filters: [FilterAnswer], of answered: [Int]? = nil, gate: [Double]?, label: Int = 0,
    before: TallyParts = Self.before, removal: ClassAnswer.Without? = nil,
    classes: [String] = Self.classes
  ) -> String {
    let answer = ClassAnswer(
      label, filters: answered ?? Array(filters.indices), gate: gate, answers: filters,
      before: before, removal: removal)
    return ClassText(classes: classes, filters: filters).sentences(answer)
  }

  // MARK: Agreeing and differing

  @Test func aClassIsToldWhole() {
    let filters = [
      filter([1, 0, 0], 0, 0.31), filter([1, 0, 0], 0, 0.125), filter([0.8, 1, 0], 1, 0.09),
    ]
    #expect(
      text(filters, gate: [1, 1, 0.8], removal: removal(12, 1640)) == """
        filters 0, 1 and 2. G gives 0 and 1 to this class (1.000); 2 rather to dog (1.000, to this class \
        0.800). M agrees on 0 and 1 (0.125 to 0.310 nats); for 2 it names dog (0.090 nats). Of its 200 \
        samples 187 are right with all filters (93.50 %, 89.20 to 96.16 %), 12 without these (6.00 %, \
        3.47 to 10.19 %), 178.5 without 3 random ones (171 to 186 in 2 draws). Of the 1800 samples of other \
        classes 1650 are right with all filters (91.67 %, 90.30 to 92.86 %), 1640 without these (91.11 %, \
        89.71 to 92.34 %), 1640 without 3 random ones (1630 to 1650 in 2 draws). The class loses more than \
        in any draw, and the others do not: it needs these in particular.
        """)
  }

  @Test func oneFilterIsOne() {
    let told = text([filter([1, 0, 0], 0)], gate: [1], removal: removal(12, 1640))
    #expect(
      told.hasPrefix(
        "filter 0. G gives it to this class (1.000). M agrees (0.200 nats). Of its 200"))
    #expect(
      told.contains("12 without this filter (") && told.contains("without a random one (171 to"))
    #expect(told.hasSuffix("it needs this one in particular."))
    let other = text([filter([1, 0, 0], 2)], gate: [1])
    #expect(other.contains("M does not agree; for 0 it names horse (0.200 nats)."))
  }

  @Test func whatAllSayIsSaidOnce() {
    let filters = [filter([1, 0, 0], 0, 0.2), filter([0.9, 0, 0], 0, 0.4)]
    let told = text(filters, gate: [1, 0.9])
    #expect(
      told.contains("G gives all of them to this class (0.900 to 1.000). M agrees on all (0.200"))
  }

  /// Of many filters the first are listed, of many classes the first are named.
  @Test func longListsAreCut() {
    let classes = (0..<9).map { "c\($0)" }
    let filters = (0..<12).map { k in
      filter((0..<9).map { $0 == 0 ? 0.7 : $0 == 1 + k % 8 ? 1 : 0 }, 1 + k % 8)
    }
    let told = text(filters, gate: filters.map { _ in 0.7 }, classes: classes)
    #expect(
      told.hasPrefix(
        "12 filters, 0, 1, 2, 3, 4, 5, 6, 7 and 4 more. G gives 0 rather to c1 (1.000,"))
    #expect(
      told.contains(
        "2 rather to c3 (1.000, to this class 0.700); 9 others rather to other classes."))
    #expect(told.contains("M agrees on none; for 0 and 8 it names c1"))
    #expect(told.contains("for 2 and 10 it names c3 (0.200 nats); for 6 more other classes."))
  }

  @Test func oneMoreIsAnotherClass() {
    let filters = (1...4).map { filter([1, 0, 0, 0, 0], $0) }
    #expect(
      text(filters, gate: [1, 1, 1, 1], classes: (0..<5).map { "c\($0)" }).contains(
        "for 2 it names c3 (0.200 nats); for 1 more another class."))
  }

  @Test func sharedFiltersAreSaidToBe() {
    let own = filter([1, 0, 0], 0)
    let shared = filter([1, 1, 1], 1)
    #expect(
      text([own, shared], gate: [1, 1]).contains(
        "G gives all of them to this class (1.000), 1 to other classes too."))
    #expect(
      text([shared, shared], gate: [1, 1]).contains("(1.000), and all to other classes too."))
    #expect(
      text([shared], gate: [1]).contains(
        "G gives it to this class (1.000), and to other classes too."))
  }

  @Test func chanceIsNoKnowledge() {
    let by = filter([1, 0, 0], 0, 0.01, isAboveChance: false)
    #expect(
      text([by, filter([1, 0, 0], 0)], gate: [1, 1]).contains(
        "M agrees on 1 (0.200 nats); of 0 it knows no more than chance would."))
    let dead = filter([1, 0, 0], nil, 0, isAboveChance: nil)
    #expect(text([dead], gate: [1]).contains("M does not agree; of 0 it knows nothing."))
  }

  // MARK: What is missing

  @Test func aClassWithoutFiltersLosesNothing() {
    #expect(
      text([filter([0, 1, 0], 1)], of: [], gate: []) == """
        no filter, since none has a gate entry > 0.5 for it. Of its 200 samples 187 are right with all \
        filters (93.50 %, 89.20 to 96.16 %).
        """)
  }

  @Test func aClassWithoutSamplesIsNotCounted() {
    let before = TallyParts(own: Tally(0, of: 0), others: Tally(90, of: 100))
    let after = TallyParts(own: Tally(0, of: 0), others: Tally(80, of: 100))
    let told = text(
      [filter([1, 0, 0], 0)], gate: [1], before: before,
      removal: .init(after: after, draws: [before]))
    #expect(
      told.contains(
        "nats). It has no sample here. Of the 100 samples of other classes 90 are right"))
    #expect(
      told.contains("80 without this filter (80.00 %, ") && told.hasSuffix("(90 to 90 in 1 draw)."))
    let ungated = text([filter(nil, 1)], of: [], gate: nil, before: before)
    #expect(
      ungated == """
        no filter is known, since it has no sample and the net no gate. It has no sample here.
        """)
  }

  @Test func aNetWithoutAGateIsToldByItsActivations() {
    let told = text([filter(nil, 0), filter(nil, 2)], gate: nil, removal: removal(180, 1640))
    #expect(
      told.hasPrefix(
        """
        filters 0 and 1, of which it has the largest mean activations. M agrees on 0 (0.200 nats); for 1 it \
        names horse (0.200 nats). Of its 200
        """))
    #expect(!told.contains("G gives"))
  }

  @Test func whatWasNotRemovedIsSaid() {
    let told = text([filter([1, 0, 0], 0)], gate: [1])
    #expect(told.hasSuffix("; what is left without this filter was not asked (--remove-classes)."))
  }

  /// Of two classes the others are one; there may be no sample of it.
  @Test func ofTwoClassesOneIsTheOther() {
    let before = TallyParts(own: Tally(1, of: 1), others: Tally(0, of: 0))
    let after = TallyParts(own: Tally(0, of: 1), others: Tally(0, of: 0))
    let told = text(
      [filter([1, 0], 0)], gate: [1], before: before,
      removal: .init(after: after, draws: [before]), classes: ["cat", "dog"])
    #expect(
      told.contains(
        "Of its 1 sample 1 is right with all filters (100.00 %, 20.65 to 100.00 %), 0 without"))
    #expect(
      told.contains("(1 to 1 in 1 draw). Other classes have no sample here. The class loses more"))
  }

  // MARK: What it comes to

  @Test func theVerdictFollowsTheDraws() {
    func verdict(_ removal: ClassAnswer.Without, before: TallyParts = Self.before) -> String {
      text(
        [filter([1, 0, 0], 0), filter([1, 0, 0], 0)], gate: [1, 1], before: before, removal: removal
      )
    }
    #expect(
      verdict(removal(171, 1600)).hasSuffix(
        "In some draw random filters cost the class as much: that it needs these in particular is not shown."
      ))
    #expect(
      verdict(removal(170, 1629)).hasSuffix(
        "The class loses more than in any draw, but so do the others: these filters are not for it alone."
      ))
    let nothing = TallyParts(own: Tally(0, of: 200), others: Tally(1650, of: 1800))
    #expect(
      verdict(removal(0, 1600), before: nothing).hasSuffix(
        "None of the class is right to begin with, so that it has nothing to lose."))
  }

  // MARK: All classes

  private func answers(_ count: Int, removal: ClassAnswer.Without?) -> [ClassAnswer] {
    let filters = [filter([1, 0], 0), filter([0, 1], 0), filter(nil, nil, 0)]
    return (0..<count).map {
      ClassAnswer(
        $0, filters: $0 == 1 ? [] : [0, 1, 2], gate: $0 == 1 ? [] : [1, 0.6, 0.7], answers: filters,
        before: Self.before, removal: $0 == 1 ? nil : removal)
    }
  }

  @Test func theOverviewCounts() {
    #expect(
      ClassOverview(answers(3, removal: removal(12, 1640))).sentences == """
        Of 3 classes 2 have filters, 6 pairs of class and filter in all: M agrees on 2, names another class \
        for 2, and tells of 2 no more than chance. Without its filters 2 of 2 classes lose more than in any of \
        2 draws of as many random ones; with 2 of these the others do not.
        """)
    #expect(!ClassOverview(answers(3, removal: nil)).sentences.contains("Without"))
    let none = [
      ClassAnswer(0, filters: [], gate: [], answers: [], before: Self.before, removal: nil)
    ]
    #expect(ClassOverview(none).sentences == "Of 1 class none has filters of its own.")
  }

  private func page(_ count: Int, name: (Int) -> String) throws -> String {
    let section = ClassSection(
      classes: (0..<count).map(name),
      filters: [filter([1, 0], 0), filter([0, 1], 0), filter(nil, nil, 0)],
      answers: answers(count, removal: nil))
    return String(decoding: try Page(title: "t", blocks: section.blocks).html(), as: UTF8.self)
  }

  /// A paragraph a class; names are someone else's.
  @Test func namesAreEscaped() throws {
    let page = try page(2) { _ in "<script>alert(1)</script>&\"" }
    #expect(
      page.contains("<p>&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;: filters 0, 1 and 2."))
    #expect(!page.contains("<script") && !page.contains("<details"))
  }

  @Test func lettersAreExplained() throws {
    #expect(
      try page(2) { "\($0)" }.contains("<p>G is the gate matrix, M the mutual information between"))
    let ungated = ClassSection(
      classes: ["cat"], filters: [],
      answers: [
        ClassAnswer(0, filters: [], gate: nil, answers: [], before: Self.before, removal: nil)
      ])
    let page = String(decoding: try Page(title: "t", blocks: ungated.blocks).html(), as: UTF8.self)
    #expect(page.contains("<p>M is the mutual information between"))
  }

  /// A thousand classes are folded away.
  @Test func manyClassesAreFolded() throws {
    let page = try page(1000) { "class \($0)" }
    #expect(page.components(separatedBy: "<p>").count == 3, "two paragraphs, and no more")
    #expect(page.contains("<summary>Each of 1000 classes</summary>"))
    #expect(page.components(separatedBy: "<tr>").count == 1002)
    #expect(page.utf8.count < 1_000_000)
  }
}
