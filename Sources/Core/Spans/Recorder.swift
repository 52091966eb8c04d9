import Foundation
import Synchronization

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
  private let state = Mutex(Tracks())
  private struct Tracks {
    /// Names that have a track, with their numbers, in order.
    var names: [UInt64] = []
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

  /// A rank that is at its start.
  package init() {
    words = SharedWords(Self.allWords)
    words[Self.markPlace] = UInt64.random(in: 1 ... .max)
    view = RecorderView(words)
    main = Track(words, at: Self.firstTrack)
    _ = track(.main)
    main.enter(.start)
  }

  /// The track of a thread, anew where one of that name and number has ended; nil where there are too many.
  package func track(_ name: Track.Name, _ number: Int = 0) -> Track? {
    let word = UInt64(number) << 8 | UInt64(name.rawValue)
    return state.withLock { state in
      let place = state.names.firstIndex(of: word) ?? state.names.count
      guard place < Self.mostTracks else { return nil }
      let first = Self.firstTrack + place * Track.words
      if place == state.names.count {
        state.names.append(word)
        words[first] = word
        words[Self.countPlace] = UInt64(place) + 1
      }
      return Track(words, at: first)
    }
  }

  /// Says to whoever looks that this rank has found a standstill.
  package func raiseAlarm() { words[Self.alarmPlace] = SpanClock.now }

  /// What other ranks of this host find it by: process, descriptor and mark; nil where nothing is shared.
  package var address: [Int]? {
    words.descriptor.map { [Int(getpid()), Int($0), Int(bitPattern: UInt(words[Self.markPlace]))] }
  }
}
