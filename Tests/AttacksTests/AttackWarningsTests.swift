import Attacks
import Testing

/// What a run notes of pictures that no sound attack makes, and what it says of them.
@Suite struct AttackWarningsTests {
  /// A sample of two pixels whose picture came to be `picture`, by an attack of that radius.
  private func sample(_ picture: [Float], radius: Float?, isBlind: Bool = false) -> AttackedSample {
    var sample = AttackedSample(sample: 3, label: 0, original: [0, 255])
    let victim = Victim(sample: 3, picture: sample.picture, label: 0, target: nil)
    sample.note(
      Attacked(picture: picture, isSuccess: false, queries: 1, sawNoGradient: isBlind),
      of: victim, channels: 1, radius: radius)
    return sample
  }

  @Test(
    arguments: [
      ([0.125, 0.875], 0.125, false), ([0.25, 0.875], 0.125, true), ([0.25, 0.875], nil, false),
      ([-0.001, 1], nil, true), ([0, 1.001], nil, true), ([0, 1.001], 0.5, true),
      ([.nan, 1], nil, true), ([1, 0], 1, false),
    ] as [([Float], Float?, Bool)])
  func picturesOutsideOfBoxOrBallAreNoted(_ picture: [Float], _ radius: Float?, _ isOutside: Bool) {
    #expect(sample(picture, radius: radius).isOutside == isOutside)
  }

  private func warnings(_ samples: [AttackedSample]) -> [AttackSummary.Warning] {
    var tally = AttackTally()
    tally.add(samples)
    return AttackWarnings.all(tally)
  }

  @Test func soundPicturesRaiseNone() {
    #expect(warnings([]) == [])
    #expect(warnings([sample([0.1, 1], radius: 0.2)]) == [])
  }

  @Test func eachIsNamedWithItsShare() {
    let inside = sample([0.1, 1], radius: 0.2)
    let outside = sample([0.3, 1], radius: 0.2)
    let blind = sample([0, 1], radius: 0.2, isBlind: true)
    let found = warnings([inside, outside, inside, blind, outside])
    #expect(found.map(\.name) == ["zero-gradients", "outside-box"])
    #expect(found[0].text.contains("for 1 of 5 samples (20.00 %)"))
    #expect(found[1].text.contains("of 2 of 5 samples (40.00 %) are not in [0, 1]"))
  }

  /// A sample that was left alone, though a damaged journal may say what it likes of it, is in no share.
  @Test func whatWasNotAttackedIsNotCounted() {
    var left = sample([2, 2], radius: nil, isBlind: true)
    left.wasAttacked = false
    #expect(warnings([left]) == [])
  }
}
