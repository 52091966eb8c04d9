import Core
import Figures
import Inference

/// How runs went: loss, accuracy and density over their epochs.
package enum TrainingFigure {
  /// The records of a run, under its name.
  package typealias Run = (name: String, records: RunRecords)

  /// The figure of a run and of a baseline's; nil where no epoch was recorded. Epochs on the CSG path
  /// of the first run are shaded.
  package static func figure(_ runs: [Run]) throws -> Figure? {
    let runs = runs.filter { !$0.records.epochs.isEmpty }
    guard let first = runs.first?.records else { return nil }
    let gated = first.epochs.filter { $0.path == .gated }.map(\.epoch)
    let bands = gated.reduce(into: [ClosedRange<Double>]()) { bands, epoch in
      if let last = bands.last, last.upperBound == Double(epoch) {
        bands[bands.count - 1] = last.lowerBound...Double(epoch + 1)
      } else {
        bands.append(Double(epoch)...Double(epoch + 1))
      }
    }
    let densities = Self.densities(runs)
    // A run that stopped within an epoch has a density beyond the last whole one.
    let end =
      (runs.flatMap(\.records.epochs).map { Double($0.epoch + 1) }
      + densities.flatMap(\.points).map(\.x)).max() ?? 1
    func chart(
      _ title: String, _ y: String, _ series: [LineChart.Series], isFromZero: Bool = true
    ) -> LineChart? {
      let drawn = series.filter { $0.points.contains { $0.y.isFinite } }
      guard !drawn.isEmpty else { return nil }
      return LineChart(
        title, x: "epochs trained", y: y, series: drawn, bands: bands, bandName: "CSG epochs",
        xRange: 0...end, isFromZero: isFromZero)
    }
    let courses = densities.compactMap { series in
      series.points.first.flatMap { first in
        series.points.last.map { last in
          "\(series.name) \(NumberText.fixed(first.y, 4)) at first, \(NumberText.fixed(last.y, 4)) at last"
        }
      }
    }
    let isTested = runs.contains { $0.records.epochs.contains { $0.testLoss != nil } }
    let tested =
      isTested
      ? "Look for test curves, of the STD path, that level out."
      : "No test split was measured on the way: the curves are of training alone."
    let dense =
      courses.isEmpty ? "" : " L1-density of G: \(courses.joined(separator: "; "))."
    let charts = [
      chart("Cross-entropy", "loss", curves(runs, train: \.trainLoss, test: \.testLoss)),
      chart(
        "Accuracy", "accuracy", curves(runs, train: \.trainAccuracy, test: \.testAccuracy),
        isFromZero: false),
      chart("L1-density of G", "density", densities),
    ].compactMap { $0 }
    let shaded = bands.isEmpty ? "" : " Shaded epochs take the CSG path, which is told the label."
    return try Figure(
      "training", title: "The course of training",
      summary: """
        \(tested)\(dense)\(shaded)
        """,
      .charts(charts))
  }

  /// Training on either path and test, of each run.
  private static func curves(
    _ runs: [Run], train: (EpochRecord) -> Double, test: (EpochRecord) -> Double?
  ) -> [LineChart.Series] {
    runs.enumerated().flatMap { i, run in
      let epochs = run.records.epochs
      let (gated, others) = (
        epochs.filter { $0.path == .gated }, epochs.filter { $0.path != .gated }
      )
      func points(_ epochs: [EpochRecord], _ value: (EpochRecord) -> Double?) -> [LineChart.Point] {
        epochs.compactMap { record in value(record).map { .init(Double(record.epoch + 1), $0) } }
      }
      return [
        LineChart.Series(
          "\(run.name), training\(gated.isEmpty ? "" : ", STD epochs")", points(others, train),
          style: 3 * i),
        LineChart.Series("\(run.name), test", points(epochs, test), style: 3 * i + 1),
        LineChart.Series(
          "\(run.name), training, CSG epochs", points(gated, train), style: 3 * i + 2),
      ]
    }
  }

  /// L1-density at each step that was recorded, and at the ends of epochs.
  private static func densities(_ runs: [Run]) -> [LineChart.Series] {
    runs.enumerated().compactMap { i, run in
      guard let epoch = run.records.epochs.first else { return nil }
      let stepsPerEpoch = Double(epoch.step) / Double(epoch.epoch + 1)
      let steps = run.records.steps.map { (Double($0.step) / stepsPerEpoch, $0.density) }
      let ends = run.records.epochs.map { (Double($0.epoch + 1), $0.density) }
      let points = (steps + ends).sorted { $0.0 < $1.0 }.compactMap { place, density in
        density.map { LineChart.Point(place, $0) }
      }
      return LineChart.Series(run.name, points, style: 3 * i)
    }
  }
}
