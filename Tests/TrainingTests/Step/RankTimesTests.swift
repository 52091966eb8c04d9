import Communicator
import Testing
import Training

@Suite struct RankTimesTests {
  /// What was on its way before the rank began to wait is hidden; after that, nothing is.
  @Test func flightsAreHiddenUntilTheWait() {
    var time = FlightTime()
    time.add(100..<150, waitBegan: nil)
    #expect(time.nanoseconds == 50 && time.hidden == 50)
    time.add(200..<300, waitBegan: 240)
    #expect(time.nanoseconds == 150 && time.hidden == 90)
    time.add(300..<320, waitBegan: 240)
    #expect(time.nanoseconds == 170 && time.hidden == 90)
  }

  @Test func sharesAreOverAllRanks() {
    let ranks = [
      RankTimes(computing: 3, flying: 2, hidden: 1), RankTimes(computing: 5, flying: 6, hidden: 5),
    ]
    #expect(ranks.overlap == 0.75)
    #expect(ranks.imbalance == 1.25)
    let before = RankTimes(computing: 1, flying: 1, hidden: 0.5)
    let since = ranks[0].since(before)
    #expect(since.computing == 2 && since.flying == 1 && since.hidden == 0.5)
  }

  @Test func oneRankHasNeither() {
    let one = [RankTimes(computing: 3, flying: 0, hidden: 0)]
    #expect(one.overlap == nil && one.imbalance == nil)
    #expect([one[0], one[0]].overlap == nil)
    let idle = RankTimes(computing: 0, flying: 0, hidden: 0)
    #expect([idle, idle].imbalance == nil)
  }
}
