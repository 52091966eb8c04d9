/// Lines over a common axis as a panel of a figure.
public struct LineChart: Sendable {
  /// What it shows, and what its axes are.
  public let title: String, x: String, y: String
  /// The lines, in the order of the legend.
  public let series: [Series]
  /// Stretches of x that are shaded, and what they are.
  public let bands: [ClosedRange<Double>], bandName: String
  /// What the axes cover; nil: the values.
  public let xRange: ClosedRange<Double>?, yRange: ClosedRange<Double>?
  /// Whether the vertical axis, where it follows the values, begins at 0.
  public let isFromZero: Bool

  /// One line.
  public struct Series: Sendable {
    /// What it shows.
    public let name: String
    /// Its points; where one is not finite, the line has a gap.
    public let points: [Point]
    /// Which colour, dashes and marker it has: equal numbers look alike in all panels.
    public let style: Int
    /// Whether it stands behind another of its style: thin, unmarked and not in the legend.
    public let isThin: Bool

    /// A line.
    public init(_ name: String, _ points: [Point], style: Int, isThin: Bool = false) {
      self.name = name
      self.points = points
      self.style = style
      self.isThin = isThin
    }
  }

  /// A point of a line.
  public struct Point: Sendable, Equatable {
    /// Its place.
    public let x: Double, y: Double

    /// A point.
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A panel.
  public init(
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
