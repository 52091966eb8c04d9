/// A span of a thread that has ended, in words that go to other ranks as they are.
package struct EndedSpan: BitwiseCopyable, Sendable, Equatable {
  /// When it began and ended: nanoseconds of `SpanClock`.
  package let start: UInt64, end: UInt64
  /// The training step under way when it began; 0 before the first.
  package let step: UInt64
  private let word: UInt64

  /// A span of `activity`.
  package init(_ activity: NumberedActivity, step: Int, start: UInt64, end: UInt64) {
    self.init(word: activity.word, step: UInt64(step), start: start, end: end)
  }

  init(word: UInt64, step: UInt64, start: UInt64, end: UInt64) {
    (self.word, self.step, self.start, self.end) = (word, step, start, end)
  }

  /// What it was; nil where another program's words say something else.
  package var activity: NumberedActivity? { NumberedActivity(word: word) }
}

/// The ended spans of one thread, where somebody has asked for them: all, or the last `capacity`.
///
/// Its thread alone gives it spans; it is asked for them, and they are asked of it, while that thread has none to
/// give. What it asks the heap for it asks for once.
package final class Timeline: @unchecked Sendable {
  /// Spans kept, 32 bytes each; what is older makes room.
  package static let capacity = 1 << 18

  private let capacity: Int
  /// Those of these steps; nil: none.
  private var steps: ClosedRange<Int>?
  /// In the order of their ends, from `next` on and round.
  private var spans: [EndedSpan] = []
  private var next = 0
  /// Spans that had to make room.
  package private(set) var dropped = 0

  /// Keeps nothing yet, and the last `capacity` spans later.
  package init(capacity: Int = Timeline.capacity) { self.capacity = capacity }

  /// Keeps the spans that end from now on, of these steps.
  package func keep(_ steps: ClosedRange<Int>) {
    self.steps = steps
    (spans, next, dropped) = ([], 0, 0)
    spans.reserveCapacity(capacity)
  }

  /// Takes a span, if it is of a step that was asked for.
  package func take(_ span: EndedSpan) {
    guard let steps, steps.contains(Int(span.step)) else { return }
    if spans.count < capacity {
      spans.append(span)
    } else {
      spans[next] = span
      next = next + 1 == capacity ? 0 : next + 1
      dropped += 1
    }
  }

  /// Hands over what it has, in the order of ends, and keeps nothing any more.
  package func hand() -> [EndedSpan] {
    defer { (steps, spans, next) = (nil, [], 0) }
    return next == 0 ? spans : Array(spans[next...] + spans[..<next])
  }
}
