/// How a rank's `SpanClock` stood to rank 0's at a moment.
package struct ClockReading: BitwiseCopyable, Sendable, Equatable {
  /// The moment, by this rank's clock.
  package let time: UInt64
  /// Nanoseconds that it showed more than rank 0's.
  package let ahead: Int64
  /// Nanoseconds of the round trip that tells so: `ahead` is off by half of it at most. 0: the clock is the same.
  package let roundTrip: UInt64

  /// A reading as it stands.
  package init(time: UInt64, ahead: Int64, roundTrip: UInt64) {
    (self.time, self.ahead, self.roundTrip) = (time, ahead, roundTrip)
  }

  /// That of a round trip which left rank 0 at `left` and was back at `back`, by rank 0's clock, and met this rank
  /// at `time`: as if it had taken as long either way (Cristian 1989, doi:10.1007/BF01784024).
  package init(left: UInt64, time: UInt64, back: UInt64) {
    let middle = Int64(left) + Int64(back - left) / 2
    self.init(time: time, ahead: Int64(time) - middle, roundTrip: back - left)
  }
}

/// How a rank's clock stands to rank 0's between two readings: what it is ahead grows evenly.
package struct ClockAlignment: Sendable, Equatable {
  /// The readings.
  package let start: ClockReading, end: ClockReading

  /// Between and beyond two readings.
  package init(_ start: ClockReading, _ end: ClockReading) { (self.start, self.end) = (start, end) }

  /// What rank 0's clock shows when this rank's shows `time`; an order of times stays as it is.
  package func onRoot(_ time: UInt64) -> Int64 {
    let passed = Int64(end.time) - Int64(start.time)
    guard passed > 0 else { return Int64(time) - start.ahead }
    let share = Double(Int64(time) - Int64(start.time)) / Double(passed)
    let grown = (Double(end.ahead - start.ahead) * share).rounded()
    return Int64(time) - start.ahead - Int64(grown)
  }
}
