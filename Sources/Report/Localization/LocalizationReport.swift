import Core
import Figures
import Interpretability

/// `localization.html`: a localisation for readers.
struct LocalizationReport {
  let localization: Localization
  /// Figure 9; nil where there are no pictures.
  let sheet: PictureSheet?
  /// What the data set is called.
  let data: String

  var page: Page {
    let title = "Where filters look on \(data)"
    return Page(
      title: title,
      blocks: [.heading(1, title)] + lead + tables + figure + sanity)
  }

  private var lead: [Page.Block] {
    let names = zip(["The network", "the baseline"], localization.paths).map { "\($0) is \($1)" }
    guard let metrics = localization.metrics else {
      return [
        .paragraph(names.joined(separator: "; ") + "."),
        .paragraph(
          "The pictures have no masks of their objects: there are maps, and nothing to score them by."
        ),
      ]
    }
    let data = metrics.data
    let (origin, accuracy) = (metrics.network.origin, metrics.network.accuracy)
    let others = metrics.baseline.map { ", the baseline of \(ReportText.share($0.accuracy))" } ?? ""
    let settings = metrics.settings
    return [
      .paragraph(names.joined(separator: "; ") + "."),
      .paragraph(
        "\(origin.architecture) with \(NumberText.count(origin.filters, "filter")), on the \(data.split) split of "
          + "\(data.source): \(data.scored) of \(NumberText.count(data.count, "picture")) have a mask that shows something, "
          + "and are scored. Of these the network tells the class of \(ReportText.share(accuracy))\(others)."
      ),
      .paragraph(
        "IoU is intersection over union of a region and the object's mask. A region is "
          + (settings.strict ? "above" : "at least")
          + " its threshold; the blur has a deviation of "
          + "\(NumberText.plain(settings.sigma)) pixels and reaches \(settings.blurRadius). "
          + (settings.topFilters.map {
            "For a class the \($0) filters that answer most to its pictures are scored."
          } ?? "A filter is scored on the class where its AP is largest, and stands for that class.")
      ),
    ]
  }

  private var tables: [Page.Block] {
    guard let metrics = localization.metrics else { return [] }
    let tables = LocalizationTables(
      metrics: metrics, methods: localization.settings.methods,
      classes: localization.networkClasses)
    var blocks: [Page.Block] = [.heading(2, "Table 2")]
    for method in localization.settings.methods {
      blocks += [.heading(3, method.title), .table(tables.table2(method))]
      if let silent = metrics.network.methods[method.rawValue]?.zeroThresholds, silent > 0 {
        let others = metrics.baseline?.methods[method.rawValue]?.zeroThresholds.map {
          " (baseline: \($0))"
        }
        blocks.append(
          .paragraph(
            "\(silent)\(others ?? "") of \(NumberText.count(metrics.network.origin.filters, "filter")) are silent at more than "
              + "\(NumberText.plain(100 * (1 - metrics.settings.share))) % of all places: their threshold "
              + "is 0, "
              + (metrics.settings.strict
                ? "and their region is wherever they are not silent."
                : "and “at least 0” is the whole image. With --strict it is wherever they are not silent.")
          ))
      }
      if method.isOfFilters, metrics.settings.topFilters == nil {
        blocks.append(.folded("What stands behind it", [.table(tables.support(method))]))
      }
    }
    return blocks + [
      .paragraph(
        "Intervals are of the bootstrap over the images of each class; a difference's draws take the same "
          + "images for both networks. The paper's rows: \(PublishedLocalization.citation): ResNet-152, "
          + "other pictures.")
    ]
  }

  private var sanity: [Page.Block] {
    guard let metrics = localization.metrics else { return [] }
    let tables = LocalizationTables(
      metrics: metrics, methods: localization.settings.methods,
      classes: localization.networkClasses)
    let survivors = localization.settings.methods.filter {
      metrics.sanity.survivors.contains($0.rawValue)
    }.map(\.title)
    let verdict =
      survivors.isEmpty
      ? "No method's maps survive it: they show what was learned."
      : "\(ReportText.list(survivors)): more than half of the order of such a map's pixels is there without "
        + "anything learned. It shows the picture as much as the network."
    return [
      .heading(2, "Sanity"),
      .paragraph(
        "A map that says something of the network changes when the network forgets (Adebayo et al., "
          + "“Sanity Checks for Saliency Maps”, NeurIPS 2018). \(verdict)"),
      .table(tables.sanity),
    ]
  }

  private var figure: [Page.Block] {
    guard let sheet else { return [] }
    return [.heading(2, sheet.title), .pictures(sheet)]
  }
}
