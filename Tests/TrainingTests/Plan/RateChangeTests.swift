import Core
import Training
import Testing

/// More epochs on resume: a word where that rewrites the past, none where it does not.
@Suite struct RateChangeTests {
  private func change(
    _ sets: [String], from before: Int, to now: Int, epoch: Int, stepInEpoch: Int = 0
  ) throws -> RateChange? {
    func schedule(_ epochs: Int) throws -> Schedule {
      let values = try ResolvedConfiguration(sets: sets + ["epochs=\(epochs)"]).values
      return Schedule(values, stepsPerEpoch: 10)
    }
    return try RateChange(
      from: schedule(before), before, to: schedule(now), now, step: 10 * epoch + stepInEpoch,
      epoch: epoch, stepInEpoch: stepInEpoch)
  }

  private let standard = ["gate.schedule=standard"]

  @Test func aMilestoneThatWasPassedIsTold() throws {
    // [0.5, 0.75] of 8 epochs fall at 4 and 6, of 16 at 8 and 12.
    let change = try #require(try change(standard, from: 8, to: 16, epoch: 5))
    #expect(
      change.warning
        == "epochs is 16, was 8: past steps would have had other rates, so that the result is not "
        + "that of a run of 16 epochs; from step 51 on the rate of θ is 0.1 (was to be 0.01)")
    #expect(
      change.record
        == "epochs 8 up to step 50, then 16: there the rate of θ is 0.1 (was to be 0.01)")
  }

  @Test func aMilestoneThatIsYetToComeIsNot() throws {
    #expect(try change(standard, from: 8, to: 16, epoch: 4) == nil, "epochs 0 to 3 are the same")
    #expect(try change(standard, from: 8, to: 16, epoch: 4, stepInEpoch: 1) != nil)
    #expect(try change(standard, from: 8, to: 8, epoch: 7) == nil)
    #expect(
      try change(standard + ["learning_rate.milestones=[]"], from: 8, to: 80, epoch: 8) == nil)
  }

  /// Beyond its last epoch a schedule says nothing.
  @Test func fewerEpochsThanAreDoneAreNoChange() throws {
    let cosine = ["learning_rate.schedule=cosine"]
    for now in 1...5 {
      #expect(try change(cosine, from: 6, to: now, epoch: 6) == nil)
      #expect(try change(cosine, from: 6, to: now, epoch: now, stepInEpoch: 2) == nil)
    }
    let longer = try #require(try change(cosine, from: 6, to: 12, epoch: 6))
    #expect(longer.warning.contains("(was at last "), "\(longer.warning)")
    #expect(try change(["gate.period=2"] + cosine, from: 1, to: 4, epoch: 1) == nil)
  }

  @Test func aCosineIsAlwaysRewritten() throws {
    let sets = ["learning_rate.schedule=cosine", "gate.period=2"]
    #expect(try change(sets, from: 8, to: 16, epoch: 0) == nil)
    let change = try #require(try change(sets, from: 8, to: 16, epoch: 3))
    #expect(change.warning.contains("G's is"), "the next epoch is gated")
    #expect(try self.change(sets, from: 8, to: 4, epoch: 3) != nil, "fewer epochs too")
  }
}
