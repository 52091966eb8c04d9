import Core

/// Pictures in rows and columns, each row under a line of its own: a sheet of photographs and maps.
package struct PictureSheet: Sendable {
  /// Pixels [H][W].
  package struct Tile: Sendable {
    let colors: [Color], height: Int, width: Int

    /// Pixels row by row.
    package init(_ colors: [Color], height: Int, width: Int) {
      precondition(colors.count == height * width && height > 0 && width > 0, "no picture")
      self.colors = colors
      self.height = height
      self.width = width
    }
  }

  /// One line of pictures.
  package struct Row: Sendable {
    let label: String
    /// A picture, and what stands below it; nil leaves the place empty.
    let tiles: [(tile: Tile, caption: String)?]

    /// A row of as many places as the sheet has columns.
    package init(_ label: String, _ tiles: [(tile: Tile, caption: String)?]) {
      self.label = label
      self.tiles = tiles
    }
  }

  /// What it is called as a file; its title, and a sentence on what it shows.
  package let name: String, title: String, summary: String
  let columns: [String]
  let rows: [Row]
  /// Side of a place in points.
  private let side: Double

  private static let margin = 12.0, gap = 8.0, line = 18.0

  /// Rows under the names of columns; a place is `side` points wide and high.
  package init(
    name: String, title: String, summary: String, columns: [String], rows: [Row],
    side: Double = 128
  ) {
    precondition(rows.allSatisfy { $0.tiles.count == columns.count }, "a place for each column")
    self.name = name
    self.title = title
    self.summary = summary
    self.columns = columns
    self.rows = rows
    self.side = side
  }

  /// Extent in points.
  var width: Double { 2 * Self.margin + Double(columns.count) * (side + Self.gap) - Self.gap }
  private var rowHeight: Double { 2 * Self.line + side + Self.gap }
  package var height: Double { 2 * Self.margin + Self.line + Double(rows.count) * rowHeight }

  /// The sheet as a PNG file of `scale` pixels a point.
  /// - Throws: `CSGError` 1.
  package func png(scale: Double = 1) throws -> [UInt8] {
    try Canvas.png(width: width, height: height, scale: scale, what: name) { canvas in
      canvas.fill(Box(x: 0, y: 0, width: width, height: height), .white)
      let fitting = TextFitting(lettering: canvas.lettering)
      for (i, column) in columns.enumerated() {
        canvas.text(
          fitting.cut(column, .heading, width: side), x: x(i) + side / 2,
          y: Self.margin + Self.line / 2, .heading, .center)
      }
      for (i, row) in rows.enumerated() { draw(row, at: i, on: canvas) }
    }
  }

  private func x(_ column: Int) -> Double { Self.margin + Double(column) * (side + Self.gap) }

  private func draw(_ row: Row, at number: Int, on canvas: Canvas) {
    let top = Self.margin + Self.line + Double(number) * rowHeight
    let fitting = TextFitting(lettering: canvas.lettering)
    canvas.text(
      fitting.cut(row.label, .label, width: width - 2 * Self.margin), x: Self.margin,
      y: top + Self.line / 2, .label)
    for (i, place) in row.tiles.enumerated() {
      guard let (tile, caption) = place else { continue }
      let cell = side / Double(max(tile.height, tile.width))
      let box = Box(
        x: x(i), y: top + Self.line, width: cell * Double(tile.width),
        height: cell * Double(tile.height))
      canvas.cells(tile.colors, columns: tile.width, width: cell, height: cell, in: box)
      canvas.text(
        fitting.cut(caption, .tick, width: side + Self.gap), x: x(i) + side / 2,
        y: top + Self.line + side + Self.line / 2, .tick, .center,
        color: .quiet)
    }
  }
}
