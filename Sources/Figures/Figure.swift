import Core

/// A figure as a value: drawn by one routine, as SVG or as PNG.
///
/// The same figure gives the same bytes, on one machine: fonts and their extents are the system's.
package struct Figure: Sendable {
  /// What its files are called; its title.
  package let name: String, title: String
  /// A sentence that says what to see in it, for those who read it and those who cannot see it.
  package let summary: String
  /// Its panels, from left to right and from top to bottom.
  package let content: Content

  /// What panels a figure has.
  package enum Content: Sendable {
    /// Matrices on one scale.
    case heatMaps([HeatMap], ColorScale)
    /// Lines, each panel with axes of its own.
    case charts([LineChart])
  }

  /// Width in points that figures are made for; they are narrower where they need less.
  package static let width = 960.0, narrowWidth = 400.0

  /// A figure.
  /// - Throws: `CSGError` 1 for a figure without panels, a panel without entries, and lines without
  ///   points.
  package init(_ name: String, title: String, summary: String, _ content: Content) throws {
    func empty(_ what: String) -> CSGError {
      CSGError(.failure, "figure \(name): \(what)", remedy: "analyze a split with samples")
    }
    switch content {
    case .heatMaps(let maps, let scale):
      guard !maps.isEmpty else { throw empty("has no panels") }
      if let map = maps.first(where: { $0.matrix.values.isEmpty }) {
        throw empty("'\(map.title)' has no entries")
      }
      if case .categories(let categories) = scale.kind, categories.isEmpty {
        throw empty("its scale has no categories")
      }
    case .charts(let charts):
      guard !charts.isEmpty else { throw empty("has no panels") }
      if let chart = charts.first(where: { $0.drawable.isEmpty }) {
        throw empty("'\(chart.title)' has no points")
      }
    }
    self.name = name
    self.title = title
    self.summary = summary
    self.content = content
  }

  /// The figure as an SVG file, at most `width` points wide: panels that have no room side by side
  /// stand below each other. `isTitled`: whether its title is drawn over them.
  /// - Throws: `CSGError` 1 with Cairo's words.
  package func svg(width: Double = Figure.width, isTitled: Bool = true) throws -> [UInt8] {
    let drawing = FigureDrawing(self, width: width, isTitled: isTitled)
    let (marks, texts) = try Canvas.svg(
      width: drawing.width, height: drawing.height, what: what, draw: drawing.draw)
    return SVGFile.finished(marks, title: title, summary: summary, texts: texts)
  }

  /// The figure as a PNG file of two pixels a point.
  /// - Throws: `CSGError` 1 with Cairo's words.
  package func png(width: Double = Figure.width) throws -> [UInt8] {
    let drawing = FigureDrawing(self, width: width)
    return try Canvas.png(
      width: drawing.width, height: drawing.height, scale: Self.pixelsPerPoint, what: what,
      draw: drawing.draw)
  }

  static let pixelsPerPoint = 2.0

  private var what: String { "figure \(name)" }
}
