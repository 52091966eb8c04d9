import CProcess

/// What a rank was at lately, as it or another rank of its host sees it.
package struct RecorderView: Sendable {
  private let words: SharedWords
  /// Its process, where it is another's.
  package let process: Int32?

  init(_ words: SharedWords, process: Int32? = nil) {
    self.words = words
    self.process = process
  }

  /// That of another rank of this host, at `Recorder.address`; nil where it is not to be had.
  package init?(address: [Int]) {
    guard address.count == 3, let process = Int32(exactly: address[0]),
      let descriptor = Int32(exactly: address[1]),
      let words = SharedWords(of: process, descriptor: descriptor, count: Recorder.allWords),
      words[Recorder.markPlace] == UInt64(UInt(bitPattern: address[2]))
    else { return nil }
    self.init(words, process: process)
  }

  /// The training step under way; 0 before the first.
  package var step: Int { Int(words[Recorder.stepPlace]) }
  /// When it has told of a standstill; nil: it has not.
  package var alarm: UInt64? {
    let time = words[Recorder.alarmPlace]
    return time == 0 ? nil : time
  }
  /// Whether its process is stopped, by SIGSTOP or a debugger.
  package var isStopped: Bool {
    process.map { "Tt".utf8.contains(UInt8(cprocess_state($0))) } ?? false
  }

  /// How many tracks there are.
  package var trackCount: Int { min(Int(words[Recorder.countPlace]), Recorder.mostTracks) }

  private func first(_ track: Int) -> Int { Recorder.firstTrack + track * Track.words }

  /// Which thread a track is of, and its number among those.
  package func name(_ track: Int) -> (name: Track.Name, number: Int)? {
    let word = words[first(track)]
    return Track.Name(rawValue: UInt8(truncatingIfNeeded: word)).map { ($0, Int(word >> 8)) }
  }

  /// When a track's last span began or ended.
  package func lastEvent(_ track: Int) -> UInt64 { words[first(track) + 1] }

  /// When any track's did.
  package var lastEvent: UInt64 { (0..<trackCount).map(lastEvent).max() ?? 0 }

  /// What a track is at, of some depth.
  package func activity(_ track: Int, depth: Int) -> NumberedActivity? {
    NumberedActivity(word: words[first(track) + 2 + depth])
  }

  /// The wait for other ranks that it is in; of several the first track's. Each word is read once: its writer goes on
  /// meanwhile, and the next look may find nothing there.
  package var call: NumberedActivity? {
    for track in 0..<trackCount {
      if let call = activity(track, depth: Activity.callDepth) { return call }
    }
    return nil
  }

  /// The spans of all threads, those that began first in front.
  package var events: [SpanEvent] {
    (0..<trackCount).flatMap { track in
      SpanRing(words, at: first(track) + 2 + Activity.depths).events.map { event in
        var event = event
        event.track = track
        return event
      }
    }.sorted { ($0.start, $0.track) < ($1.start, $1.track) }
  }
}
