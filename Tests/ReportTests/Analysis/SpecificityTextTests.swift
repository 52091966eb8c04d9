import Interpretability
import Report
import Testing

/// Whether gates made filters more class-specific, in words.
@Suite struct SpecificityTextTests {
  private typealias Text = SpecificityText

  private func net(
    _ score: Double, isGated: Bool = true, chance: Double? = 0.005, interval: [Double]? = nil
  ) -> Text.Net {
    Text.Net(
      isGated: isGated, accuracy: Tally(8901, of: 10000), score: score,
      interval: interval ?? [score - 0.01, score + 0.01], chance: chance,
      aboveChance: chance == nil ? nil : 0.984)
  }

  private func beside(
    _ ratio: Double?, _ interval: [Double]?, only: (Int, Int) = (100, 169), chance: Double? = 0.0048
  ) -> Text.Beside {
    Text.Beside(
      net(0.1119, isGated: false, chance: chance), ratio: ratio, interval: interval,
      accuracy: PairedAccuracy(
        both: 8801, onlyFirst: only.0, onlySecond: only.1, neither: 10000 - 8801 - only.0 - only.1))
  }

  @Test func moreIsSaidWithItsPrice() {
    let text = Text(net(0.1603), beside(1.4325, [1.38, 1.48]))
    #expect(
      text.sentences == """
        Here the gates made the filters more class-specific than the baseline's: MIS is 0.1603 nats against \
        the baseline's 0.1119, 1.433 times as much (95 % interval 1.380 to 1.480); chance would give 0.0050 \
        and 0.0048. The network recognises 8901 of 10000 samples (89.01 %, 95 % interval 88.38 to 89.61 %), \
        the baseline 8970 (89.70 %): −0.69 points (95 % interval −1.01 to −0.37), a clear loss; 100 the \
        network alone, 169 the baseline alone. One run a side tells nothing of the spread over seeds, which the \
        intervals leave out: train both with several seeds, analyze each, and csg-dist compare holds the \
        difference against it.
        """)
  }

  /// Gates have the merit where nothing else differs.
  @Test func otherDifferencesAreSaid() {
    let text = Text(
      net(0.1603), beside(1.4325, [1.38, 1.48]), otherKeys: ["data.limit", "model.dropout"])
    #expect(
      text.answer.hasPrefix(
        "Here the filters are more class-specific than the baseline's (the two were trained "
          + "otherwise in data.limit and model.dropout as well): MIS is 0.1603"),
      "\(text.answer)")
  }

  @Test func lessIsSaidAsPlainly() {
    let text = Text(net(0.1), beside(0.8937, [0.85, 0.94], only: (200, 120)))
    #expect(
      text.answer == """
        Here the gates made the filters less class-specific than the baseline's: MIS is 0.1000 nats against \
        the baseline's 0.1119, 0.894 times as much (95 % interval 0.850 to 0.940); chance would give 0.0050 \
        and 0.0048.
        """)
    #expect(text.sentences.contains("+0.80 points (95 % interval +0.45 to +1.15), a clear gain;"))
  }

  @Test func anUnclearDifferenceIsNone() {
    let text = Text(net(0.112), beside(1.001, [0.97, 1.03], only: (120, 121)))
    #expect(
      text.answer.hasPrefix(
        "Here the gates did not make the filters clearly more class-specific than the baseline's: MIS is 0.1120"
      ))
    #expect(text.answer.contains("(95 % interval 0.970 to 1.030, which has 1 in it);"))
    #expect(
      text.sentences.contains("−0.01 points (95 % interval −0.32 to +0.30), no clear difference;"))
  }

  /// A ratio of what chance would give as well is no sign of anything.
  @Test func whatChanceGivesIsNotMore() {
    let text = Text(net(0.006, interval: [0.004, 0.008]), beside(2, [1.5, 2.5]))
    #expect(text.answer.contains("did not make the filters clearly more class-specific"))
    #expect(!text.answer.contains("which has 1 in it"))
    #expect(text.answer.hasSuffix("The network's is not clearly above chance."))
    let nothing = Text(net(0), beside(nil, nil))
    #expect(
      nothing.answer.hasPrefix(
        "Whether the gates made the filters more class-specific than the baseline's cannot be told here: MIS"
      ))
  }

  @Test func withoutPermutationsChanceIsNotKnown() {
    let text = Text(net(0.16, chance: nil), beside(1.4, [1.3, 1.5], chance: nil))
    #expect(text.answer.hasSuffix("; what chance would give was not asked (--permutations)."))
    #expect(text.answer.contains("made the filters more class-specific"))
  }

  @Test func netsWithoutGatesHaveNone() {
    let text = Text(net(0.16, isGated: false), beside(1.4, [1.3, 1.5]))
    #expect(
      text.answer.hasPrefix(
        "Here the filters are more class-specific than the baseline's (neither net has gates): MIS")
    )
  }

  // MARK: Without a baseline

  @Test func aNetAloneStandsBesideChance() {
    #expect(
      Text(net(0.1603), nil).sentences == """
        No baseline was given, so that it cannot be said whether the gates made the filters more \
        class-specific. MIS is 0.1603 nats (95 % interval 0.1503 to 0.1703), where chance would give 0.0050: \
        98.40 % of the filters tell more than chance. The network recognises 8901 of 10000 samples (89.01 %, \
        95 % interval 88.38 to 89.61 %). To compare, train the same configuration with --set \
        gate.schedule=standard, and name that run with --baseline.
        """)
    let weak = Text(net(0.006, interval: [0.004, 0.008]), nil)
    #expect(
      weak.answer.contains("where chance would give 0.0050, which is not clearly less: 98.40 %"))
    let plain = Text(net(0.1, isGated: false, chance: nil), nil)
    #expect(
      plain.sentences.hasPrefix(
        "The network has no gates, and no baseline was given to hold it against. MIS is 0.1000 nats"
      ))
    #expect(
      plain.sentences.contains("what chance would give was not asked (--permutations). The network")
    )
    #expect(
      plain.sentences.hasSuffix("Analyze a run with gates, and name this one with --baseline."))
  }
}
