/// A figure laid out for a width: measured once, drawn on any surface.
struct FigureDrawing {
  let width: Double, height: Double
  private let figure: Figure
  private let title: [String]
  private let panels: [PanelLayout]
  private let columns: Int, leftRoom: Double, cellWidth: Double
  /// Heights over and under the plots of each row, and of the plots.
  private let rows: [(head: Double, plot: Double, foot: Double)]
  private let bar: ColorBar?
  /// What colours mean that are in no colour bar.
  private let legend: [[LegendEntry]]

  private static let gap = 26.0, rowGap = 14.0, titleLine = 19.0
  /// Room around it all: little where the title is a page's.
  private let margin: Double

  init(_ figure: Figure, width limit: Double, isTitled: Bool = true) {
    let fitting = TextFitting(lettering: .measuring())
    let margin = isTitled ? 14.0 : 2
    let count: Int, panelWidth: Double
    switch figure.content {
    case .heatMaps(let maps, _):
      count = maps.count
      let isWide = maps.allSatisfy { $0.matrix.columns >= 2 * $0.matrix.rows }
      panelWidth = count == 1 && isWide ? Figure.width : Figure.width / 2
    case .charts(let charts):
      count = charts.count
      panelWidth = count == 1 ? 0.6 * Figure.width : Figure.width / 2
    }
    let columns = limit < 1.4 * Figure.width / 2 ? 1 : min(2, count)
    let width = min(limit, Double(columns) * panelWidth)
    var bar: ColorBar?
    if case .heatMaps(_, let scale) = figure.content { bar = ColorBar(scale, fitting: fitting) }
    func panelRoom(besidePanels: Double) -> Double {
      (width - 2 * margin - besidePanels - Double(columns - 1) * Self.gap) / Double(columns)
    }
    let cell: Double, left: Double
    let panels: [PanelLayout]
    switch figure.content {
    case .heatMaps(let maps, _):
      cell = panelRoom(besidePanels: bar?.room ?? 8)
      let room = maps.reduce(0) { max($0, $1.leftRoom(fitting)) }
      left = maps.reduce(room) { max($0, $1.leftRoom(turning: $0, panel: cell, fitting)) }
      panels = maps.map {
        $0.layout(plotWidth: cell - left, headingWidth: cell, fitting: fitting)
      }
    case .charts(let charts):
      cell = panelRoom(
        besidePanels: charts.reduce(8) {
          max($0, $1.rightRoom(width: panelRoom(besidePanels: 8), fitting))
        })
      left = charts.reduce(0) { max($0, $1.leftRoom(fitting)) }
      panels = charts.map {
        $0.layout(plotWidth: cell - left, headingWidth: cell, fitting: fitting)
      }
    }
    let rows = stride(from: 0, to: count, by: columns).map { first in
      let row = panels[first..<min(first + columns, count)]
      return (
        head: row.map(\.headHeight).max() ?? 0, plot: row.map(\.plotHeight).max() ?? 0,
        foot: row.map { $0.footHeight(fitting) }.max() ?? 0
      )
    }
    let title = isTitled ? fitting.lines(figure.title, .title, width: width - 2 * margin) : []
    let legend = LegendEntry.rows(
      Self.legend(figure, panels), width: width - 2 * margin, fitting: fitting)
    let rowHeights = rows.reduce(0) { $0 + $1.head + $1.plot + $1.foot }
    (self.figure, self.columns, self.width, self.bar, leftRoom, cellWidth) =
      (figure, columns, width, bar, left, cell)
    (self.panels, self.rows, self.title, self.legend) = (panels, rows, title, legend)
    self.margin = margin
    height =
      (2 * margin + Double(title.count) * Self.titleLine + 6 + rowHeights
      + Double(rows.count - 1) * Self.rowGap + Double(legend.count) * PanelLayout.legendLine)
      .rounded(.up)
  }

  private static func legend(_ figure: Figure, _ panels: [PanelLayout]) -> [LegendEntry] {
    guard case .heatMaps(let maps, let scale) = figure.content else { return [] }
    var entries: [LegendEntry] = []
    if case .categories(let categories) = scale.kind {
      let isMerged = panels.contains(where: \.isMerged)
      entries = categories.enumerated().compactMap { kind, category in
        // Several kinds are in one cell only where a cell stands for several entries.
        let isSeveral = maps.contains { $0.reduction == .kind(several: kind) }
        return isSeveral && !isMerged
          ? nil : LegendEntry(mark: .swatch(category.color), text: category.name)
      }
    }
    if maps.contains(where: { $0.matrix.values.contains(where: \.isNaN) }) {
      entries.append(LegendEntry(mark: .swatch(.undefined), text: scale.undefined))
    }
    return entries
  }

