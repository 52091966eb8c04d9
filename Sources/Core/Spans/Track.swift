/// The one place where spans of a thread are opened and closed.
///
/// What a thread is at nests by depth: to enter an activity ends whatever it was at of the same depth and below, so
/// that an error which leaves some open mends itself. Spans of one depth that overlap, as buckets on their way,
/// are opened and closed by hand.
///
/// The ring keeps the last `SpanRing.capacity` spans for whoever looks; the timeline takes those that have ended.
///
/// One thread at a time writes a track.
package final class Track: @unchecked Sendable {
  /// Which thread of a rank.
  package enum Name: UInt8, Sendable {
    /// Takes the steps.
    case main = 1
    /// Buckets of the all-reduce, by whoever drives them.
    case allReduce
    /// Makes batches.
    case prefetch
    /// Writes checkpoints while steps go on.
    case checkpoint

    /// In words, of the thread `number` of that name.
    package func words(_ number: Int) -> String {
      switch self {
      case .main: "main"
      case .allReduce: "all-reduce"
      case .prefetch: "prefetch \(number)"
      case .checkpoint: "checkpoint"
      }
    }
  }

  /// A span that is open.
  package struct Span: Sendable {
    fileprivate let number: Int
    fileprivate let word: UInt64, step: UInt64, start: UInt64
    fileprivate static let none = Span(number: -1, word: 0, step: 0, start: 0)
  }

  /// Words of a track: name, its last event's time, what it is at by depth, and the ring.
  static let words = 2 + Activity.depths + SpanRing.words

  private let words: SharedWords
  private let first: Int
  private let ring: SpanRing
  private let timeline: Timeline
  /// Nanoseconds of the calls that waited for other ranks and have ended.
  package private(set) var waited: UInt64 = 0
  /// Open spans by depth.
  private var spans = (Span.none, Span.none, Span.none, Span.none)

  init(_ words: SharedWords, at first: Int, _ timeline: Timeline) {
    self.words = words
    self.first = first
    self.timeline = timeline
    ring = SpanRing(words, at: first + 2 + Activity.depths)
  }

  // MARK: What nests

  /// Is at `activity` from now on, after all of its depth and below.
  package func enter(_ activity: Activity, _ number: Int? = nil) {
    let now = SpanClock.now
    end(from: activity.depth, at: now)
    if activity == .step, let number { words[Recorder.stepPlace] = UInt64(number) }
    let what = NumberedActivity(
      activity, number, in: activity.depth > 1 ? activity.ownStage ?? stage : nil)
    let span = begin(what, at: now)
    words[first + 2 + activity.depth] = what.word
    switch activity.depth {
    case 0: spans.0 = span
    case 1: spans.1 = span
    case 2: spans.2 = span
    default: spans.3 = span
    }
  }

  /// Is done with what it is at of the depth of `activity` and below.
  package func leave(_ activity: Activity) { end(from: activity.depth, at: SpanClock.now) }

  private func end(from depth: Int, at now: UInt64) {
    for depth in depth..<Activity.depths where words[first + 2 + depth] != 0 {
      words[first + 2 + depth] = 0
      switch depth {
      case 0: close(spans.0, at: now)
      case 1: close(spans.1, at: now)
      case 2: close(spans.2, at: now)
      default:
        close(spans.3, at: now)
        waited += now - spans.3.start
      }
    }
  }

  private var stage: Activity? { NumberedActivity(word: words[first + 3])?.activity }

  // MARK: Spans

  /// Opens a span beside others of its depth.
  package func open(_ activity: Activity, _ number: Int) -> Span {
    begin(NumberedActivity(activity, number, in: activity.ownStage ?? stage), at: SpanClock.now)
  }

  /// Closes a span.
  package func close(_ span: Span) { close(span, at: SpanClock.now) }

  private func begin(_ what: NumberedActivity, at now: UInt64) -> Span {
    words[first + 1] = now
    let step = words[Recorder.stepPlace]
    let number = ring.begin(what, step: step, start: now)
    return Span(number: number, word: what.word, step: step, start: now)
  }

  private func close(_ span: Span, at now: UInt64) {
    words[first + 1] = now
    ring.end(span.number, at: now)
    timeline.take(EndedSpan(word: span.word, step: span.step, start: span.start, end: now))
  }
}
