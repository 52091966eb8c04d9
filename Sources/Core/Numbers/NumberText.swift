import Foundation

/// Numbers as people read them. (Files that programs read have their own.)
package enum NumberText {
  /// So many decimals: `0.2500`.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", value)
  }

  /// A share in per cent, two decimals: `91.92 %`.
  package static func percent(_ share: Double) -> String { fixed(100 * share, 2) + " %" }

  /// A difference with its sign, a minus and no hyphen; one of zeros alone has a plus.
  package static func signed(_ value: Double, decimals: Int, unit: String = "") -> String {
    let size = fixed(abs(value), decimals)
    let isNegative = value < 0 && size.contains { ("1"..."9").contains($0) }
    return (isNegative ? "−" : "+") + size + unit
  }

  /// Four decimals, without the zeros that end them: `0.1667`, `0.2`, `1`.
  package static func short(_ value: Double) -> String {
    var text = fixed(value, 4)
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

  /// So many of a thing: `1 sample`, `2 samples`; `many` where the plural is no mere s.
  package static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(number) \(number == 1 ? one : many ?? one + "s")"
  }

  /// Two significant digits and a power of ten: `1.2E-7`.
  package static func scientific(_ value: Double) -> String {
    value.formatted(.number.notation(.scientific).precision(.significantDigits(2)))
  }

  /// `12.34 ms`.
  package static func milliseconds(_ seconds: Double) -> String { fixed(1000 * seconds, 2) + " ms" }

  /// Hours, minutes and seconds: `1:02:03`.
  package static func clock(_ seconds: Int) -> String {
    String(format: "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
  }

  /// Whole MiB: `12 MiB`; a part of one is left out, or counts as a whole one.
  package static func mebibytes(_ bytes: Int, roundedUp: Bool = false) -> String {
    "\((bytes + (roundedUp ? (1 << 20) - 1 : 0)) >> 20) MiB"
  }
}
