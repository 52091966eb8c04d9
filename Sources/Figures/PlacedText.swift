import Core
import Foundation

/// A size, in points, and weight of the sans-serif font that the system prefers.
struct Font {
  let size: Double, isBold: Bool

  static let title = Font(size: 14, isBold: true), heading = Font(size: 11.5, isBold: true)
  static let label = Font(size: 11, isBold: false), tick = Font(size: 10, isBold: false)

  static let family = "sans-serif"
  /// No text is smaller.
  static let leastSize = 8.0

  /// From the middle of the height of digits down to the line that they stand on.
  var baseline: Double { 0.36 * size }
}

/// A text of an SVG file, which the reader's own fonts draw: it can be searched, selected and read out, and has all
/// letters where the machine that made the file lacks some.
struct PlacedText {
  /// Where a text stands beside its point.
  enum Anchor: Double { case left = 0, center = 0.5, right = 1 }

  let text: String, x: Double, y: Double, font: Font, anchor: Anchor, angle: Double, color: Color

  /// Its element.
  var svg: String {
    func number(_ value: Double) -> String { NumberText.fixed(value, 2) }
    let anchors: [Anchor: String] = [.center: "middle", .right: "end"]
    let place =
      angle == 0
      ? #"x="\#(number(x))" y="\#(number(y + font.baseline))""#
      : #"transform="translate(\#(number(x)) \#(number(y))) rotate(\#(number(angle)))" y="\#(number(font.baseline))""#
    let weight = font.isBold ? #" font-weight="bold""# : ""
    let side = anchors[anchor].map { " text-anchor=\"\($0)\"" } ?? ""
    let fill = String(format: "#%06X", color.hex)
    return "<text \(place) font-size=\"\(number(font.size))\"\(weight)\(side) fill=\"\(fill)\">"
      + "\(Markup.escaped(text))</text>"
  }
}
