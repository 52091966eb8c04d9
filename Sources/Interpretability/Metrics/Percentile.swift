/// NumPy's `percentile`: between values by proportion.
enum Percentile {
  /// The percentile of ascending values.
  static func of(_ values: [Double], _ percent: Double) -> Double {
    let place = percent / 100 * Double(values.count - 1)
    let first = Int(place)
    let next = min(first + 1, values.count - 1)
    return values[first] + (place - Double(first)) * (values[next] - values[first])
  }
}
