/// Colours for the values from 0 to 1, in 256 steps.
package struct ColorMap: Sendable {
  private let colors: [Color]

  /// Dark blue over green to yellow: for amounts.
  package static let viridis = ColorMap(table: ColorTables.viridis)
  /// Blue over white to red: for values on both sides of a middle.
  package static let redBlue = ColorMap(table: ColorTables.redBlue)

  private init(table: String) {
    let digits = Array(table)
    colors = stride(from: 0, to: digits.count, by: 6).map { start in
      Color(UInt32(String(digits[start..<start + 6]), radix: 16) ?? 0)
    }
    precondition(colors.count == 256, "a map of \(colors.count) colours")
  }

  /// The colour of `value`, of 0 below and of 1 above; `Color.undefined` of NaN.
  package subscript(value: Double) -> Color {
    guard !value.isNaN else { return .undefined }
    return colors[Int(min(max(value, 0) * 256, 255))]
  }
}
