import Attacks
import Core
import Figures

/// The tables of a defence: Table 4 beside the paper's, and what lies behind it.
package struct DefenceTables {
  let metrics: DefenceMetrics
  /// Whether the pictures are the paper's.
  let isCIFAR10Test: Bool

  /// The tables of a defence.
  package init(metrics: DefenceMetrics, isCIFAR10Test: Bool) {
    self.metrics = metrics
    self.isCIFAR10Test = isCIFAR10Test
  }

  /// Whether the paper's numbers stand beside them.
  package var hasPapersRows: Bool {
    PublishedDefence.isOf(
      architecture: metrics.network.architecture, isCIFAR10Test: isCIFAR10Test)
  }

  /// Success by attack, both nets on the same pictures.
  package var table4: Table {
    var rows = [
      [
        "accuracy, no attack", DefenceText.share(metrics.network.accuracy),
        DefenceText.share(metrics.baseline.accuracy), ReportText.none, ReportText.none,
        ReportText.none,
      ]
    ]
    if hasPapersRows {
      rows.append(
        Self.paper("accuracy, no attack", PublishedDefence.accuracy))
    }
    for attack in metrics.attacks {
      let comparison = attack.comparison
      rows.append([
        attack.name, DefenceText.share(attack.network.success),
        DefenceText.share(attack.baseline.success),
        NumberText.signed(100 * comparison.difference, decimals: 2),
        "\(comparison.networkOnly) : \(comparison.baselineOnly)",
        ReportText.probability(comparison.p),
      ])
    }
    if hasPapersRows {
      for method in AttackMethod.allCases {
        guard let published = PublishedDefence.success(method) else { continue }
        rows.append(Self.paper(method.rawValue, published))
      }
    }
    return Table(
      caption:
        "Accuracy, and success of attacks on the same \(NumberText.count(metrics.data.attacked, "picture")), in per cent "
        + "with 95 % intervals; pictures that fool one net alone, and McNemar's p",
      header: ["", "network", "baseline", "difference", "one alone", "p"], rows: rows,
      numeric: [1, 2, 3, 4, 5])
  }

  private static func paper(_ name: String, _ shares: (gated: Double, standard: Double)) -> [String]
  {
    [
      "\(name), paper", NumberText.percent(shares.gated), NumberText.percent(shares.standard),
      NumberText.signed(100 * (shares.gated - shares.standard), decimals: 2), ReportText.none,
      ReportText.none,
    ]
  }

  /// How much attacks changed and asked.
  package var support: Table {
    var rows: [[String]] = []
    for attack in metrics.attacks {
      for (name, found) in [("network", attack.network), ("baseline", attack.baseline)] {
        func average(_ value: AttackSummary.Average?, _ decimals: Int) -> String {
          value.map {
            "\(NumberText.fixed($0.mean, decimals)) / \(NumberText.fixed($0.median, decimals))"
          } ?? ReportText.none
        }
        rows.append([
          "\(attack.name), \(name)", "\(found.successes)", "\(found.roundedSuccesses)",
          DefenceText.share(found.noiseSuccess), average(found.l0, 1), average(found.l2, 3),
          average(found.linf, 3), average(found.queries, 1),
        ])
      }
    }
    return Table(
      caption:
        "What attacks changed, over the pictures that fool the net, and asked, over all: mean / median",
      header: ["", "fooled", "as bytes", "random signs", "L0", "L2", "L∞", "queries"], rows: rows,
      numeric: Set(1...7))
  }

  /// What each number means, in the document's words.
  package var definitions: Table {
    .definitions(metrics.definitions, of: DefenceFile.name)
  }
}
