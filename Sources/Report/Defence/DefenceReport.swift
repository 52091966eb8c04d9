import Attacks
import Core
import Figures

/// `defence.html`: a defence for readers.
struct DefenceReport {
  let metrics: DefenceMetrics, tables: DefenceTables
  /// Pictures that fooled a net, by attack and net.
  let pictures: [DefencePictures.Group]
  /// What the data set is called.
  let data: String

  var page: Page {
    let title = "How attacks are withstood on \(data)"
    return Page(
      title: title,
      blocks: [.heading(1, title)] + lead + [.heading(2, "Table 4"), .table(tables.table4)] + notes
        + [
          .folded("What stands behind it", [.table(tables.support)]),
          .folded("What each number means", [.table(tables.definitions)]),
        ] + fooling)
  }

  private var lead: [Page.Block] {
    let data = metrics.data
    return [
      .paragraph(DefenceVerdict.sentence(metrics)),
      .paragraph(
        "The network is \(metrics.network.file); the baseline is \(metrics.baseline.file)."),
      .paragraph(
        "\(metrics.network.architecture) on the \(data.split) split of \(data.source). Of \(data.count) "
          + "samples both nets tell \(data.bothRight); the first \(data.attacked) of these are attacked, "
          + "each net by itself, without target."),
    ]
  }

  private var notes: [Page.Block] {
    let warnings = metrics.warnings.map { Page.Block.paragraph("\($0.name): \($0.text).") }
    guard tables.hasPapersRows else { return warnings }
    let paper =
      "The paper's rows: \(PublishedDefence.citation). It tells neither how many pictures it attacked nor the "
      + "attacks' settings; all its shares are whole per cents, so \(PublishedDefence.pictures) pictures are "
      + "likely: of so many, 14 has an interval of 8.5 to 22.1 %, 2 one of 0.6 to 7.0 %."
    return warnings + [.paragraph(paper)]
  }

  private var fooling: [Page.Block] {
    guard !pictures.isEmpty else { return [] }
    return [
      .heading(2, "Pictures that fooled the nets"),
      .paragraph("Each attack's first on each net. \(AttackedStrip.summary)"),
    ] + pictures.flatMap { [.heading(3, $0.name), .strips($0.strips)] }
  }
}
