import Core
import Figures
import Inference

/// How the ranks of runs shared their steps, epoch by epoch.
package enum RankFigure {
  /// The figure of runs that had several ranks in an epoch; nil where none had, or records are older.
  package static func figure(_ runs: [TrainingFigure.Run]) throws -> Figure? {
    let overlaps = runs.map { ($0.name, points($0.records, \.overlap)) }
    let imbalances = runs.map { ($0.name, points($0.records, \.imbalance)) }
    let charts = [
      chart("The all-reduce behind computing", "share of its time", overlaps, range: 0...1),
      chart("The slowest rank", "its computing time / mean", imbalances, range: nil),
    ].compactMap { $0 }
    guard !charts.isEmpty else { return nil }
    return try Figure(
      "ranks", title: "How the ranks shared the work",
      summary: """
        Times, which change no result.\(last(overlaps, "of the all-reduce's time ranks computed for"))\
        \(last(imbalances, "the slowest rank computed for the mean times"))
        """,
      .charts(charts))
  }

  private typealias Course = (name: String, points: [LineChart.Point])

  private static func points(
    _ records: RunRecords, _ value: (EpochRecord) -> Double?
  ) -> [LineChart.Point] {
    records.epochs.compactMap { epoch in
      value(epoch).map { LineChart.Point(Double(epoch.epoch + 1), $0) }
    }
  }

  private static func chart(
    _ title: String, _ y: String, _ courses: [Course], range: ClosedRange<Double>?
  ) -> LineChart? {
    let drawn = courses.enumerated().filter { !$0.element.points.isEmpty }
    guard let end = drawn.flatMap(\.element.points).map(\.x).max() else { return nil }
    return LineChart(
      title, x: "epochs trained", y: y,
      series: drawn.map {
        LineChart.Series($0.element.name, $0.element.points, style: 3 * $0.offset)
      },
      xRange: 0...end, yRange: range)
  }

  private static func last(_ courses: [Course], _ words: String) -> String {
    let ends = courses.compactMap { course in
      course.points.last.map { "\(course.name) \(NumberText.fixed($0.y, 3))" }
    }
    return ends.isEmpty ? "" : " In the last epoch \(words): \(ends.joined(separator: ", "))."
  }
}
