/// A mark and what it means.
struct LegendEntry {
  enum Mark {
    case swatch(Color)
    case line(Int)
  }

  let mark: Mark, text: String

  private static let markWidth = 26.0, swatchWidth = 14.0, gap = 16.0

  private var markRoom: Double {
    if case .swatch = mark { return Self.swatchWidth + 6 }
    return Self.markWidth + 6
  }

  private func width(_ fitting: TextFitting) -> Double {
    markRoom + fitting.lettering.width(text, .tick)
  }

  /// Entries in rows that fit `width`; the text of one that is wider is cut.
  static func rows(_ entries: [LegendEntry], width: Double, fitting: TextFitting) -> [[LegendEntry]]
  {
    var rows: [[LegendEntry]] = []
    var used = 0.0
    for whole in entries {
      let text = fitting.cut(whole.text, .tick, width: width - whole.markRoom)
      let entry = LegendEntry(mark: whole.mark, text: text)
      let own = entry.width(fitting)
      if rows.isEmpty || used + gap + own > width {
        rows.append([entry])
        used = own
      } else {
        rows[rows.count - 1].append(entry)
        used += gap + own
      }
    }
    return rows
  }

  /// Draws rows of entries, the first around `y`.
  static func draw(_ rows: [[LegendEntry]], x: Double, y: Double, on canvas: Canvas) {
    for (i, row) in rows.enumerated() {
      let y = y + Double(i) * PanelLayout.legendLine
      var x = x
      for entry in row {
        switch entry.mark {
        case .swatch(let color):
          let box = Box(x: x, y: y - 5, width: swatchWidth, height: 10)
          canvas.fill(box, color)
          canvas.outline(box, .line, width: 0.6)
        case .line(let number):
          let style = LineStyle(number)
          canvas.line([(x, y), (x + markWidth, y)], style.color, width: 1.8, dash: style.dash)
          style.mark(at: (x + markWidth / 2, y), on: canvas)
        }
        canvas.text(entry.text, x: x + entry.markRoom, y: y, .tick)
        x += entry.width(TextFitting(lettering: canvas.lettering)) + gap
      }
    }
  }
}

/// How a line looks: each of the first seven differs from the others by colour, by dashes and by
/// marker.
struct LineStyle {
  let number: Int

  init(_ number: Int) { self.number = number }

  var color: Color { Color.okabeIto[number % Color.okabeIto.count] }

  /// Lengths on and off, in points.
  var dash: [Double] {
    [[], [7, 3], [2, 2], [9, 3, 2, 3], [5, 2, 1.5, 2, 1.5, 2], [12, 4], [1, 3]][number % 7]
  }

  /// Draws the marker.
  func mark(at point: (x: Double, y: Double), on canvas: Canvas) {
    let (x, y, r) = (point.x, point.y, 3.0)
    switch number % 7 {
    case 0: canvas.fill(circleAt: point, radius: r, color)
    case 1: canvas.fill(Box(x: x - r + 0.3, y: y - r + 0.3, width: 5.4, height: 5.4), color)
    case 2:
      canvas.fill(polygon: [(x - r - 0.5, y + r), (x + r + 0.5, y + r), (x, y - r - 0.5)], color)
    case 3: canvas.fill(polygon: [(x - 4, y), (x, y - 4), (x + 4, y), (x, y + 4)], color)
    case 4:
      canvas.fill(polygon: [(x - r - 0.5, y - r), (x + r + 0.5, y - r), (x, y + r + 0.5)], color)
    case 5:
      canvas.line([(x - r, y - r), (x + r, y + r)], color, width: 1.5)
      canvas.line([(x - r, y + r), (x + r, y - r)], color, width: 1.5)
    default:
      canvas.line([(x - 4, y), (x + 4, y)], color, width: 1.5)
      canvas.line([(x, y - 4), (x, y + 4)], color, width: 1.5)
    }
  }
}
