import Attacks
import Core
import Detection
import Figures
import Interpretability

/// The tables of a detection: Table 3 beside the paper's, what attacks came to, and the detectors under
/// attack.
package struct DetectionTables {
  let metrics: DetectionMetrics
  let methods: [AttackMethod]
  let isCIFAR10Test: Bool

  /// The tables of a detection of these attacks; `isCIFAR10Test` says whether it was tested on CIFAR-10's own test
  /// set, as the paper's was.
  package init(metrics: DetectionMetrics, methods: [AttackMethod], isCIFAR10Test: Bool) {
    self.metrics = metrics
    self.methods = methods
    self.isCIFAR10Test = isCIFAR10Test
  }

  private var networks: [(name: String, metrics: DetectionMetrics.OfNetwork)] {
    [("network", metrics.network)] + (metrics.baseline.map { [("baseline", $0)] } ?? [])
  }

  private var sizes: [Int] { metrics.settings.perClass }

  /// Whether the paper's numbers stand beside them.
  package var hasPapersRows: Bool {
    PublishedDetection.isOf(
      architecture: metrics.network.origin.architecture, isCIFAR10Test: isCIFAR10Test)
      && sizes.contains(where: PublishedDetection.sizes.contains)
      && methods.contains { !papersRows($0).isEmpty }
  }

  private func papersRows(_ method: AttackMethod) -> [PublishedDetection] {
    PublishedDetection.rows(
      of: method, settings: metrics.settings.attacks[method.rawValue] ?? [:])
  }

  /// Error rates by training samples of each class, in per cent.
  package var table3: Table {
    var rows: [[String]] = []
    for method in methods {
      for (name, network) in networks {
        guard let found = network.methods[method.rawValue] else { continue }
        rows.append(["\(method.title), \(name)"] + found.sizes.map(DetectionText.error))
      }
      if let changes = metrics.comparison?.methods[method.rawValue] {
        rows.append(["\(method.title), network − baseline"] + changes.map(Self.change))
      }
      guard hasPapersRows else { continue }
      for row in papersRows(method) {
        rows.append(
          ["\(method.title), paper, \(row.isGated ? "CSG" : "STD")"]
            + sizes.map { size in
              PublishedDetection.sizes.firstIndex(of: size).map {
                "\(NumberText.fixed(100 * row.errors[$0], 2)) %"
              } ?? ReportText.none
            })
      }
    }
    rows.append(
      ["chance"] + sizes.map { _ in "\(NumberText.fixed(100 * metrics.settings.chance, 2)) %" })
    return Table(
      caption: "Error rate by training samples of each class, mean ± standard deviation over "
        + "\(metrics.settings.repeats) \(metrics.settings.repeats == 1 ? "repeat" : "repeats")",
      header: [""] + sizes.map(String.init), rows: rows, numeric: Set(1..<sizes.count + 1))
  }

  private static func change(_ change: PairedChange) -> String {
    let difference = change.difference
    let mean = NumberText.signed(100 * difference.mean, decimals: 2)
    guard let interval = difference.interval else { return mean }
    let ends = interval.map { NumberText.signed(100 * $0, decimals: 2) }.joined(separator: ", ")
    let p = change.probability.map { ", p \(NumberText.short($0))" } ?? ""
    return "\(mean) [\(ends)]\(p)"
  }

  /// What lies behind Table 3.
  package var support: Table {
    var rows: [[String]] = []
    for method in methods {
      for (name, network) in networks {
        for size in network.methods[method.rawValue]?.sizes ?? [] {
          rows.append([
            "\(method.title), \(name), \(size.perClass)",
            Self.range(size.repeats.map(\.trainingPairs)), Self.range(size.repeats.map(\.tested)),
            ReportText.interval(size.error.interval), ReportText.share(size.falseAlarms.mean),
            ReportText.share(size.misses.mean),
          ])
        }
      }
    }
    return Table(
      caption:
        "Pairs that forests learned from, pictures that they were tested on, and how they err",
      header: [
        "", "training pairs", "test pictures", "95 % interval of the mean", "false alarms",
        "misses",
      ],
      rows: rows, numeric: [1, 2, 3, 4, 5])
  }

  private static func range(_ counts: [Int]) -> String {
    guard let least = counts.min(), let most = counts.max() else { return ReportText.none }
    return least == most ? "\(least)" : "\(least)–\(most)"
  }

  /// What attacks came to.
  package var attacks: Table {
    var rows: [[String]] = []
    for method in methods {
      for (name, network) in networks {
        guard let found = network.methods[method.rawValue] else { continue }
        for (split, attack) in [("train", found.train), ("test", found.test)] {
          rows.append([
            "\(method.title), \(name), \(split)", "\(attack.samples)",
            ReportText.share(Double(attack.correct) / Double(max(attack.samples, 1))),
            "\(attack.attacked)", ReportText.share(attack.success?.share),
            ReportText.interval(attack.success.map { [$0.low, $0.high] }),
          ])
        }
      }
    }
    return Table(
      caption: "Samples that any repeat draws, and what the attacks made of them",
      header: ["", "samples", "net right", "attacked", "net fooled", "95 % interval"],
      rows: rows, numeric: [1, 2, 3, 4, 5])
  }

  /// What detectors call adversarial: pictures as they are, with noise, and attacked.
  package var noise: Table {
    var rows: [[String]] = []
    for method in methods {
      for (name, network) in networks {
        for size in network.methods[method.rawValue]?.sizes ?? [] {
          rows.append([
            "\(method.title), \(name), \(size.perClass)", ReportText.share(size.falseAlarms.mean),
            ReportText.share(size.noiseAlarms?.mean), ReportText.share(1 - size.misses.mean),
            Self.range(size.repeats.map { $0.noise?.tested ?? 0 }),
          ])
        }
      }
    }
    return Table(
      caption: "Share of test pictures that detectors call adversarial, mean over repeats",
      header: ["", "as they are", "with noise", "attacked", "pictures with noise"], rows: rows,
      numeric: [1, 2, 3, 4])
  }

  /// What each number means, in the document's words.
  package var definitions: Table {
    .definitions(metrics.definitions, of: DetectionFile.name)
  }

  /// Black-box attacks on networks alone, and on their pairs with detectors.
  package var adaptive: Table? {
    func share(_ interval: WilsonInterval?) -> String {
      interval.map {
        "\(NumberText.percent($0.share)) \(ReportText.interval([$0.low, $0.high]))"
      } ?? ReportText.none
    }
    let rows = networks.flatMap { name, network in
      (network.adaptive ?? []).map { found in
        [
          "\(found.attack.rawValue), \(name), \(found.detector.title) detector",
          "\(found.samples)", share(found.network), share(found.pair), share(found.caught),
          share(found.falseAlarms),
        ]
      }
    }
    guard !rows.isEmpty else { return nil }
    return Table(
      caption: "Shares of pictures, with 95 % intervals",
      header: [
        "", "pictures", "fool the net alone", "fool net and detector",
        "of the first, caught", "alarms as they are",
      ],
      rows: rows, numeric: [1, 2, 3, 4, 5])
  }
}
