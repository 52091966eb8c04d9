import Attacks
import Core
import Figures

/// The page of an attack: what was attacked, how often it fooled the net, and pictures.
struct AttackReport {
  let findings: AttackFindings, tables: AttackTables
  /// Where the net lies, and the split that the samples are of.
  let checkpoint: String, data: String
  /// What the data set is called.
  let name: String
  /// Pictures that fooled the net, and that did not.
  let fooling: [PictureStrip], withstood: [PictureStrip]

  /// Tables of more classes than that are folded away.
  private static let mostRows = 20

  var page: Page {
    let title = "How \(AttackVerdict.name(findings.summary)) fools a net on \(name)"
    return Page(
      title: title,
      blocks: [.heading(1, title)] + lead + warnings + [.table(tables.success)] + notes
        + [.table(tables.distances)] + classes + pictures + [
          .heading(2, "What stands behind it"),
          .folded("Settings and origin", [.table(tables.settings(data: data))]),
          .folded("What each number means", [.table(tables.definitions)]),
        ])
  }

  private var lead: [Page.Block] {
    let summary = findings.summary
    let aim =
      switch summary.target {
      case "untargeted": "without target: any class but the label will do"
      case "random": "each towards a class drawn at random"
      case "least-likely": "each towards the class that the net finds least likely"
      default: "towards \(tables.target)"
      }
    return [
      .paragraph(AttackVerdict.sentence(summary)),
      .paragraph(
        "The net is \(checkpoint), a \(summary.architecture) in evaluation mode on the STD path, the "
          + "pictures are of \(data), \(summary.selection): \(NumberText.count(summary.samples, "sample")), of which the net "
          + "is right on \(summary.correct). \(summary.attacked) were attacked, \(aim)."),
    ]
  }

  private var warnings: [Page.Block] {
    findings.summary.warnings.map { .paragraph("Warning, \($0.name): \($0.text).") }
  }

  private var notes: [Page.Block] {
    guard tables.published != nil else { return [] }
    return [
      .paragraph(
        "The paper's rows: \(PublishedDefence.citation). It tells neither how many pictures it attacked "
          + "nor the attack's settings; both of its nets stand there, as this net may be either.")
    ]
  }

  private var classes: [Page.Block] {
    let all = [tables.byLabel] + (tables.byTarget.map { [$0] } ?? [])
    return [.heading(2, "Class by class")]
      + all.map { table in
        table.rows.count > Self.mostRows
          ? .folded(
            "\(table.caption): \(NumberText.count(table.rows.count, "row"))", [.table(table)])
          : .table(table)
      }
  }

  private var pictures: [Page.Block] {
    var blocks: [Page.Block] = []
    for (title, strips) in [
      ("Pictures that fool the net", fooling), ("Pictures that do not", withstood),
    ] where !strips.isEmpty {
      let about = blocks.isEmpty ? [Page.Block.paragraph(AttackedStrip.summary)] : []
      blocks += [.heading(2, title)] + about + [.strips(strips)]
    }
    return blocks
  }
}

/// What came of an attack, in a sentence.
package enum AttackVerdict {
  /// The method as papers write it.
  static func name(_ summary: AttackSummary) -> String {
    AttackMethod(rawValue: summary.method)?.title ?? summary.method
  }

  /// How often the net is fooled, and by noise.
  package static func sentence(_ summary: AttackSummary) -> String {
    guard let success = summary.success else {
      return "No sample was attacked: the net was fooled by all of them as they are."
    }
    let noise =
      summary.noiseSuccess.map {
        "; random signs as large fool it on \(NumberText.percent($0.share))"
      } ?? ""
    return
      "\(name(summary)) fools the net on \(summary.successes) of \(NumberText.count(summary.attacked, "picture")) "
      + "(\(NumberText.percent(success.share)), 95 %: \(ReportText.percentInterval(success)))\(noise)."
  }
}
