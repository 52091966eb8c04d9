import Attacks
import Detection
import Figures

/// At which depth the features lie that forests go by.
enum DetectionFigure {
  static func figure(_ metrics: DetectionMetrics, methods: [AttackMethod]) throws -> Figure {
    let networks =
      [("network", metrics.network)] + (metrics.baseline.map { [("baseline", $0)] } ?? [])
    let count = metrics.network.convolutions.count
    let charts = methods.map { method in
      LineChart(
        method.title, x: "convolution, from the image on", y: "share of importance",
        series: networks.enumerated().map { i, network in
          LineChart.Series(
            network.0,
            (network.1.methods[method.rawValue]?.importances ?? []).enumerated().map {
              .init(Double($0 + 1), $1)
            }, style: i)
        }, xRange: 1...Double(max(count, 2)), isFromZero: true)
    }
    let most = methods.compactMap { method -> String? in
      let shares = metrics.network.methods[method.rawValue]?.importances ?? []
      guard let top = shares.indices.max(by: { (shares[$0], $1) < (shares[$1], $0) }) else {
        return nil
      }
      return "\(method.title): \(metrics.network.convolutions[top])"
    }
    return try Figure(
      "importances", title: "Which depth gives attacks away",
      summary: """
        The share of each convolution's features in the decrease of Gini impurity, over the forests of \
        \(metrics.settings.perClass.last ?? 0) samples of each class. The network's largest: \
        \(most.joined(separator: "; ")).
        """,
      .charts(charts))
  }
}
