import Attacks
import Core
import Detection
import Interpretability
import Report
import Testing

/// What a detection says of two nets.
@Suite struct DetectionTablesTests {
  private typealias Metrics = DetectionMetrics

  /// A net whose FGSM pictures forests of two sizes err on so often, of 20 pictures, in each repeat; and so
  /// many alarms at 10 pictures with noise.
  private func network(
    _ errors: [[Int]], sizes: [Int], noise: Int?, architecture: String
  ) -> Metrics.OfNetwork {
    let split = Metrics.OfAttack(
      PooledTable(
        width: 1, samples: [0, 1, 2, 3], values: [0, 0, 0, 0], wasCorrect: [1, 1, 1, 0],
        wasAttacked: [1, 1, 0, 1], isSuccess: [1, 0, 0, 0]))
    return Metrics.OfNetwork(
      origin: Origin(
        architecture: architecture, step: 0, digest: "0", classes: 10, filters: 64, gated: false,
        run: nil), features: 3, convolutions: ["conv1"],
      methods: [
        "fgsm": Metrics.OfMethod(
          train: split, test: split,
          sizes: zip(sizes, errors).map { size, errors in
            Metrics.OfSize(
              perClass: size,
              errors.map {
                .init(
                  trainingPairs: 2 * size,
                  errors: .init(pairs: 10, falseAlarms: $0 / 2, misses: $0 - $0 / 2),
                  noise: noise.map { .init(tested: 10, alarms: $0) })
              })
          }, importances: [1])
      ], adaptive: nil)
  }

  private func metrics(
    _ ours: [[Int]], _ theirs: [[Int]]?, sizes: [Int] = [5, 9], noise: Int? = 4,
    attack: any Attack = GradientSign.fgsm(), architecture: String = "resnet8"
  ) -> Metrics {
    func net(_ errors: [[Int]]) -> Metrics.OfNetwork {
      network(errors, sizes: sizes, noise: noise, architecture: architecture)
    }
    let baseline = theirs.map(net)
    return Metrics(
      data: .init(
        source: "s", classes: (0..<10).map { "c\($0)" }, trainFingerprint: "1",
        testFingerprint: "2", trainCount: 40, testCount: 20, trainDrawn: 30, testDrawn: 12),
      settings: .init(
        DetectionPlan(sizes: sizes, testPerClass: 5, repeats: ours[0].count, trees: 7, seed: 1),
        attacks: [attack], adaptive: 0),
      network: net(ours), baseline: baseline,
      comparison: baseline.map { .init(net(ours), $0) })
  }

  private func tables(
    _ metrics: Metrics, _ method: AttackMethod = .fgsm, isCIFAR10Test: Bool = false
  ) -> DetectionTables {
    DetectionTables(metrics: metrics, methods: [method], isCIFAR10Test: isCIFAR10Test)
  }

  // MARK: The sentence

