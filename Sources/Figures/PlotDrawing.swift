extension HeatMap {
  /// Draws the cells, the lines between groups, and numbers where the matrix is small and its cells have room for
  /// them.
  func draw(_ plot: Box, _ panel: PanelLayout, scale: ColorScale, on canvas: Canvas) {
    let block = panel.block
    let shown = matrix.reduced(height: block.height, width: block.width, by: reduction)
    let (wide, tall) = (plot.width / Double(matrix.columns), plot.height / Double(matrix.rows))
    canvas.cells(
      shown.values.map(scale.color), columns: shown.columns, width: wide * Double(block.width),
      height: tall * Double(block.height), in: plot)
    for place in x.separators(length: plot.width) {
      let x = plot.x + Double(place) * wide
      canvas.line([(x, plot.y), (x, plot.bottom)], .line, width: 0.5)
    }
    for place in y.separators(length: plot.height) {
      let y = plot.y + Double(place) * tall
      canvas.line([(plot.x, y), (plot.right, y)], .line, width: 0.5)
    }
    guard let decimals else { return }
    let font = Font(size: min(10, 0.36 * wide, 0.6 * tall), isBold: false)
    guard font.size >= Font.leastSize else { return }
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns where !matrix[row, column].isNaN {
        let value = matrix[row, column]
        canvas.text(
          Ticks.text(value, decimals: decimals), x: plot.x + (Double(column) + 0.5) * wide,
          y: plot.y + (Double(row) + 0.5) * tall, font, .center, color: scale.color(value).ink)
      }
    }
  }
}

extension LineChart {
  /// More points than this are drawn without markers.
  static let markedLimit = 40

  /// Draws bands, grid and lines.
  func draw(_ plot: Box, _ panel: PanelLayout, on canvas: Canvas) {
    let ranges = ranges
    func place(_ value: Double, _ range: ClosedRange<Double>) -> Double {
      (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
    func position(_ point: Point) -> (x: Double, y: Double) {
      (
        plot.x + place(point.x, ranges.x) * plot.width,
        plot.bottom - place(point.y, ranges.y) * plot.height
      )
    }
    canvas.clipped(to: plot) {
      for band in bands {
        let (low, high) = (place(band.lowerBound, ranges.x), place(band.upperBound, ranges.x))
        canvas.fill(
          Box(
            x: plot.x + low * plot.width, y: plot.y, width: (high - low) * plot.width,
            height: plot.height), .band)
      }
      for tick in panel.y.ticks {
        let y = plot.bottom - tick.fraction * plot.height
        canvas.line([(plot.x, y), (plot.right, y)], .grid, width: 0.8)
      }
    }
    // Markers at the ends stand over the frame.
    let room = Box(x: plot.x - 4, y: plot.y - 4, width: plot.width + 8, height: plot.height + 8)
    canvas.clipped(to: room) {
      for series in series {
        let style = LineStyle(series.style)
        let parts = series.points.split { !$0.x.isFinite || !$0.y.isFinite }
        for part in parts {
          canvas.line(
            part.map(position), style.color, width: series.isThin ? 0.6 : 1.6,
            dash: series.isThin ? [] : style.dash)
        }
        guard series.points.count <= Self.markedLimit, !series.isThin else { continue }
        for point in parts.joined() { style.mark(at: position(point), on: canvas) }
      }
    }
  }
}
