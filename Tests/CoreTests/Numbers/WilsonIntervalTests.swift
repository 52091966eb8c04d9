import Core
import Testing

struct WilsonIntervalTests {
  /// What the interval is defined by: at its ends the share found is 1.96 standard errors away, taken
  /// there.
  @Test(arguments: [(14, 100), (2, 100), (0, 10), (10, 10), (1, 3), (9_173, 10_000)])
  func endsAreWhereTheScoreIs(successes: Int, trials: Int) throws {
    let interval = try #require(WilsonInterval(successes, of: trials))
    #expect(interval.share == Double(successes) / Double(trials))
    for end in [interval.low, interval.high] where end > 0 && end < 1 {
      let error = (end * (1 - end) / Double(trials)).squareRoot()
      #expect(abs(abs(interval.share - end) / error - 1.959964) < 1e-6)
    }
    #expect(interval.low <= interval.share && interval.share <= interval.high)
    #expect(
      (interval.low == 0) == (successes == 0) && (interval.high == 1) == (successes == trials))
  }

  /// Table 4's 14 and 2 of 100 pictures.
  @Test(arguments: [(14, 0.0853, 0.2214), (2, 0.0055, 0.0700)])
  func isTheKnownOne(successes: Int, low: Double, high: Double) throws {
    let interval = try #require(WilsonInterval(successes, of: 100))
    #expect(abs(interval.low - low) < 5e-5 && abs(interval.high - high) < 5e-5)
  }

  @Test func noTrialHasNone() { #expect(WilsonInterval(0, of: 0) == nil) }
}
