import Attacks
import Core
import Figures

/// The tables of an attack.
struct AttackTables {
  let findings: AttackFindings
  /// Whether the pictures are those of the paper's Table 4.
  let isCIFAR10Test: Bool

  private var summary: AttackSummary { findings.summary }

  /// What the paper's Table 4 has of the method, where net and pictures are like its.
  var published: (gated: Double, standard: Double)? {
    guard PublishedDefence.isOf(architecture: summary.architecture, isCIFAR10Test: isCIFAR10Test)
    else { return nil }
    return AttackMethod(rawValue: summary.method).flatMap(PublishedDefence.success)
  }

  /// How often the net is fooled, beside noise and the paper; what was not tried, and what would be said
  /// twice, is left out.
  var success: Table {
    func row(_ name: String, _ count: Int, of all: Int, _ interval: WilsonInterval?) -> [String] {
      [
        name, "\(count)", "\(all)", ReportText.share(interval?.share),
        interval.map { ReportText.percentInterval($0) } ?? ReportText.none,
      ]
    }
    var rows = [
      row("attacked", summary.successes, of: summary.attacked, summary.success),
      row(
        "rounded to bytes", summary.roundedSuccesses, of: summary.attacked, summary.successRounded),
    ]
    if summary.correctAttacked < summary.attacked {
      rows.append(
        row(
          "of those that the net was right on", summary.correctSuccesses,
          of: summary.correctAttacked, summary.successOfCorrect))
    }
    if summary.noiseTried > 0 {
      rows.append(
        row(
          "random signs as large", summary.noiseSuccesses, of: summary.noiseTried,
          summary.noiseSuccess))
    }
    if let published {
      for (name, share) in [("CSG", published.gated), ("STD", published.standard)] {
        rows.append(
          [
            "paper, \(name)", ReportText.none, ReportText.none, ReportText.share(share),
            ReportText.none,
          ])
      }
    }
    return Table(
      caption: "Pictures that fool the net, with 95 % intervals",
      header: ["pictures", "fool the net", "of", "share", "95 % interval"], rows: rows,
      numeric: Set(1...4))
  }

  /// How far pictures moved, and what the attack asked.
  var distances: Table {
    let rows: [(name: String, AttackSummary.Average?, decimals: Int)] = [
      ("L0: pixels that changed", summary.l0, 1), ("L2", summary.l2, 4), ("L∞", summary.linf, 4),
      ("questions to the net", summary.queries, 1),
    ]
    return Table(
      caption:
        "What was changed, over the \(summary.successes) pictures that fool the net, values in [0, 1]; and "
        + "asked, over all \(summary.attacked) attacked",
      header: ["", "mean", "median"],
      rows: rows.map { name, average, decimals in
        [
          name, average.map { NumberText.fixed($0.mean, decimals) } ?? ReportText.none,
          average.map { NumberText.fixed($0.median, decimals) } ?? ReportText.none,
        ]
      }, numeric: [1, 2])
  }

  /// Success by what the samples show; without targets, also what the net takes them for.
  var byLabel: Table {
    let tellsPrediction = findings.byTarget.isEmpty
    return Table(
      caption: "By class of the samples; L2 is the mean over pictures that fool the net",
      header: [
        "class", "samples", "net right", "attacked", "fool the net", "share", "95 % interval", "L2",
      ] + (tellsPrediction ? ["mostly taken for"] : []),
      rows: findings.byLabel.map { tally in
        let takenFor =
          tally.mostTakenFor.map { "\(findings.classes[$0.number]) (\($0.count))" }
          ?? ReportText.none
        return [findings.classes[tally.number], "\(tally.samples)", "\(tally.correct)"]
          + found(tally) + (tellsPrediction ? [takenFor] : [])
      }, numeric: Set(1...7))
  }

  /// Success by what the net was to take the samples for; nil without targets.
  var byTarget: Table? {
    guard !findings.byTarget.isEmpty else { return nil }
    return Table(
      caption: "By target; L2 is the mean over pictures that the net takes for it",
      header: ["target", "samples", "attacked", "fool the net", "share", "95 % interval", "L2"],
      rows: findings.byTarget.map { tally in
        [findings.classes[tally.number], "\(tally.samples)"] + found(tally)
      }, numeric: Set(1...6))
  }

  private func found(_ tally: ClassTally) -> [String] {
    [
      "\(tally.attacked)", "\(tally.successes)", ReportText.share(tally.success?.share),
      tally.success.map(ReportText.percentInterval) ?? ReportText.none,
      tally.meanL2.map { NumberText.fixed($0, 4) } ?? ReportText.none,
    ]
  }

  /// What the attack was, so that it can be made again.
  func settings(data: String) -> Table {
    let own = summary.settings.sorted { $0.key < $1.key }.map { name, value in
      [
        name,
        name == "epsilon" || name == "step_size"
          ? "\(ReportText.number(value)) (\(NumberText.fixed(255 * value, 2)) of 255)"
          : NumberText.plain(value),
      ]
    }
    return Table(
      caption: "What the attack's result depends on", header: ["setting", "value"],
      rows: [
        ["method", summary.method], ["target", target], ["samples", summary.selection],
        ["seed", "\(summary.seed)"],
      ] + own + [
        ["architecture", summary.architecture], ["model digest", summary.modelDigest],
        ["data", data], ["data fingerprint", summary.dataFingerprint],
        ["csg-dist", summary.version],
      ])
  }

  /// The target in words.
  var target: String {
    guard let number = Int(summary.target), findings.classes.indices.contains(number) else {
      return summary.target
    }
    return findings.classes[number]
  }

  /// What each number means, in the words of the summary.
  var definitions: Table {
    .definitions(AttackSummary.definitions, of: "the summary (--json)")
  }
}