  @Test func aNetAloneStandsBesideChance() {
    #expect(
      DetectionVerdict.sentence(metrics([[2, 4], [1, 1]], nil))
        == "Detectors err on 5.00 % to 15.00 % of the network's pictures, where chance errs on 50.00 %."
    )
  }

  @Test func equalNetsAreAsEasy() {
    let errors = [[2, 4, 3], [1, 2, 0]]
    #expect(
      DetectionVerdict.sentence(metrics(errors, errors))
        == "The adversarial pictures of network and baseline are as easy to detect.")
  }

  @Test func oneRepeatCannotTell() {
    let sentence = DetectionVerdict.sentence(metrics([[2], [2]], [[4], [4]]))
    #expect(
      sentence
        == "Over methods and sizes detectors err by 10.00 points less often on the network's pictures; one "
        + "repeat cannot tell whether that is chance.")
  }

  /// Differences of the repeats' means of −2, −2.5 and −3 pictures of 20: ends 12.5 ± 6.2 points.
  @Test func aClearDifferenceIsTold() {
    let (ours, theirs) = ([[2, 4, 3], [2, 2, 2]], [[4, 6, 6], [4, 5, 5]])
    let network = DetectionVerdict.sentence(metrics(ours, theirs))
    #expect(network.contains("by 12.50 points less often on the network's pictures"))
    #expect(network.contains("−18.71 to −6.29 points at 95 %, 3 repeats, p 0.0131)"))
    #expect(network.hasSuffix(": its adversarial pictures are easier to detect."))
    let baseline = DetectionVerdict.sentence(metrics(theirs, ours))
    #expect(baseline.contains("less often on the baseline's pictures"))
    #expect(baseline.contains("+6.29 to +18.71") && baseline.hasSuffix("are easier to detect."))
  }

  @Test func anUnclearDifferenceIsChance() {
    let sentence = DetectionVerdict.sentence(metrics([[2, 6], [2, 6]], [[4, 5], [4, 5]]))
    #expect(sentence.contains("by 2.50 points less often on the network's pictures"))
    #expect(sentence.hasSuffix("which is within chance: neither's are clearly easier to detect."))
  }

  // MARK: Tables

  @Test func table3HasNetsDifferencesAndChance() {
    let rows = tables(metrics([[2, 4], [1, 1]], [[4, 4], [2, 3]])).table3.rows
    #expect(
      rows.map { $0[0] } == [
        "FGSM, network", "FGSM, baseline", "FGSM, network − baseline", "chance",
      ])
    #expect(rows[0] == ["FGSM, network", "15.00 ± 7.07 %", "5.00 ± 0.00 %"])
    #expect(rows[2][1].hasPrefix("−5.00 [") && rows[2][1].contains("p 0.5"))
    #expect(rows[3] == ["chance", "50.00 %", "50.00 %"])
    let one = tables(metrics([[2], [1]], nil)).table3
    #expect(one.rows[0] == ["FGSM, network", "10.00 %", "5.00 %"])
    #expect(one.caption.hasSuffix("over 1 repeat"))
  }

  @Test func thePapersRowsAreOfItsNetPicturesAndSizes() {
    func found(
      sizes: [Int] = [50, 1000], _ attack: any Attack = GradientSign.fgsm(),
      architecture: String = "resnet20", isCIFAR10Test: Bool = true
    ) -> DetectionTables {
      tables(
        metrics([[2], [1]], nil, sizes: sizes, attack: attack, architecture: architecture),
        attack.method, isCIFAR10Test: isCIFAR10Test)
    }
    let rows = found().table3.rows
    #expect(rows.contains(["FGSM, paper, CSG", "–", "3.94 %"]))
    #expect(rows.contains(["FGSM, paper, STD", "–", "4.60 %"]))
    #expect(!rows.contains { $0[0].contains("PGD") }, "of the methods that were tried")
    for other in [
      found(sizes: [50, 100]), found(isCIFAR10Test: false), found(architecture: "resnet32"),
    ] { #expect(!other.hasPapersRows) }
    // Carlini and Wagner's with the paper's searches, and with others.
    #expect(found(CarliniWagner()).table3.rows.contains(["CW, paper, CSG", "–", "6.18 %"]))
    let other = found(CarliniWagner(budget: .torchattacks))
    #expect(!other.hasPapersRows && !other.table3.rows.contains { $0[0].contains("paper") })
  }

  @Test func noiseStandsBetweenNormalAndAttacked() {
    let rows = tables(metrics([[2, 4], [1, 1]], nil)).noise.rows
    // Of 10 normal pictures 1 and 2 are called adversarial, of 10 attacked 9 and 8.
    #expect(rows[0] == ["FGSM, network, 5", "15.00 %", "40.00 %", "85.00 %", "10"])
    #expect(rows[1] == ["FGSM, network, 9", "0.00 %", "40.00 %", "90.00 %", "10"])
    let without = tables(metrics([[2, 4], [1, 1]], nil, noise: nil)).noise.rows
    #expect(without[0][2] == "–" && without[0][4] == "0")
  }

  @Test func attacksAreCounted() {
    let table = tables(metrics([[2], [1]], nil)).attacks
    #expect(table.rows.map { $0[0] } == ["FGSM, network, train", "FGSM, network, test"])
    #expect(Array(table.rows[0][1...4]) == ["4", "75.00 %", "3", "33.33 %"])
  }

  @Test func withoutAnAdaptiveAttackThereIsNoTable() {
    #expect(tables(metrics([[2], [1]], nil)).adaptive == nil)
  }
}
