import Core
import Figures
import Interpretability

/// The tables of a report: Table 1, and all numbers.
struct ReportTables {
  let metrics: Metrics

  var networks: [(name: String, metrics: NetworkMetrics)] {
    [("network", metrics.network)] + (metrics.baseline.map { [("baseline", $0)] } ?? [])
  }

  /// What spoils figures of the networks, behind the mark that stands beside them; empty where nothing
  /// does.
  func cautions(_ measures: (NetworkMetrics) -> [String?]) -> String {
    networks.map { name, metrics in
      var texts: [String] = []
      for text in measures(metrics).compactMap({ $0 }) where !texts.contains(text) {
        texts.append(text)
      }
      return texts.map { ". \(ReportText.cautionMark) \(name): \($0)" }.joined()
    }.joined()
  }

  /// The paper's Table 1, with its own rows where it has such.
  func table1(_ published: [PublishedResult]) -> Table {
    var rows = networks.map { name, metrics in
      [
        name, ReportText.share(metrics.accuracy.value),
        ReportText.marked(metrics.informationScore) { ReportText.number($0) },
        ReportText.number(metrics.density.value),
        ReportText.interval(metrics.densityInterval.value),
      ]
    }
    if let baseline = metrics.baseline {
      let network = metrics.network
      rows.append([
        "network − baseline",
        NumberText.signed(
          100 * (network.accuracy.value - baseline.accuracy.value), decimals: 2, unit: " points"),
        NumberText.signed(
          network.informationScore.value - baseline.informationScore.value, decimals: 4),
        ReportText.none, ReportText.none,
      ])
    }
    rows += published.map {
      [
        $0.name, ReportText.share($0.accuracy), ReportText.number($0.informationScore),
        ReportText.number($0.density), ReportText.interval($0.interval),
      ]
    }
    return Table(
      caption: "Accuracy on the STD path, mutual information score, density of the gate"
        + cautions { [$0.informationScore.caution] },
      header: ["", "Accuracy", "MIS (nats)", "L1-density", "Its interval"], rows: rows,
      numeric: [1, 2, 3, 4])
  }

  /// Every number that stands for a whole network, with its definition.
  var numbers: Table {
    typealias Line = (name: String, value: (NetworkMetrics) -> String, definition: String)
    func line<Value>(
      _ name: String, _ measure: @escaping (NetworkMetrics) -> Measure<Value>?,
      _ text: @escaping (Value) -> String
    ) -> Line {
      let definition = networks.lazy.compactMap { measure($0.metrics)?.definition }.first
      let caution = cautions { [measure($0)?.caution] }
      return (
        name, { measure($0).map { ReportText.marked($0, text) } ?? ReportText.none },
        definition.map { $0 + caution } ?? ""
      )
    }
    let (share, number) = (ReportText.share, ReportText.number)
    let lines: [Line] = [
      line("Accuracy, STD path", { $0.accuracy }, { share($0) }),
      line("Accuracy, CSG path", { $0.gatedAccuracy }, share),
      line("L1-density", { $0.density }, number),
      line("Interval of the L1-density", { $0.densityInterval }, ReportText.interval),
      line("MIS", { $0.informationScore }, { number($0) }),
      line("MIS, 95 % interval", { $0.information.scoreInterval }, { ReportText.interval($0) }),
      line("MIS by chance", { $0.information.scoreChance }, number),
      line("MIS at most", { $0.information.scoreCeiling }, { number($0) }),
      line("Filters above chance", { $0.information.filtersAboveChance }, share),
      line("Mean of M", { $0.information.mean }, { number($0) }),
      line("Mean of M by chance", { $0.information.meanChance }, number),
      line("Dead filters", { $0.deadFilters }, { "\($0)" }),
      line("Overlap of G and M", { $0.gateInformationOverlap }, share),
      line("Overlap by chance", { $0.overlapChance }, share),
      line("ACC2", { $0.predictedClassFilters.ownAccuracy }, { share($0) }),
      line("ACC2, random filters", { $0.predictedClassFilters.ownRandom }, { share($0) }),
      line("ACC3", { $0.predictedClassFilters.othersAccuracy }, { share($0) }),
      line("ACC3, random filters", { $0.predictedClassFilters.othersRandom }, { share($0) }),
      line("S_TP, own row", { $0.similarity?.rightDiagonal }, number),
      line("S_TP, other rows", { $0.similarity?.rightOffDiagonal }, number),
      line("S_FN, own row", { $0.similarity?.wrongDiagonal }, number),
      line("S_FN, other rows", { $0.similarity?.wrongOffDiagonal }, number),
      line("r_0.1", { $0.correlation.ratio }, { number($0) }),
      line("r_0.1 without the diagonal", { $0.correlation.pairRatio }, number),
      line("The same of |r|", { $0.correlation.absolutePairRatio }, number),
      line("CIC", { $0.correlation.betweenClasses }, number),
      line("CIC without self", { $0.correlation.betweenDifferent }, number),
      line("m1", { $0.correlation.groupSize }, { "\($0)" }),
      line("Inertia of k-means", { $0.clusters.inertia }, { NumberText.fixed($0, 1) }),
      line("Agreement of clusters", { $0.clusters.agreement }, { share($0) }),
    ]
    return Table(
      caption: "Each number with its definition; null is written \(ReportText.none)",
      header: ["Number"] + networks.map(\.name) + ["Definition"],
      rows: lines.filter { !$0.definition.isEmpty }.map { line in
        [line.name] + networks.map { line.value($0.metrics) } + [line.definition]
      }, numeric: Set(1...networks.count),
      prose: [networks.count + 1])
  }

  /// Accuracy of each class.
  var classes: Table {
    var columns: [(String, [Double?])] = [
      ("network, STD path", metrics.network.accuracyPerClass.value)
    ]
    if let gated = metrics.network.gatedAccuracyPerClass.value {
      columns.append(("network, CSG path", gated))
    }
    if let baseline = metrics.baseline {
      columns.append(("baseline", baseline.accuracyPerClass.value))
    }
    return Table(
      caption: "Share of correct predictions of each class"
        + cautions { [$0.accuracyPerClass.caution] },
      header: ["Class", "Samples"] + columns.map(\.0),
      rows: metrics.data.classes.enumerated().map { label, name in
        [name, "\(metrics.data.classCounts[label])"] + columns.map { ReportText.share($0.1[label]) }
      }, numeric: Set(1...columns.count + 1))
  }
}
