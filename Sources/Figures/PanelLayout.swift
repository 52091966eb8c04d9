/// Ticks of an axis, where they stand along it.
struct PlacedAxis {
  var label: String
  /// Places as fractions of the axis' length.
  var ticks: [(fraction: Double, text: String)]
  /// Whether labels are turned, to have room below each other.
  var isTurned = false
}

/// A panel, measured for the width of its plot.
struct PanelLayout {
  let heading: [String]
  let legend: [[LegendEntry]]
  let plotWidth: Double, plotHeight: Double
  let x: PlacedAxis, y: PlacedAxis
  /// Of a heat map, the entries that a cell of the picture stands for, down and across.
  var block = (height: 1, width: 1)
  var isMerged: Bool { block.height > 1 || block.width > 1 }
  let notes: [String]

  static let headingLine = 15.0, legendLine = 16.0, noteLine = 14.0
  /// From an axis to its tick labels, and the room of its label.
  static let tickLength = 4.0, tickGap = 7.0, labelLine = 17.0
  /// A label of the colour bar that says its unit needs so much.
  static let leastPlotHeight = 130.0
  /// Room that labels of ticks may take; longer ones are cut.
  static let widestLabel = 104.0

  /// Heights above and below the plot.
  var headHeight: Double {
    Double(heading.count) * Self.headingLine + Double(legend.count) * Self.legendLine + 6
  }
  func footHeight(_ fitting: TextFitting) -> Double {
    let widest = fitting.widest(x.ticks.map(\.text), .tick)
    let labels = x.isTurned ? 0.71 * widest + 9 : 13
    return Self.tickGap + labels + Self.labelLine + Double(notes.count) * Self.noteLine
  }
}

extension HeatMap {
  /// Room left of the plot for tick labels and the axis' label.
  func leftRoom(_ fitting: TextFitting) -> Double {
    let widest = fitting.widest(y.ticks.map(\.text), .tick)
    return PanelLayout.tickGap + min(widest, PanelLayout.widestLabel) + 4 + PanelLayout.labelLine
  }

  /// Room left of the plot of a panel `width` wide, `room` at least, that holds labels below the plot where they are
  /// turned.
  func leftRoom(turning room: Double, panel width: Double, _ fitting: TextFitting) -> Double {
    guard isTurned(length: width - room, fitting) else { return room }
    return x.ticks.reduce(room) { room, tick in
      let reach = Self.reach(fitting.lettering.width(tick.text, .tick))
      let share = tick.place / Double(x.count)
      return max(room, (reach - share * width) / (1 - share))
    }
  }

  /// How far a turned label goes to the left.
  private static func reach(_ width: Double) -> Double {
    0.71 * (min(width, PanelLayout.widestLabel) + Font.tick.size / 2)
  }

  private func isTurned(length: Double, _ fitting: TextFitting) -> Bool {
    !x.fits(length: length, width: widestTick(fitting) + 8)
  }

  private func widestTick(_ fitting: TextFitting) -> Double {
    min(fitting.widest(x.ticks.map(\.text), .tick), PanelLayout.widestLabel)
  }

  /// Square cells where that gives rows enough height, at most a square plot; of few rows enough for
  /// the labels beside it.
  func plotHeight(width: Double) -> Double {
    let rows = Double(matrix.rows) * max(width / Double(matrix.columns), 16)
    return min(width, max(rows, PanelLayout.leastPlotHeight))
  }

  /// Measures the panel.
  func layout(plotWidth width: Double, headingWidth: Double, fitting: TextFitting) -> PanelLayout {
    let height = plotHeight(width: width)
    func cut(_ tick: Axis.Tick, _ axis: Axis) -> (Double, String) {
      (
        tick.place / Double(axis.count),
        fitting.cut(tick.text, .tick, width: PanelLayout.widestLabel)
      )
    }
    let isTurned = isTurned(length: width, fitting)
    let xTicks = x.ticks(length: width, needed: isTurned ? 13 : widestTick(fitting) + 8)
    let yTicks = y.ticks(length: height, needed: 12)
    let block = (
      height: blockSize(matrix.rows, room: height), width: blockSize(matrix.columns, room: width)
    )
    var notes: [String] = []
    if block.height > 1 || block.width > 1 {
      notes = fitting.lines(
        reduction.note(height: block.height, width: block.width), .tick, width: headingWidth)
    }
    return PanelLayout(
      heading: fitting.lines(title, .heading, width: headingWidth), legend: [], plotWidth: width,
      plotHeight: height,
      x: PlacedAxis(label: x.label, ticks: xTicks.map { cut($0, x) }, isTurned: isTurned),
      y: PlacedAxis(label: y.label, ticks: yTicks.map { cut($0, y) }), block: block, notes: notes)
  }

  /// Entries a cell, so that a cell has at least a point of room.
  private func blockSize(_ count: Int, room: Double) -> Int {
    let most = max(1, Int(room))
    return (count + most - 1) / most
  }
}

extension LineChart {
  /// What the axes cover.
  package var ranges: (x: ClosedRange<Double>, y: ClosedRange<Double>) {
    let points = drawable
    func range(_ values: [Double]) -> ClosedRange<Double> {
      (values.min() ?? 0)...(values.max() ?? 1)
    }
    let ends = bands.flatMap { [$0.lowerBound, $0.upperBound] }
    let x = xRange ?? range(points.map(\.x) + ends)
    return (
      x.lowerBound < x.upperBound ? x : x.lowerBound - 0.5...x.upperBound + 0.5,
      yRange ?? Ticks.widened(range(points.map(\.y) + (isFromZero ? [0] : [])))
    )
  }

  private func ticks(_ range: ClosedRange<Double>, most: Int) -> [(Double, String)] {
    Ticks.round(range, most: most).map {
      (($0.value - range.lowerBound) / (range.upperBound - range.lowerBound), $0.text)
    }
  }

  /// Room right of the plot for the half of the last label below it.
  func rightRoom(width: Double, _ fitting: TextFitting) -> Double {
    fitting.widest(xTicks(width: width).suffix(1).map(\.1), .tick) / 2
  }

  private func xTicks(width: Double) -> [(Double, String)] {
    ticks(ranges.x, most: width < 300 ? 6 : 9)
  }

  /// Room left of the plot.
  func leftRoom(_ fitting: TextFitting) -> Double {
    PanelLayout.tickGap + fitting.widest(ticks(ranges.y, most: 6).map(\.1), .tick) + 4
      + PanelLayout.labelLine
  }

  /// Measures the panel.
  func layout(plotWidth width: Double, headingWidth: Double, fitting: TextFitting) -> PanelLayout {
    var entries = series.filter { !$0.points.isEmpty && !$0.isThin }.map {
      LegendEntry(mark: .line($0.style), text: $0.name)
    }
    if !bands.isEmpty { entries.append(LegendEntry(mark: .swatch(.band), text: bandName)) }
    return PanelLayout(
      heading: fitting.lines(title, .heading, width: headingWidth),
      legend: LegendEntry.rows(entries, width: headingWidth, fitting: fitting), plotWidth: width,
      plotHeight: 0.6 * width,
      x: PlacedAxis(label: x, ticks: xTicks(width: width)),
      y: PlacedAxis(label: y, ticks: ticks(ranges.y, most: 6)), notes: [])
  }
}
