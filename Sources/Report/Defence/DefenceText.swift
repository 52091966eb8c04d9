import Attacks
import Core

/// A defence in a few lines: what came out, and where the rest of it lies.
package struct DefenceText {
  private let metrics: DefenceMetrics
  private let folder: String

  /// The text of a defence that was written into a folder.
  package init(_ metrics: DefenceMetrics, folder: String) {
    self.metrics = metrics
    self.folder = folder
  }

  /// The lines.
  package var lines: String {
    let nets = [("network", metrics.network), ("baseline", metrics.baseline)].map {
      "\($0)  accuracy \(Self.share($1.accuracy))"
    }
    let attacks = metrics.attacks.map { attack in
      "\(attack.name)  network \(Self.share(attack.network.success))  baseline "
        + "\(Self.share(attack.baseline.success))  p \(ReportText.probability(attack.comparison.p))"
    }
    return
      (nets + attacks + [
        DefenceVerdict.sentence(metrics),
        "written: \(folder)/\(DefenceFile.name), \(folder)/defence.html",
      ]).joined(separator: "\n")
  }

  /// A share with its interval, in per cent.
  static func share(_ interval: WilsonInterval?) -> String {
    interval.map {
      "\(NumberText.percent($0.share)) [\(NumberText.fixed(100 * $0.low, 2)), "
        + "\(NumberText.fixed(100 * $0.high, 2))]"
    } ?? ReportText.none
  }
}

/// What came out, in a sentence.
package enum DefenceVerdict {
  /// Below this, a difference counts as told.
  private static let level = 0.05

  /// Which net stands which attacks better, of those whose p is below 0.05 shared out over all attacks.
  package static func sentence(_ metrics: DefenceMetrics) -> String {
    func names(_ isMeant: (DefenceMetrics.Comparison) -> Bool) -> [String] {
      metrics.attacks.filter { isMeant($0.comparison) }.map(\.name)
    }
    let level = level / Double(max(1, metrics.attacks.count))
    let better = names { $0.p < level && $0.difference < 0 }
    let worse = names { $0.p < level && $0.difference > 0 }
    var parts: [String] = []
    if !better.isEmpty { parts.append("the network stands \(ReportText.list(better)) better") }
    if !worse.isEmpty { parts.append("the baseline stands \(ReportText.list(worse)) better") }
    guard !parts.isEmpty else {
      return
        "On \(NumberText.count(metrics.data.attacked, "picture")) no attack fools one of the nets clearly more often than "
        + "the other."
    }
    return "On \(NumberText.count(metrics.data.attacked, "picture")) "
      + parts.joined(separator: ", ")
      + " (McNemar's test at \(NumberText.short(level)), for \(NumberText.count(metrics.attacks.count, "attack")))."
  }
}
