import Foundation

/// What a rank was at lately: a track for each thread that has something to tell.
///
/// All of it lies in one piece of memory that the other ranks of a host can look at, and so tell where a rank
/// stands that cannot say so itself.
package final class Recorder: Sendable {
  /// What the rank's own thread is at.
  package let main: Track
  /// What there is to be seen.
  package let view: RecorderView

  private let words: SharedWords
  private let state = Locked(Tracks())
  private struct Tracks {
    /// Names that have a track, with their numbers, in order.
    var names: [UInt64] = []
    /// In the same order.
    var timelines: [Timeline] = []
    /// Of which steps timelines keep spans; nil: they keep none.
    var steps: ClosedRange<Int>?

    mutating func add(_ name: UInt64, _ timeline: Timeline, _ words: SharedWords) {
      if let steps { timeline.keep(steps) }
      words[Recorder.firstTrack + names.count * Track.words] = name
      names.append(name)
      timelines.append(timeline)
      words[Recorder.countPlace] = UInt64(names.count)
    }
  }

  /// More threads than this leave no trace.
  static let mostTracks = 32
  // Words: a mark, the step under way, when this rank has told of a standstill, and how many tracks there are.
  static let markPlace = 0
  static let stepPlace = 1
  static let alarmPlace = 2
  static let countPlace = 3
  static let firstTrack = 8
  static let allWords = firstTrack + mostTracks * Track.words

  /// A rank that is at its start; others can look at it where `isShared`.
  package init(isShared: Bool = true) {
    words = SharedWords(Self.allWords, isShared: isShared)
    words[Self.markPlace] = UInt64.random(in: 1 ... .max)
    view = RecorderView(words)
    let timeline = Timeline()
    main = Track(words, at: Self.firstTrack, timeline)
    let name = UInt64(Track.Name.main.rawValue)
    state.withLock { state in state.add(name, timeline, words) }
    main.enter(.start)
  }

  /// The track of a thread, anew where one of that name and number has ended; nil where there are too many.
  package func track(_ name: Track.Name, _ number: Int = 0) -> Track? {
    let word = UInt64(number) << 8 | UInt64(name.rawValue)
    return state.withLock { state in
      let place = state.names.firstIndex(of: word) ?? state.names.count
      guard place < Self.mostTracks else { return nil }
      if place == state.names.count { state.add(word, Timeline(), words) }
      return Track(
        words, at: Self.firstTrack + place * Track.words, state.timelines[place])
    }
  }

  // MARK: Timelines

  /// Keeps what ends from now on in steps of a run: of each thread all spans, or the last `Timeline.capacity`.
  /// To be called while no other thread works.
  package func keepTimelines(of steps: ClosedRange<Int>) {
    state.withLock { state in
      state.steps = steps
      for timeline in state.timelines { timeline.keep(steps) }
    }
  }

  /// What was kept, by thread, and is kept no more. To be called while no other thread works.
  package func handTimelines()
    -> [(name: Track.Name, number: Int, dropped: Int, spans: [EndedSpan])]
  {
    state.withLock { state in
      state.steps = nil
      return zip(state.names, state.timelines).compactMap { word, timeline in
        Track.Name(rawValue: UInt8(truncatingIfNeeded: word)).map {
          ($0, Int(word >> 8), timeline.dropped, timeline.hand())
        }
      }
    }
  }

  /// Says to whoever looks that this rank has found a standstill.
  package func raiseAlarm() { words[Self.alarmPlace] = SpanClock.now }

  /// What other ranks of this host find it by: process, descriptor and mark; nil where nothing is shared.
  package var address: [Int]? {
    words.descriptor.map { [Int(getpid()), Int($0), Int(bitPattern: UInt(words[Self.markPlace]))] }
  }
}
