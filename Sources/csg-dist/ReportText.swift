import Core

/// Values as a report writes them.
enum ReportText {
  static let none = "–"

  /// Four decimals.
  static func number(_ value: Double?) -> String {
    value.map { $0.isFinite ? Progress.format($0, 4) : "\($0)" } ?? none
  }

  /// Per cent, two decimals.
  static func share(_ value: Double?) -> String { value.map(Progress.percent) ?? none }

  /// A difference with its sign.
  static func signed(_ value: Double, digits: Int, unit: String = "") -> String {
    (value < 0 ? "−" : "+") + Progress.format(abs(value), digits) + unit
  }

  /// `[a, b]`.
  static func interval(_ ends: [Double]?) -> String {
    ends.map { "[\($0.map(plain).joined(separator: ", "))]" } ?? none
  }

  /// As it would be typed: `0.1`, `1`.
  static func plain(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Several, as they would be typed.
  static func plain(_ values: [Double]) -> String { values.map(plain).joined(separator: ", ") }
}
