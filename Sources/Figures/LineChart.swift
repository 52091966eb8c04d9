/// Lines over a common axis as a panel of a figure.
package struct LineChart: Sendable {
  /// What it shows, and what its axes are.
  package let title: String, x: String, y: String
  /// The lines, in the order of the legend.
  package let series: [Series]
  /// Stretches of x that are shaded, and what they are.
  package let bands: [ClosedRange<Double>], bandName: String
  /// What the axes cover; nil: the values.
  package let xRange: ClosedRange<Double>?, yRange: ClosedRange<Double>?
  /// Whether the vertical axis, where it follows the values, begins at 0.
  package let isFromZero: Bool

  /// One line.
  package struct Series: Sendable {
    /// What it shows.
    package let name: String
    /// Its points; where one is not finite, the line has a gap.
    package let points: [Point]
    /// Which colour, dashes and marker it has: equal numbers look alike in all panels.
    package let style: Int
    /// Whether it stands behind another of its style: thin, unmarked and not in the legend.
    package let isThin: Bool

    /// A line.
    package init(_ name: String, _ points: [Point], style: Int, isThin: Bool = false) {
      self.name = name
      self.points = points
      self.style = style
      self.isThin = isThin
    }
  }

  /// A point of a line.
  package struct Point: Sendable, Equatable {
    /// Its place.
    package let x: Double, y: Double

    /// A point.
    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A panel.
  package init(
    _ title: String, x: String, y: String, series: [Series],
    bands: [ClosedRange<Double>] = [], bandName: String = "",
    xRange: ClosedRange<Double>? = nil, yRange: ClosedRange<Double>? = nil,
    isFromZero: Bool = false
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.bands = bands
    self.bandName = bandName
    self.xRange = xRange
    self.yRange = yRange
    self.isFromZero = isFromZero
  }

  /// All points that can be drawn.
  var drawable: [Point] { series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite } }
}
