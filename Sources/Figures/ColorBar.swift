/// The colours of a scale and their values, beside the plots of a row.
struct ColorBar {
  let map: ColorMap, range: ClosedRange<Double>, label: String
  private let ticks: [(value: Double, text: String)]
  /// The room that it takes, its distance from the plot included.
  let room: Double

  private static let distance = 12.0, width = 12.0

  /// nil for a scale of categories.
  init?(_ scale: ColorScale, fitting: TextFitting) {
    guard case .continuous(let map, let range) = scale.kind else { return nil }
    (self.map, self.range, label) = (map, range, scale.label)
    ticks = Ticks.round(range, most: 6)
    room =
      Self.distance + Self.width + PanelLayout.tickGap + fitting.widest(ticks.map(\.text), .tick)
      + PanelLayout.labelLine + 2
  }

  /// Draws it at the left of `box`, as high.
  func draw(_ box: Box, on canvas: Canvas) {
    let bar = Box(x: box.x + Self.distance, y: box.y, width: Self.width, height: box.height)
    canvas.cells(
      (0..<256).map { map[(255.5 - Double($0)) / 256] }, columns: 1, width: bar.width,
      height: bar.height / 256, in: bar)
    canvas.outline(bar, .line)
    let extent = range.upperBound - range.lowerBound
    for tick in ticks {
      let y = bar.bottom - (tick.value - range.lowerBound) / extent * bar.height
      canvas.line([(bar.right, y), (bar.right + PanelLayout.tickLength, y)], .line, width: 1)
      canvas.text(tick.text, x: bar.right + PanelLayout.tickGap, y: y, .tick)
    }
    let (label, font) = TextFitting(lettering: canvas.lettering).fitted(
      label, .label, width: bar.height)
    canvas.text(
      label, x: box.right - PanelLayout.labelLine / 2 + 2, y: bar.y + bar.height / 2, font, .center,
      angle: -90, color: .quiet)
  }
}
