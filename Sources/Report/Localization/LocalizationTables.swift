import Core
import Figures
import Interpretability

/// The tables of a localisation: Table 2 beside the paper's, and each filter's class.
struct LocalizationTables {
  let metrics: LocalizationMetrics
  let methods: [LocalizationMethod]
  /// Of the network, in label order.
  let classes: [String]

  private var networks: [(name: String, metrics: LocalizationMetrics.OfNetwork)] {
    [("network", metrics.network)] + (metrics.baseline.map { [("baseline", $0)] } ?? [])
  }

  /// Table 2 of a method, with the paper's rows where they are of the same classes.
  func table2(_ method: LocalizationMethod) -> Table {
    let percent = NumberText.plain(100 * method.precisionThreshold)
    let kinds: [(String, isPrecision: Bool)] = [("Avg-IoU", false), ("AP\(percent)", true)]
    var rows: [[String]] = []
    for (kind, isPrecision) in kinds {
      for (name, network) in networks {
        guard let found = network.methods[method.rawValue] else { continue }
        let number = isPrecision ? found.precision : found.overlap
        rows.append(
          ["\(kind), \(name)"]
            + found.classes.map { ReportText.number(isPrecision ? $0.precision : $0.overlap) } + [
              ReportText.number(number.value), ReportText.interval(number.interval),
              ReportText.number(number.wholeImage),
            ])
      }
      if let change = metrics.comparison?[method.rawValue] {
        let change = isPrecision ? change.precision : change.overlap
        rows.append(
          ["\(kind), network − baseline"] + classes.map { _ in ReportText.none } + [
            NumberText.signed(change.difference, decimals: 4),
            "\(ReportText.interval(change.interval)), p \(NumberText.short(change.p))",
            ReportText.none,
          ])
      }
      rows += PublishedLocalization.rows.filter {
        $0.method == method && $0.isPrecision == isPrecision && hasPapersClasses
      }.map { row in
        ["\(kind), paper, \(row.isGated ? "CSG" : "STD")"]
          + classes.map { name in
            ReportText.number(
              PublishedLocalization.classNames.firstIndex(of: name).map { row.classes[$0] })
          } + [ReportText.number(row.total), ReportText.none, ReportText.none]
      }
    }
    let subject = method.isOfFilters ? "one filter" : "all filters"
    return Table(
      caption:
        "\(method.title) for \(subject), by class and in all; the whole image as region beside it",
      header: [""] + classes + ["total", "95 % interval", "whole image"], rows: rows,
      numeric: Set(1..<classes.count + 4))
  }

  private var hasPapersClasses: Bool {
    Set(classes) == Set(PublishedLocalization.classNames)
  }

  /// What is left of maps without what was learned.
  var sanity: Table {
    let found = metrics.sanity
    return Table(
      caption:
        "Mean rank correlation with the trained network's maps, over \(NumberText.count(found.images, "image")), when "
        + "all layers down to this one are set to random weights",
      header: ["down to"] + methods.map(\.title),
      rows: found.layers.enumerated().map { i, layer in
        [layer]
          + methods.map { ReportText.number(found.correlations[$0.rawValue].map { $0[i] }) }
      }, numeric: Set(1..<methods.count + 1))
  }

  /// How many images and filters stand behind a class's numbers.
  func support(_ method: LocalizationMethod) -> Table {
    let found = networks.compactMap { name, network in
      network.methods[method.rawValue].map { (name, $0) }
    }
    return Table(
      caption: "Images of each class, and filters that \(method.title) finds focused on it",
      header: ["class", "images"] + found.map { "filters, \($0.0)" },
      rows: classes.indices.map { label in
        [classes[label], "\(metrics.data.classCounts[label])"]
          + found.map { $0.1.classes[label].filters.map { "\($0)" } ?? ReportText.none }
      }, numeric: Set(1..<2 + found.count))
  }
}
