import Interpretability
import Report
import Testing

/// What is said of a recipe beside its baseline, over seeds.
@Suite struct PairTextTests {
  private func text(
    _ scores: [(Double, Double)], _ accuracies: [(Double, Double)],
    chance: [Double] = [0.005, 0.004]
  ) -> String {
    func change(_ pairs: [(Double, Double)]) -> PairedChange {
      PairedChange(pairs.map { (value: $0.0, baseline: $0.1) })
    }
    return PairText(
      recipe: "csg", baseline: "std", score: change(scores), accuracy: change(accuracies),
      chance: chance, samples: 10000
    ).sentences
  }

  @Test func aDifferenceStandsBesideTheSpreadOverSeeds() {
    let told = text(
      [(0.15, 0.1), (0.16, 0.1), (0.155, 0.1)], [(0.88, 0.9), (0.885, 0.9), (0.88, 0.9)])
    // Logarithms of 1.5, 1.6 and 1.55; t of 2 degrees of freedom is 4.303.
    #expect(
      told == """
        Here the filters of csg are more class-specific than those of std: over 3 pairs of the same seed MIS is \
        1.549 times as much (95 % interval 1.430 to 1.679), +0.0550 nats with a spread of ± 0.0050 over seeds; \
        chance would give 0.0050 and 0.0040. Accuracy differs by −1.83 points, −183.3 of 10000 samples, with a \
        spread of ± 0.29 over seeds (95 % interval −2.55 to −1.12): a clear loss.
        """)
  }

  @Test func lessAndNothingAreSaidToo() {
    let less = text(
      [(0.1, 0.15), (0.1, 0.16), (0.1, 0.155)], [(0.9, 0.9), (0.91, 0.9), (0.9, 0.91)])
    #expect(
      less.hasPrefix("Here the filters of csg are less class-specific than those of std: over 3"))
    #expect(less.contains("): no clear difference."))
    let none = text([(0.1, 0.15), (0.2, 0.16)], [(0.9, 0.9), (0.9, 0.9)], chance: [])
    #expect(
      none.hasPrefix("Here the filters of csg are not clearly more or less class-specific than"))
    #expect(!none.contains("chance would"))
  }

  @Test func oneSeedTellsNothingOfSeeds() {
    #expect(
      text([(0.15, 0.1)], [(0.9, 0.88)]) == """
        MIS of csg is 1.500 times that of std in one pair of runs; chance would give 0.0050 and 0.0040. One \
        pair tells nothing of the spread over seeds: train both with several. Accuracy differs by +2.00 points, \
        +200.0 of 10000 samples.
        """)
  }

  /// Nothing divides by an MIS of 0.
  @Test func withoutARatioTheDifferenceTells() {
    let told = text([(0.1, 0), (0.11, 0), (0.105, 0)], [(0.5, 0.5), (0.5, 0.5), (0.5, 0.5)])
    #expect(
      told.hasPrefix(
        """
        Here the filters of csg are more class-specific than those of std: over 3 pairs of the same seed MIS \
        differs by +0.1050 nats with a spread of ± 0.0050 over seeds
        """))
  }
}
