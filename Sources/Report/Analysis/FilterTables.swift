import Core
import Figures
import Interpretability

/// Tables of a report that say what filters are for.
extension ReportTables {
  /// MIS between what it is by chance and what it is at most.
  var information: Table {
    Table(
      caption: "MIS beside chance and ceiling; the numbers are defined under All numbers"
        + cautions { [$0.informationScore.caution] },
      header: [
        "", "MIS (nats)", "95 % interval", "By chance", "At most", "Filters above chance",
      ],
      rows: networks.map { name, metrics in
        let scale = metrics.information
        return [
          name, ReportText.marked(metrics.informationScore) { ReportText.number($0) },
          ReportText.marked(scale.scoreInterval) { ReportText.interval($0) },
          ReportText.marked(scale.scoreChance, ReportText.number),
          ReportText.number(scale.scoreCeiling.value),
          ReportText.marked(scale.filtersAboveChance, ReportText.share),
        ]
      }, numeric: [1, 2, 3, 4, 5])
  }

  /// ACC2 and ACC3 beside random filters.
  var predictedClass: Table {
    let found = metrics.network.predictedClassFilters
    return Table(
      caption: "ACC2: \(found.ownAccuracy.definition). ACC3: \(found.othersAccuracy.definition). "
        + "Random: \(found.ownRandom.definition).",
      header: ["", "All filters", "ACC2", "ACC2, random", "ACC3", "ACC3, random"],
      rows: networks.map { name, metrics in
        let found = metrics.predictedClassFilters
        return [name]
          + [
            metrics.accuracy, found.ownAccuracy, found.ownRandom, found.othersAccuracy,
            found.othersRandom,
          ].map { ReportText.share($0.value) }
      }, numeric: [1, 2, 3, 4, 5])
  }

  /// What is left without the filters of some classes; nil where none were removed.
  var removals: Table? {
    guard let first = metrics.network.removals.first else { return nil }
    let rows = metrics.network.removals.flatMap { removal in
      networks.compactMap { name, metrics -> [String]? in
        guard let own = metrics.removals.first(where: { $0.classes == removal.classes }) else {
          return nil
        }
        let names = own.classes.map { self.metrics.data.classes[$0] }
        return [ReportText.list(names), name, "\(own.filters.value.count)"]
          + [own.ownBefore, own.own, own.ownRandom].map { ReportText.share($0.value) }
          + [own.othersBefore, own.others, own.othersRandom].map { ReportText.share($0.value) }
          + [ReportText.share(own.accuracy.value)]
      }
    }
    let rules = networks.compactMap { $0.metrics.removals.first?.filters.definition }
    let unique = rules.enumerated().filter { !rules[..<$0.offset].contains($0.element) }
    return Table(
      caption: "Removed: \(unique.map(\.element).joined(separator: "; of the baseline: ")). "
        + "Accuracy: \(first.accuracy.definition); of the samples of these classes and of all others, "
        + "beside all filters in place and \(first.ownRandom.definition).",
      header: [
        "Classes", "Of", "Filters removed", "These classes, before", "Without", "Random",
        "Other classes, before", "Without", "Random", "All, without",
      ],
      rows: rows, numeric: Set(2...9))
  }

  /// r_s at each threshold.
  var ratios: Table {
    typealias Column = (name: String, values: (CorrelationMetrics) -> [Double]?)
    let columns: [Column] = [
      ("r_s", { $0.ratios.value }), ("off diagonal", { $0.pairRatios.value }),
      ("of |r|", { $0.absolutePairRatios.value }),
    ]
    let correlation = metrics.network.correlation
    return Table(
      caption: "\(correlation.ratios.definition); off diagonal: "
        + "\(correlation.pairRatios.definition); of |r|: \(correlation.absolutePairRatios.definition)"
        + cautions { [$0.correlation.ratios.caution] },
      header: ["s"] + networks.flatMap { network in columns.map { "\($0.name), \(network.name)" } },
      rows: correlation.thresholds.enumerated().map { i, threshold in
        [NumberText.fixed(threshold, 2)]
          + networks.flatMap { network in
            columns.map { ReportText.number($0.values(network.metrics.correlation)?[i]) }
          }
      }, numeric: Set(1...networks.count * columns.count))
  }

  /// How many samples each row of S_TP and S_FN and each cluster speaks of.
  var samples: Table {
    var columns: [(String, (Int) -> Int?)] = []
    if let similarity = metrics.network.similarity {
      columns.append(("S_TP", { similarity.rightSamples.value[$0] }))
      columns.append(("S_FN", { similarity.wrongSamples.value[$0] }))
    }
    for (name, metrics) in networks {
      let clusters = metrics.clusters
      columns.append(
        (
          "Cluster, \(name)",
          { label in
            clusters.classes.value.firstIndex(of: label).map { clusters.samples.value[$0] }
          }
        ))
    }
    return Table(
      caption: "Samples behind the row of each class"
        + cautions { [$0.similarity?.rightDiagonal.caution, $0.clusters.classes.caution] },
      header: ["Class", "Samples"] + columns.map(\.0),
      rows: metrics.data.classes.enumerated().map { label, name in
        [name, "\(metrics.data.classCounts[label])"]
          + columns.map { column in column.1(label).map { "\($0)" } ?? ReportText.none }
      }, numeric: Set(1...columns.count + 1))
  }
}
