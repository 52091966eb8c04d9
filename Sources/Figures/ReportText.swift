import Foundation

/// Values as a report writes them.
package enum ReportText {
  /// What stands for a value that there is not.
  package static let none = "–"

  /// Four decimals.
  package static func number(_ value: Double?) -> String {
    value.map { $0.isFinite ? format($0, 4) : "\($0)" } ?? none
  }

  /// Per cent, two decimals.
  package static func share(_ value: Double?) -> String {
    value.map { format(100 * $0, 2) + " %" } ?? none
  }

  /// A difference with its sign.
  package static func signed(_ value: Double, digits: Int, unit: String = "") -> String {
    let size = format(abs(value), digits)
    let isNegative = value < 0 && size.contains { ("1"..."9").contains($0) }
    return (isNegative ? "−" : "+") + size + unit
  }

  /// `[a, b]`, each with four decimals at most.
  package static func interval(_ ends: [Double]?) -> String {
    ends.map { "[\($0.map(short).joined(separator: ", "))]" } ?? none
  }

  /// Four decimals, without the zeros that end them: `0.1667`, `0.2`, `1`.
  private static func short(_ value: Double) -> String {
    var text = format(value, 4)
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// As it would be typed: `0.1`, `1`.
  package static func plain(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Several, as they would be typed.
  package static func plain(_ values: [Double]) -> String {
    values.map(plain).joined(separator: ", ")
  }

  /// `a, b and c`; of more than `most`, the first and how many more.
  package static func list(_ names: [String], most: Int = 3) -> String {
    guard names.count <= most else {
      return names.prefix(most).joined(separator: ", ") + " and \(names.count - most) more"
    }
    guard let last = names.last, names.count > 1 else { return names.first ?? none }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  private static func format(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
