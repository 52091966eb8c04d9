import Interpretability
import Testing

/// A difference of two nets' accuracies, and its interval.
@Suite struct PairedAccuracyTests {
  /// The interval of the first table is printed in the source of the method; the others are the same formula
  /// by hand, of nets that agree always, often, by chance and against it.
  @Test(arguments: [
    ([36, 12, 2, 0], 0.2, 0.0569, 0.3404), ([20, 12, 2, 16], 0.2, 0.0562, 0.3292),
    ([36, 14, 0, 0], 0.28, 0.1528, 0.4167), ([18, 14, 0, 18], 0.28, 0.1441, 0.3963),
    ([53, 0, 1, 0], -0.0185, -0.0977, 0.0496), ([30, 0, 0, 24], 0, -0.0358, 0.0358),
    ([54, 0, 0, 0], 0, -0.0664, 0.0664), ([7000, 227, 483, 2290], -0.0256, -0.0308, -0.0204),
  ])
  func intervalsAreNewcombes(counts: [Int], value: Double, low: Double, high: Double) throws {
    let paired = PairedAccuracy(
      both: counts[0], onlyFirst: counts[1], onlySecond: counts[2], neither: counts[3])
    let found = try #require(paired.difference)
    #expect(abs(found.value - value) < 5e-5)
    #expect(abs(found.low - low) < 5e-5 && abs(found.high - high) < 5e-5, "\(found)")
    #expect(paired.first == Tally(counts[0] + counts[1], of: counts.reduce(0, +)))
    #expect(paired.second == Tally(counts[0] + counts[2], of: counts.reduce(0, +)))
  }

  @Test func changedSidesChangeTheSign() throws {
    let one = PairedAccuracy(both: 9, onlyFirst: 5, onlySecond: 2, neither: 7)
    let other = PairedAccuracy(both: 9, onlyFirst: 2, onlySecond: 5, neither: 7)
    let (a, b) = (try #require(one.difference), try #require(other.difference))
    #expect(abs(a.value + b.value) < 1e-15)
    #expect(abs(a.low + b.high) < 1e-15 && abs(a.high + b.low) < 1e-15)
  }

  @Test func withoutSamplesThereIsNoDifference() {
    #expect(
      PairedAccuracy(both: 0, onlyFirst: 0, onlySecond: 0, neither: 0).difference == nil)
  }
}

/// One MIS over another.
@Suite struct ScoreRatioTests {
  /// Draws go with each other: what both nets share in a draw is in no interval.
  @Test func whatIsSharedCancels() throws {
    let draws = (1...1000).map { Double($0) }
    let ratio = try #require(
      ScoreRatio(draws.map { 1.5 * $0 }, draws, value: 3, other: 2))
    #expect(ratio.value == 1.5)
    let interval = try #require(ratio.interval)
    #expect(abs(interval.low - 1.5) < 1e-12 && abs(interval.high - 1.5) < 1e-12)
  }

  /// NumPy's percentiles of 1, 2, … 1000 are 25.975 and 975.025.
  @Test func endsArePercentiles() throws {
    let draws = (1...1000).map { Double($0) }
    let ratio = try #require(
      ScoreRatio(draws.reversed(), draws.map { _ in 1 }, value: 500, other: 1))
    let interval = try #require(ratio.interval)
    #expect(abs(interval.low - 25.975) < 1e-9 && abs(interval.high - 975.025) < 1e-9)
  }

  @Test func nothingHasNoRatio() throws {
    #expect(ScoreRatio([1], [0], value: 1, other: 0) == nil)
    let some = try #require(ScoreRatio([1, 1], [0, 1], value: 1, other: 0.5))
    #expect(some.value == 2 && some.interval == nil)
  }
}
