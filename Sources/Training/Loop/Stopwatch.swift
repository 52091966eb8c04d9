/// Time and samples for records; no result depends on it.
struct Stopwatch {
  private var began = ContinuousClock.now
  private var lapBegan = ContinuousClock.now
  /// Samples of the lap.
  var samples = 0

  /// Samples a second of the lap that ends; a new one begins.
  mutating func lap() -> Double {
    defer { (lapBegan, samples) = (.now, 0) }
    return Double(samples) / ((ContinuousClock.now - lapBegan) / .seconds(1))
  }

  /// Seconds since the last restart; everything begins anew.
  mutating func restart() -> Double {
    defer { self = Stopwatch() }
    return (ContinuousClock.now - began) / .seconds(1)
  }
}
