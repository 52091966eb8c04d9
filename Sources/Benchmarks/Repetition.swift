import Communicator

/// The seconds of work that is repeated.
enum Repetition {
  /// Runs collective work for `seconds` (at least five times); rank 0's clock decides.
  ///
  /// The ranks begin each repetition together, and what they say to each other for that is not
  /// counted.
  /// - Returns: the median on this rank, and how often the work ran.
  static func median(
    seconds: Double, communicator: Communicator, _ work: () throws -> Void
  ) throws -> (seconds: Double, count: Int) {
    var times: [Double] = []
    let began = ContinuousClock.now
    while true {
      let isOver = times.count >= 5 && ContinuousClock.now - began > .seconds(seconds)
      if try communicator.gather([isOver])[0][0] { break }
      let start = ContinuousClock.now
      try work()
      times.append((ContinuousClock.now - start) / .seconds(1))
    }
    return (times.sorted()[times.count / 2], times.count)
  }
}
