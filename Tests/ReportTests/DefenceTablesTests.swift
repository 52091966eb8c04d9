import Attacks
import Core
import Report
import Testing

/// What a defence says of two nets.
@Suite struct DefenceTablesTests {
  private static let pictures = 40

  /// An attack that fools the network on the first pictures, and the baseline on so many, from the network's
  /// last on where `apart`.
  private func attack(
    _ name: String, _ attack: any Attack, network: Int, baseline: Int, apart: Bool = false
  ) -> DefenceMetrics.Attacked {
    let start = apart ? network : 0
    return DefenceMetrics.Attacked(
      Defence.Row(name, attack), network: found(0..<network, hasNoise: attack.radius != nil),
      baseline: found(start..<start + baseline, hasNoise: attack.radius != nil))
  }

  private func found(_ fooled: Range<Int>, hasNoise: Bool) -> DefenceMetrics.OfAttack {
    let marks = (0..<Self.pictures).map(fooled.contains)
    return DefenceMetrics.OfAttack(
      isFooled: marks, isFooledRounded: marks.map { _ in false },
      isFooledByNoise: hasNoise ? marks.map { _ in true } : nil, zeroGradients: 0,
      l0: fooled.map { _ in 3 }, l2: fooled.map(Double.init), linf: fooled.map { _ in 0.5 },
      queries: marks.map { _ in 7 })
  }

  private func metrics(
    _ attacks: [DefenceMetrics.Attacked], architecture: String = "resnet20"
  ) -> DefenceMetrics {
    func net(_ correct: Int) -> DefenceMetrics.OfNet {
      .init(file: "f", architecture: architecture, modelDigest: "d", correct: correct, of: 100)
    }
    return DefenceMetrics(
      data: .init(
        source: "s", split: "test", fingerprint: "p", count: 100, bothRight: 50, asked: 40,
        attacked: Self.pictures, seed: 0), network: net(80), baseline: net(90), attacks: attacks,
      warnings: [])
  }

  // MARK: The sentence

  @Test func equalNetsAreNotTold() {
    let attacks = [
      attack("single-pixel", SinglePixelAttack(), network: 10, baseline: 10),
      attack("pgd", GradientSign.pgd(), network: 40, baseline: 40),
    ]
    #expect(attacks.allSatisfy { $0.comparison.p == 1 && $0.comparison.difference == 0 })
    #expect(
      DefenceVerdict.sentence(metrics(attacks))
        == "On 40 pictures no attack fools one of the nets clearly more often than the other.")
  }

  /// Five pictures that fool the baseline alone are not enough: p = 2 / 2⁵; six are, p = 2 / 2⁶.
  @Test func aSmallPTells() {
    func sentence(_ baseline: Int) -> String {
      DefenceVerdict.sentence(
        metrics([attack("pgd", GradientSign.pgd(), network: 10, baseline: baseline)]))
    }
    #expect(sentence(15).contains("no attack fools one of the nets clearly more often"))
    #expect(
      sentence(16)
        == "On 40 pictures the network stands pgd better (McNemar's test at 0.05, for 1 attack).")
    #expect(sentence(4).contains("the baseline stands pgd better"))
  }

  /// The level is shared out over the attacks: what tells alone does not tell among two.
  @Test func severalAttacksShareTheLevel() {
    let close = attack("pgd", GradientSign.pgd(), network: 10, baseline: 16)
    let far = attack("single-pixel", SinglePixelAttack(), network: 20, baseline: 2)
    #expect(close.comparison.p == 0.03125)
    let sentence = DefenceVerdict.sentence(metrics([close, far]))
    #expect(sentence.contains("the baseline stands single-pixel better"))
    #expect(!sentence.contains("the network stands") && sentence.contains("at 0.025, for 2"))
    let both = DefenceVerdict.sentence(
      metrics([attack("pgd", GradientSign.pgd(), network: 1, baseline: 16), far]))
    #expect(both.contains("the network stands pgd better, the baseline stands single-pixel better"))
  }

  // MARK: Tables

  private func table4(_ attacks: [DefenceMetrics.Attacked], isCIFAR10Test: Bool = false)
    -> [[String]]
  {
    DefenceTables(metrics: metrics(attacks), isCIFAR10Test: isCIFAR10Test).table4.rows
  }

  @Test func pairsStandBesideShares() {
    let rows = table4([
      attack("single-pixel", SinglePixelAttack(), network: 4, baseline: 8, apart: true)
    ])
    #expect(rows.count == 2)
    #expect(rows[0][1].hasPrefix("80.00 % [") && rows[0][2].hasPrefix("90.00 % ["))
    #expect(rows[1][0] == "single-pixel")
    #expect(rows[1][1].hasPrefix("10.00 % [") && rows[1][2].hasPrefix("20.00 % ["))
    #expect(rows[1][3] == "−10.00" && rows[1][4] == "4 : 8" && rows[1][5] == "0.3877")
    let far = table4([attack("pgd", GradientSign.pgd(), network: 0, baseline: 40)])
    #expect(far[1][4] == "0 : 40" && far[1][5] == "< 0.0001")
  }

  @Test func thePapersRowsAreOfItsNetAndPictures() {
    let attacks = [attack("single-pixel", SinglePixelAttack(), network: 4, baseline: 8)]
    #expect(!table4(attacks).contains { $0[0].hasSuffix("paper") })
    let rows = table4(attacks, isCIFAR10Test: true)
    #expect(rows.map { $0[0] }.filter { $0.hasSuffix("paper") }.count == 3)
    #expect(
      rows.contains(["single-pixel, paper", "2.00 %", "14.00 %", "−12.00", "–", "–"])
        && rows.contains(["local-search, paper", "2.00 %", "15.00 %", "−13.00", "–", "–"])
        && rows.contains(["accuracy, no attack, paper", "88.85 %", "88.03 %", "+0.82", "–", "–"]))
    for (architecture, isLike) in [("resnet20-projection", true), ("resnet32", false)] {
      let tables = DefenceTables(
        metrics: metrics(attacks, architecture: architecture), isCIFAR10Test: true)
      #expect(tables.hasPapersRows == isLike)
    }
  }

  @Test func noiseAndDistancesStandBehind() {
    let rows = DefenceTables(
      metrics: metrics([
        attack("pgd", GradientSign.pgd(), network: 4, baseline: 0),
        attack("single-pixel", SinglePixelAttack(), network: 4, baseline: 0),
      ]), isCIFAR10Test: false
    ).support.rows
    #expect(rows.map { $0[0] }.prefix(2) == ["pgd, network", "pgd, baseline"])
    #expect(rows[0][1] == "4" && rows[0][2] == "0" && rows[0][3].hasPrefix("100.00 %"))
    #expect(Array(rows[0][4...]) == ["3.0 / 3.0", "1.500 / 1.500", "0.500 / 0.500", "7.0 / 7.0"])
    #expect(Array(rows[1][4...]) == ["–", "–", "–", "7.0 / 7.0"], "nothing fools the baseline")
    #expect(rows[2][3] == "–", "a black box has no radius")
  }
}
