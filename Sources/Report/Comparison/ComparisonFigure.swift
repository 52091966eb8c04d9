import Figures
import Interpretability

/// How the runs of recipes went: a line for the mean of each recipe, a thin one for each run.
enum ComparisonFigure {
  /// The figure; nil where no run has records.
  static func figure(_ comparison: Comparison) throws -> Figure? {
    func chart(
      _ title: String, _ y: String, isFromZero: Bool, _ curves: (RecipeGroup) -> EpochCurves
    ) -> LineChart? {
      let series = comparison.recipes.enumerated().flatMap { i, group -> [LineChart.Series] in
        let curves = curves(group)
        func line(_ points: [EpochCurves.Point], isThin: Bool) -> LineChart.Series {
          let points = points.map { LineChart.Point(Double($0.epochs), $0.value) }
          return LineChart.Series(group.label, points, style: i, isThin: isThin)
        }
        let thin = curves.runs.count > 1 ? curves.runs.map { line($0, isThin: true) } : []
        return thin + [line(curves.mean, isThin: false)]
      }
      let drawn = series.filter { $0.points.contains { $0.y.isFinite } }
      guard !drawn.isEmpty else { return nil }
      return LineChart(title, x: "epochs trained", y: y, series: drawn, isFromZero: isFromZero)
    }
    let charts = [
      chart("Accuracy on the test split", "accuracy", isFromZero: false) { $0.testAccuracy },
      chart("Training loss, STD epochs", "cross-entropy", isFromZero: true) { $0.trainingLoss },
      chart("L1-density of G", "density", isFromZero: true) { $0.density },
    ].compactMap { $0 }
    guard !charts.isEmpty else { return nil }
    return try Figure(
      "training", title: "The course of training",
      summary: "Means over the seeds of a recipe, as far as all its records reach, and thin lines "
        + "for its runs. The training loss leaves out epochs on the CSG path, which is told the label.",
      .charts(charts))
  }
}
