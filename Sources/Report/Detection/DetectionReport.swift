import Attacks
import Core
import Detection
import Figures

/// `detection.html`: a detection for readers.
struct DetectionReport {
  let metrics: DetectionMetrics
  let methods: [AttackMethod]
  /// Where network and baseline lie.
  let paths: [String]
  let figure: Figure
  /// What the data set is called.
  let data: String
  /// Whether its test split is CIFAR-10's own.
  let isCIFAR10Test: Bool

  var page: Page {
    let title = "How attacks are detected on \(data)"
    let tables = DetectionTables(
      metrics: metrics, methods: methods, isCIFAR10Test: isCIFAR10Test)
    return Page(
      title: title,
      blocks: [.heading(1, title)] + lead + [.heading(2, "Table 3"), .table(tables.table3)]
        + notes(tables) + [
          .folded("What stands behind it", [.table(tables.support)]),
          .folded("What each number means", [.table(tables.definitions)]),
          .heading(2, "The attack, or any change?"),
          .paragraph(
            "Random signs as large as the attack's change, in its place. Detectors that know the attack call "
              + "as few of these adversarial as of the pictures as they are; those that know any change call "
              + "as many so as of the attacked."),
          .table(tables.noise),
          .heading(2, "The attacks"), .table(tables.attacks),
          .heading(2, figure.title), .figure(figure),
        ] + adaptive(tables))
  }

  private var lead: [Page.Block] {
    let names = zip(["The network", "the baseline"], paths).map { "\($0) is \($1)" }
    let (settings, origin) = (metrics.settings, metrics.network.origin)
    return [
      .paragraph(DetectionVerdict.sentence(metrics)),
      .paragraph(names.joined(separator: "; ") + "."),
      .paragraph(
        "\(origin.architecture) on \(metrics.data.source). A random forest of \(NumberText.count(settings.trees, "tree")) "
          + "learns to tell pictures from what an attack made of them, by the means behind all "
          + "\(NumberText.count(metrics.network.convolutions.count, "convolution")) (\(NumberText.count(metrics.network.features, "feature"))): "
          + "\(ReportText.list(settings.perClass.map(String.init))) samples of each class teach it, "
          + "\(settings.testPerClass) of each class of the test split test it, each as it is and "
          + "attacked. Each of \(settings.repeats) repeats draws anew, the same for all nets and methods."
      ),
    ]
  }

  private func notes(_ tables: DetectionTables) -> [Page.Block] {
    let counted =
      metrics.settings.successfulOnly
      ? "Only pictures that fool the net count as adversarial, each beside itself as it was."
      : "Every attacked picture counts as adversarial, whether it fools the net or not."
    let paper =
      tables.hasPapersRows
      ? " The paper's rows: \(PublishedDetection.citation); its nets are others than these, its "
        + "deviations are not told, and its differences are about the standard error of one test draw."
      : ""
    return [
      .paragraph(
        counted
          + " The paper does not say which it counts. What the net took for the target before the "
          + "attack is left out. Intervals and p take repeats for independent, though their draws may "
          + "share samples." + paper)
    ]
  }

  private func adaptive(_ tables: DetectionTables) -> [Page.Block] {
    guard let table = tables.adaptive else {
      return [
        .heading(2, "Under attack"),
        .paragraph(
          "The detectors were not attacked: that they tell these pictures says nothing of pictures "
            + "made to pass them. Give --adaptive."),
      ]
    }
    return [
      .heading(2, "Under attack"),
      .paragraph(
        "A detector that was never attacked proves little (Carlini and Wagner, “Adversarial Examples Are "
          + "Not Easily Detected”, 2017). Here black-box attacks without target are tried on the net alone, "
          + "and on net and detector as one, where an alarm makes the label win; detectors are those of the "
          + "largest size of the first repeat. The pictures are test samples that the net is right on."
      ),
      .table(table),
    ]
  }
}
