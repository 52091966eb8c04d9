import Communicator

/// What a rank's steps took so far, in seconds.
package struct RankTimes: BitwiseCopyable, Sendable {
  /// Loading, both passes and the update, without waits for other ranks' batch statistics.
  package let computing: Double
  /// Times in which buckets of the all-reduce were on their way: all, and those in which the rank computed.
  package let flying: Double, hidden: Double

  /// Seconds as they stand.
  package init(computing: Double, flying: Double, hidden: Double) {
    (self.computing, self.flying, self.hidden) = (computing, flying, hidden)
  }

  init(computing: Double, _ flight: FlightTime) {
    self.init(
      computing: computing, flying: Double(flight.nanoseconds) / 1e9,
      hidden: Double(flight.hidden) / 1e9)
  }

  /// What came to it since `earlier`.
  package func since(_ earlier: RankTimes) -> RankTimes {
    RankTimes(
      computing: computing - earlier.computing, flying: flying - earlier.flying,
      hidden: hidden - earlier.hidden)
  }
}

extension [RankTimes] {
  /// The share of the all-reduce's time in which ranks computed, 0 to 1, over all ranks; nil where there was none.
  package var overlap: Double? {
    let flying = reduce(0) { $0 + $1.flying }
    return flying > 0 ? reduce(0) { $0 + $1.hidden } / flying : nil
  }

  /// The slowest rank's computing time over the mean of all, from 1 up; nil where there is one rank, or no time.
  package var imbalance: Double? {
    let sum = reduce(0) { $0 + $1.computing }
    guard count > 1, sum > 0, let most = map(\.computing).max() else { return nil }
    return most * Double(count) / sum
  }
}
