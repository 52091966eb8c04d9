import Core
import Foundation

/// Round numbers along an axis.
package enum Ticks {
  /// Which ticks of a counted axis may stay: every one, every second, fifth, tenth, …
  static let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]

  /// Multiples of 1, 2 or 5 times a power of ten within a range, at most `most` of them.
  package static func round(_ range: ClosedRange<Double>, most: Int) -> [(
    value: Double, text: String
  )] {
    let extent = range.upperBound - range.lowerBound
    guard extent > 0, extent.isFinite else {
      return [(range.lowerBound, text(range.lowerBound, decimals: 2))]
    }
    var exponent = Int((log10(extent / Double(max(most, 1)))).rounded(.down))
    while true {
      for digit in [1.0, 2, 5] {
        let step =
          exponent < 0 ? digit / pow(10, Double(-exponent)) : digit * pow(10, Double(exponent))
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        guard last - first < Double(most) else { continue }
        return stride(from: first, through: last, by: 1).map { multiple in
          let value = exponent < 0 ? multiple * digit / pow(10, Double(-exponent)) : multiple * step
          return (value, text(value, decimals: max(0, -exponent)))
        }
      }
      exponent += 1
    }
  }

  /// A range that begins and ends on round numbers.
  package static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    let extent = range.upperBound - range.lowerBound
    guard extent > 0 else {
      let margin = max(abs(range.lowerBound) / 10, 0.5)
      return range.lowerBound - margin...range.upperBound + margin
    }
    let values = round(range, most: 6).map(\.value)
    guard values.count > 1 else { return range }
    let step = values[1] - values[0]
    let low = (range.lowerBound / step + 1e-9).rounded(.down) * step
    let high = (range.upperBound / step - 1e-9).rounded(.up) * step
    return low...high
  }

  /// A number with so many decimals, never "-0".
  static func text(_ value: Double, decimals: Int) -> String {
    let text = NumberText.fixed(value, decimals)
    return text.contains { ("1"..."9").contains($0) }
      ? text.replacing("-", with: "−") : text.replacing("-", with: "")
  }
}
