import Communicator
import Core
import Testing

/// Collective, as all tests here.
@Suite(.serialized) struct ClockTests {
  let communicator: Communicator

  init() throws { communicator = try Communicator() }

  /// Ranks of one host have one clock: messages tell so as nearly as they can, and nothing else is said where none
  /// are sent.
  @Test func oneHostHasOneClock() throws {
    for always in [false, true] {
      let readings = try communicator.readClocks(always: always)
      #expect(readings.count == (communicator.isRoot ? communicator.size : 0))
      for (rank, reading) in readings.enumerated() {
        if always && rank > 0 {
          #expect(reading.roundTrip > 0)
          #expect(reading.ahead.magnitude <= reading.roundTrip / 2 + 1, "\(reading)")
        } else {
          #expect(reading.ahead == 0 && reading.roundTrip == 0)
        }
      }
    }
  }

  /// Values go from rank to rank as they are, none too.
  @Test func valuesAreSent() throws {
    for count in [0, 1, 100_000] {
      for rank in 1..<max(1, communicator.size) {
        let values = (0..<count).map { 7 * rank + $0 }
        if communicator.rank == rank { try communicator.send(values, to: 0) }
        if communicator.isRoot {
          let received: [Int] = try communicator.receive(count, from: rank)
          #expect(received == values)
        }
      }
    }
  }
}
