/// How long buckets of an all-reduce were on their way: at least one of them, seen from this rank.
package struct FlightTime: Sendable, Equatable {
  /// Nanoseconds in all, and those before the rank began to wait for the sum: it computed meanwhile.
  package private(set) var nanoseconds: UInt64 = 0, hidden: UInt64 = 0

  /// None yet.
  package init() {}

  /// Adds a time in which buckets were on their way; `waitBegan`: since when the rank has waited, nil: it does not yet.
  package mutating func add(_ time: Range<UInt64>, waitBegan: UInt64?) {
    nanoseconds += time.upperBound - time.lowerBound
    let end = min(time.upperBound, waitBegan ?? time.upperBound)
    hidden += max(end, time.lowerBound) - time.lowerBound
  }
}
