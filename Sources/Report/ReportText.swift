import Core
import Interpretability

/// Values as a report writes them.
package enum ReportText {
  /// What stands for a value that there is not.
  package static let none = "–"

  /// Four decimals.
  package static func number(_ value: Double?) -> String {
    value.map { $0.isFinite ? NumberText.fixed($0, 4) : "\($0)" } ?? none
  }

  /// What stands behind a figure that something spoils.
  package static let cautionMark = "†"

  /// A figure, with the mark where something spoils it.
  static func marked<Value>(_ measure: Measure<Value>, _ text: (Value) -> String) -> String {
    text(measure.value) + (measure.caution == nil ? "" : " \(cautionMark)")
  }

  /// A probability: four decimals at most, and below that so much.
  package static func probability(_ p: Double) -> String {
    p < 0.0001 ? "< 0.0001" : NumberText.short(p)
  }

  /// Per cent, two decimals.
  package static func share(_ value: Double?) -> String {
    value.map(NumberText.percent) ?? none
  }

  /// The ends of an interval of a share, in per cent: `1.20 to 3.40 %`.
  package static func percentInterval(_ interval: WilsonInterval) -> String {
    "\(NumberText.fixed(100 * interval.low, 2)) to \(NumberText.percent(interval.high))"
  }

  /// `[a, b]`, each with four decimals at most.
  package static func interval(_ ends: [Double]?) -> String {
    ends.map { "[\($0.map(NumberText.short).joined(separator: ", "))]" } ?? none
  }

  /// `a, b and c`; of more than `most`, the first and how many more.
  package static func list(_ names: [String], most: Int = 3) -> String {
    guard names.count <= most else {
      return names.prefix(most).joined(separator: ", ") + " and \(names.count - most) more"
    }
    guard let last = names.last, names.count > 1 else { return names.first ?? none }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
