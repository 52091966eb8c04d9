import Communicator
import Testing

@Suite struct ClockAlignmentTests {
  /// Half of the round trip lies on either way.
  @Test func aRoundTripTellsHowAClockStands() {
    let reading = ClockReading(left: 1_000, time: 5_250, back: 1_500)
    #expect(reading == ClockReading(time: 5_250, ahead: 4_000, roundTrip: 500))
    #expect(ClockReading(left: 9_000, time: 1_000, back: 9_101).ahead == -8_050)
  }

  @Test func aClockOfTheSameHostStaysAsItIs() {
    let reading = ClockReading(time: 5, ahead: 0, roundTrip: 0)
    let later = ClockReading(time: 1 << 50, ahead: 0, roundTrip: 0)
    for time in [0, 5, 77, 1 << 49, 1 << 51] as [UInt64] {
      #expect(ClockAlignment(reading, later).onRoot(time) == Int64(time))
      #expect(ClockAlignment(reading, reading).onRoot(time) == Int64(time))
    }
  }

  /// A clock that is 5 s ahead and gains 20 µs in each second: rank 0's, reckoned the other way round.
  @Test func driftIsTakenOffEvenly() {
    let second: UInt64 = 1_000_000_000
    func theirs(_ root: UInt64) -> UInt64 { root + 5 * second + root / second * 20_000 }
    func reading(_ root: UInt64) -> ClockReading {
      ClockReading(left: root - 50, time: theirs(root), back: root + 50)
    }
    let alignment = ClockAlignment(reading(10 * second), reading(3_610 * second))
    for root in stride(from: 10, through: 3_610, by: 100) {
      let time = UInt64(root) * second
      #expect(abs(alignment.onRoot(theirs(time)) - Int64(time)) <= 1)
    }
  }

  /// Spans that nest or follow go on to do so.
  @Test func orderStays() {
    let alignment = ClockAlignment(
      ClockReading(time: 1_000_000, ahead: 300, roundTrip: 9),
      ClockReading(time: 2_000_000, ahead: -4_700, roundTrip: 9))
    var before = Int64.min
    for time in 1_000_000..<1_020_000 as Range<UInt64> {
      let aligned = alignment.onRoot(time)
      if aligned < before { Issue.record("\(time) comes before what was earlier") }
      before = aligned
    }
  }
}