  /// Draws the figure.
  func draw(on canvas: Canvas) {
    canvas.fill(Box(x: 0, y: 0, width: width, height: height), .white)
    var y = margin
    for line in title {
      canvas.text(line, x: margin, y: y + 8, .title)
      y += Self.titleLine
    }
    y += title.isEmpty ? 0 : 6
    for (row, heights) in rows.enumerated() {
      let indices = row * columns..<min((row + 1) * columns, panels.count)
      for i in indices {
        let left = margin + Double(i - row * columns) * (cellWidth + Self.gap)
        draw(panel: i, left: left, top: y, head: heights.head, on: canvas)
      }
      if let bar, let last = indices.last {
        let left =
          margin + Double(last - row * columns + 1) * (cellWidth + Self.gap) - Self.gap
        let plot = panels[last].plotHeight
        bar.draw(Box(x: left, y: y + heights.head, width: bar.room, height: plot), on: canvas)
      }
      y += heights.head + heights.plot + heights.foot + Self.rowGap
    }
    y -= Self.rowGap
    LegendEntry.draw(legend, x: margin, y: y + 8, on: canvas)
  }

  private func draw(panel i: Int, left: Double, top: Double, head: Double, on canvas: Canvas) {
    let panel = panels[i]
    var y = top + 7
    for line in panel.heading {
      canvas.text(line, x: left, y: y, .heading)
      y += PanelLayout.headingLine
    }
    LegendEntry.draw(panel.legend, x: left, y: y + 1, on: canvas)
    let plot = Box(
      x: left + leftRoom, y: top + head, width: panel.plotWidth, height: panel.plotHeight)
    switch figure.content {
    case .heatMaps(let maps, let scale): maps[i].draw(plot, panel, scale: scale, on: canvas)
    case .charts(let charts): charts[i].draw(plot, panel, on: canvas)
    }
    canvas.outline(plot, .line)
    drawAxes(panel, plot, left: left, isUpward: isChart, on: canvas)
  }

  private var isChart: Bool {
    if case .charts = figure.content { return true }
    return false
  }

  /// Ticks, labels and notes around a plot; `isUpward`: the vertical axis begins at the bottom.
  private func drawAxes(
    _ panel: PanelLayout, _ plot: Box, left: Double, isUpward: Bool, on canvas: Canvas
  ) {
    for tick in panel.x.ticks {
      let x = plot.x + tick.fraction * plot.width
      canvas.line([(x, plot.bottom), (x, plot.bottom + PanelLayout.tickLength)], .line, width: 1)
      let y = plot.bottom + PanelLayout.tickGap
      if panel.x.isTurned {
        canvas.text(tick.text, x: x + 2, y: y + 3, .tick, .right, angle: -45)
      } else {
        canvas.text(tick.text, x: x, y: y + 5, .tick, .center)
      }
    }
    for tick in panel.y.ticks {
      let along = isUpward ? 1 - tick.fraction : tick.fraction
      let y = plot.y + along * plot.height
      canvas.line([(plot.x - PanelLayout.tickLength, y), (plot.x, y)], .line, width: 1)
      canvas.text(tick.text, x: plot.x - PanelLayout.tickGap, y: y, .tick, .right)
    }
    let fitting = TextFitting(lettering: canvas.lettering)
    let down = fitting.fitted(panel.y.label, .label, width: plot.height)
    canvas.text(
      down.text, x: left + 6, y: plot.y + plot.height / 2, down.font, .center, angle: -90,
      color: .quiet)
    let notes = Double(panel.notes.count) * PanelLayout.noteLine
    var y =
      plot.bottom + panel.footHeight(fitting) - notes
      - PanelLayout.labelLine / 2
    let along = fitting.fitted(panel.x.label, .label, width: plot.width)
    canvas.text(
      along.text, x: plot.x + plot.width / 2, y: y, along.font, .center, color: .quiet)
    for note in panel.notes {
      y += PanelLayout.noteLine
      canvas.text(note, x: left, y: y, .tick, color: .quiet)
    }
  }
}
