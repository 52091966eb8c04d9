/// A span of time that a thread of a rank spent at something.
package struct SpanEvent: Sendable, Equatable {
  /// The thread: its place among the rank's tracks.
  package var track = 0
  /// The training step under way when it began; 0 before the first.
  package let step: Int
  package let activity: NumberedActivity
  /// Nanoseconds of `SpanClock`; no length: it has not ended.
  package let start: UInt64, length: UInt64?
}

/// The last spans of one thread, in words that others read while it writes: no lock, no allocation.
///
/// A span takes the next of `capacity` places when it begins. Each has a stamp, one more than how many spans came
/// before, which is 0 while the place is written anew: what a reader finds between two equal stamps belongs
/// together.
package struct SpanRing: Sendable {
  /// Spans kept: a power of two.
  package static let capacity = 512
  /// Words of a ring: how many spans it was given, then for each place stamp, start, activity, step, and 1 + length.
  package static let words = 1 + 5 * capacity

  private let words: SharedWords
  private let first: Int

  /// The ring whose words begin at `first`.
  package init(_ words: SharedWords, at first: Int) {
    self.words = words
    self.first = first
  }

  private func place(_ number: Int) -> Int { first + 1 + 5 * (number & (Self.capacity - 1)) }

  /// Takes a span that begins; returns its number.
  package func begin(_ activity: NumberedActivity, step: UInt64, start: UInt64) -> Int {
    let number = Int(words[first])
    let place = place(number)
    words[place] = 0
    words[place + 1] = start
    words[place + 2] = activity.word
    words[place + 3] = step
    words[place + 4] = 0
    words[place] = UInt64(number) + 1
    words[first] = UInt64(number) + 1
    return number
  }

  /// Notes the end of a span, if it is still there; returns when it began.
  @discardableResult
  package func end(_ number: Int, at now: UInt64) -> UInt64? {
    let place = place(number)
    guard words[place] == UInt64(number) + 1 else { return nil }
    let start = words[place + 1]
    words[place + 4] = now - start + 1
    return start
  }

  /// What is there, oldest first; what is overwritten meanwhile is left out.
  package var events: [SpanEvent] {
    let count = Int(words[first])
    return (max(0, count - Self.capacity)..<count).compactMap { number in
      let place = place(number)
      let stamp = UInt64(number) + 1
      guard words[place] == stamp else { return nil }
      let start = words[place + 1]
      let word = words[place + 2]
      let step = words[place + 3]
      let length = words[place + 4]
      guard words[place] == stamp, let activity = NumberedActivity(word: word) else { return nil }
      return SpanEvent(
        step: Int(step), activity: activity, start: start, length: length == 0 ? nil : length - 1)
    }
  }
}
