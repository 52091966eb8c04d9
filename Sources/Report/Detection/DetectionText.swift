import Attacks
import Core
import Detection

/// A detection in a few lines: what came out, and where the rest of it lies.
package struct DetectionText {
  private let metrics: DetectionMetrics
  private let methods: [AttackMethod]
  private let folder: String

  /// The text of a detection of these attacks that was written into a folder.
  package init(_ metrics: DetectionMetrics, methods: [AttackMethod], folder: String) {
    self.metrics = metrics
    self.methods = methods
    self.folder = folder
  }

  /// The lines.
  package var lines: String {
    var lines: [String] = []
    for (name, network) in [("network", metrics.network)]
      + (metrics.baseline.map { [("baseline", $0)] } ?? [])
    {
      for method in methods {
        guard let found = network.methods[method.rawValue] else { continue }
        let sizes = found.sizes.map { "\($0.perClass): \(Self.error($0))" }
        lines.append("\(name)  \(method.title)  \(sizes.joined(separator: "  "))")
      }
      for found in network.adaptive ?? [] {
        lines.append(
          "\(name)  \(found.attack.rawValue) of \(found.samples): alone "
            + "\(NumberText.percent(found.network.share)), with the \(found.detector.title) detector "
            + NumberText.percent(found.pair.share))
      }
    }
    lines.append(DetectionVerdict.sentence(metrics))
    lines.append("written: \(folder)/\(DetectionFile.name), \(folder)/detection.html")
    return lines.joined(separator: "\n")
  }

  /// Mean ± deviation, or the one value.
  static func error(_ size: DetectionMetrics.OfSize) -> String {
    let deviation = size.error.standardDeviation.map { " ± \(NumberText.fixed(100 * $0, 2))" } ?? ""
    return "\(NumberText.fixed(100 * size.error.mean, 2))\(deviation) %"
  }
}

extension AttackMethod {
  /// As papers write it.
  var title: String {
    switch self {
    case .fgsm: "FGSM"
    case .pgd: "PGD"
    case .cw: "CW"
    case .singlePixel: "Single pixel"
    case .localSearch: "Local search"
    case .onePixel: "One pixel"
    }
  }
}

/// What came out, in a sentence.
package enum DetectionVerdict {
  /// Whose adversarial pictures are easier to detect, or how well any are.
  package static func sentence(_ metrics: DetectionMetrics) -> String {
    guard let change = metrics.comparison?.overall else {
      let cells = metrics.network.methods.values.flatMap { $0.sizes }.map(\.error.mean)
      guard let least = cells.min(), let most = cells.max() else { return "" }
      return "Detectors err on \(NumberText.percent(least)) to \(NumberText.percent(most)) of the "
        + "network's pictures, where chance errs on \(NumberText.percent(metrics.settings.chance))."
    }
    let difference = change.difference
    guard difference.mean != 0 else {
      return "The adversarial pictures of network and baseline are as easy to detect."
    }
    let easier = difference.mean < 0 ? "network" : "baseline"
    let points = NumberText.fixed(100 * abs(difference.mean), 2)
    var sentence =
      "Over methods and sizes detectors err by \(points) points less often on the \(easier)'s pictures"
    guard let interval = difference.interval else {
      return sentence + "; one repeat cannot tell whether that is chance."
    }
    let ends = interval.map { NumberText.signed(100 * $0, decimals: 2) }.joined(separator: " to ")
    sentence +=
      " (network − baseline: \(ends) points at 95 %, \(NumberText.count(difference.count, "repeat"))"
    sentence += change.probability.map { ", p \(NumberText.short($0))" } ?? ""
    let isClear = interval[0] > 0 || interval[1] < 0
    return sentence
      + (isClear
        ? "): its adversarial pictures are easier to detect."
        : "), which is within chance: neither's are clearly easier to detect.")
  }
}
