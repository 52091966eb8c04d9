import Core
import Testing
import Training

@Suite struct SightingTests {
  /// Rank 1 has two of the replicas, and checks one; rank 2 checks both.
  private let turns = [
    ReplaySchedule.Turn(replica: 0, owner: 0, checker: 1),
    ReplaySchedule.Turn(replica: 4, owner: 1, checker: 2),
    ReplaySchedule.Turn(replica: 5, owner: 1, checker: 2),
  ]

  private func digests(_ first: UInt64) -> [Digest] {
    (0..<3).map { Digest(high: first, low: $0) }
  }

  /// What three ranks have seen of a step without fault.
  private var sound: [Sighting] {
    var all = (0..<3).map { _ in Sighting(state: digests(1), sum: digests(2)) }
    all[0].owned = digests(5)
    all[1].replayed = digests(5)
    all[1].owned = digests(4) + digests(3)
    all[2].replayed = digests(4) + digests(3)
    return all
  }

  private func mismatch(_ all: [Sighting]) -> Mismatch? {
    Sighting.mismatch(
      all, turns: turns, step: 9, epoch: 1, state: ["s0", "s1", "s2"], vector: ["v0", "v1", "v2"])
  }

  @Test func equalDigestsAreNoMismatch() { #expect(mismatch(sound) == nil) }

  @Test func anyBitOfAnyDigestIsAMismatchWithItsPlace() {
    func expect(
      _ place: Mismatch.Place, _ owner: Int, _ checker: Int, _ tensor: String,
      _ change: (inout [Sighting]) -> Void
    ) {
      var all = sound
      change(&all)
      #expect(
        mismatch(all)
          == Mismatch(
            place: place, step: 9, epoch: 1, owner: owner, checker: checker, tensor: tensor))
    }
    let wrong = Digest(high: 1 << 63, low: 0)
    expect(.replica(0), 0, 1, "v1") { $0[1].replayed[1] = wrong }
    expect(.replica(4), 1, 2, "v2") { $0[1].owned[2] = wrong }
    expect(.replica(5), 1, 2, "v2") { $0[1].owned[5] = wrong }
    expect(.replica(5), 1, 2, "v0") { $0[2].replayed[3] = wrong }
    expect(.sum, 2, 0, "v1") { $0[2].sum[1] = wrong }
    expect(.sum, 1, 0, "v0") { $0[0].sum[0] = wrong }
    expect(.state, 2, 0, "s1") { $0[2].state[1] = wrong }
    expect(.state, 1, 1, "s2") { $0[1].changed = 2 }
    // A changed state explains all else.
    expect(.state, 1, 1, "s0") {
      $0[1].changed = 0
      $0[1].owned[0] = wrong
      $0[2].sum[0] = wrong
    }
  }

  @Test func theWordsSayWho() {
    func text(_ place: Mismatch.Place, _ owner: Int, _ checker: Int) -> String {
      Mismatch(place: place, step: 9, epoch: 1, owner: owner, checker: checker, tensor: "gate").text
    }
    #expect(text(.state, 1, 0) == "step 9: rank 1 is out of lockstep with rank 0, first in gate")
    #expect(text(.state, 1, 1) == "step 9: rank 1 is out of lockstep with itself, first in gate")
    #expect(text(.replica(3), 1, 2).hasSuffix("rank 2, first in gate of replica 3, computed twice"))
  }

  @Test func itComesToOtherRanksAsItIs() throws {
    for var seen in sound {
      #expect(Sighting(words: seen.words) == seen)
      seen.changed = 0
      #expect(Sighting(words: seen.words) == seen)
      #expect(Sighting(words: Array(seen.words.dropLast())) == nil)
      #expect(Sighting(words: seen.words + [0]) == nil)
      for i in 0..<5 {
        var words = seen.words
        words[i] = .max
        #expect(Sighting(words: words) == nil)
      }
    }
    #expect(Sighting(words: []) == nil)
  }
}
