import Core
import Interpretability

/// A localisation in a few lines: what is found, and where the rest of it lies.
package struct LocalizationText {
  private let localization: Localization
  private let folder: String

  /// The text of a localisation that was written into a folder.
  package init(_ localization: Localization, folder: String) {
    self.localization = localization
    self.folder = folder
  }

  /// The lines.
  package var lines: String {
    var lines: [String] = []
    if let metrics = localization.metrics {
      lines.append(
        "\(metrics.data.scored) of \(NumberText.count(metrics.data.count, "sample")) scored")
      for (name, network) in [("network ", metrics.network)]
        + (metrics.baseline.map { [("baseline", $0)] } ?? [])
      {
        lines.append("\(name)  accuracy \(NumberText.percent(network.accuracy))")
        for method in localization.settings.methods {
          if let found = network.methods[method.rawValue] { lines.append(line(method, found)) }
        }
      }
    } else {
      lines.append(
        "\(NumberText.count(localization.count, "sample")), no masks: maps of \(localization.images.count) alone"
      )
    }
    let files = localization.metrics == nil ? [] : LocalizationFile.names.map { "\(folder)/\($0)" }
    lines.append(
      "written: "
        + (files + ["\(folder)/figures/", "\(folder)/localization.html"]).joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  private func line(_ method: LocalizationMethod, _ found: LocalizationMetrics.OfMethod) -> String {
    func number(_ value: LocalizationMetrics.Number) -> String {
      "\(NumberText.fixed(value.value, 4)) [\(value.interval.map { NumberText.fixed($0, 4) }.joined(separator: ", "))]"
        + " (whole image \(NumberText.fixed(value.wholeImage, 4)))"
    }
    let percent = NumberText.plain(100 * method.precisionThreshold)
    return
      "  \(method.title)  Avg-IoU \(number(found.overlap))  AP\(percent) \(number(found.precision))"
  }
}
