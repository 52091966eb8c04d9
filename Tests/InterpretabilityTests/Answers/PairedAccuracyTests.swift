import Foundation
import Interpretability
import TestSupport
import Testing

/// A difference of two nets' accuracies, and its interval.
@Suite struct PairedAccuracyTests {
  /// Of nets that agree always, often, by chance and against it (`Tests/Golden/shares.py`).
  @Test func intervalsAreNewcombes() throws {
    let text = try String(contentsOfFile: Places.golden("shares.txt"), encoding: .utf8)
    let cases = text.split(separator: "\n").filter { $0.hasPrefix("paired ") }
    #expect(cases.count == 11)
    for line in cases {
      let values = line.split(separator: " ").dropFirst().compactMap { Double($0) }
      let counts = values.prefix(4).map { Int($0) }
      let paired = PairedAccuracy(
        both: counts[0], onlyFirst: counts[1], onlySecond: counts[2], neither: counts[3])
      let found = try #require(paired.difference)
      let count = counts.reduce(0, +)
      #expect(found.value == Double(counts[1] - counts[2]) / Double(count))
      #expect(abs(found.low - values[4]) < 1e-12, "\(line): \(found)")
      #expect(abs(found.high - values[5]) < 1e-12, "\(line): \(found)")
      #expect(paired.first == Tally(counts[0] + counts[1], of: count))
      #expect(paired.second == Tally(counts[0] + counts[2], of: count))
    }
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
