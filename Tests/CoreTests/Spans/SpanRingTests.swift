import Core
import Foundation
import Synchronization
import Testing

@Suite struct SpanRingTests {
  private static let capacity = SpanRing.capacity

  @Test func keepsTheLastSpansInOrder() {
    let ring = SpanRing(SharedWords(SpanRing.words), at: 0)
    #expect(ring.events.isEmpty)
    let count = 2 * Self.capacity + 100
    for i in 0..<count {
      let number = ring.begin(NumberedActivity(.layer, i, in: .forward), step: 7, start: UInt64(i))
      #expect(number == i)
      if i + 1 < count { #expect(ring.end(number, at: UInt64(i + 3)) == UInt64(i)) }
    }
    // Two that are overwritten long since change nothing.
    #expect(ring.end(0, at: 1_000_000) == nil)
    #expect(ring.end(count - Self.capacity - 1, at: 1_000_000) == nil)
    let events = ring.events
    #expect(events.map(\.start) == (count - Self.capacity..<count).map(UInt64.init))
    #expect(events.map(\.activity.number) == Array(count - Self.capacity..<count))
    #expect(events.dropLast().allSatisfy { $0.length == 3 })
    #expect(events.last?.length == nil)
    #expect(
      events.allSatisfy {
        $0.step == 7 && $0.activity.activity == .layer && $0.activity.stage == .forward
      })
  }

  /// Threads write, each into a ring of its own; who reads meanwhile finds no span that is put together from two,
  /// and each ring's in order.
  @Test func isReadWhileThreadsWrite() {
    let words = SharedWords(3 * SpanRing.words)
    let rings = (0..<3).map { SpanRing(words, at: $0 * SpanRing.words) }
    let count = 60_000
    let running = Atomic<Int>(rings.count)
    let group = DispatchGroup()
    for (thread, ring) in rings.enumerated() {
      DispatchQueue(label: "writer \(thread)").async(group: group) {
        for i in 0..<count {
          let number = ring.begin(
            NumberedActivity(.bucket, i), step: UInt64(i + thread), start: UInt64(10 * i))
          if i % 3 != 0 { ring.end(number, at: UInt64(11 * i)) }
        }
        running.subtract(1, ordering: .releasing)
      }
    }
    var seen = 0
    var isLast = false
    while true {
      isLast = running.load(ordering: .acquiring) == 0
      for (thread, ring) in rings.enumerated() {
        let events = ring.events
        seen += events.count
        var before = -1
        for event in events {
          guard let number = event.activity.number else { continue }
          let isWhole =
            event.step == number + thread && event.start == UInt64(10 * number)
            && (event.length.map { $0 == UInt64(number) && number % 3 != 0 } ?? true)
          if !isWhole || number <= before { Issue.record("\(event) after \(before)") }
          before = number
        }
        if isLast { #expect(events.count == SpanRing.capacity && before == count - 1) }
      }
      if isLast { break }
    }
    group.wait()
    #expect(seen >= 3 * SpanRing.capacity)
  }
}
