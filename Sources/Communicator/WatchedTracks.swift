import Core

/// How long the threads of a rank have come no further.
package struct WatchedTracks {
  private var last: UInt64 = 0
  private struct Watched {
    var event: UInt64 = 0, nanoseconds: UInt64 = 0
    /// What was seen of it just now: whether that is the event of the look before, and whether it waits for others.
    var isStill = false, waits = false
  }
  private var tracks: [Watched] = []
  /// The longest that a thread has been in one wait for other ranks, and how long the main thread has stood
  /// still while no thread was in such a wait, in nanoseconds. Never more than that.
  package private(set) var waited: UInt64 = 0, stood: UInt64 = 0

  /// Has seen nothing yet.
  package init() {}

  /// Looks again; at most so many nanoseconds have passed since. The clock, `now`, is read once all else is: who looks
  /// may be held up, and what began meanwhile is no older than that.
  package mutating func look(
    _ view: RecorderView, at now: @autoclosure () -> UInt64 = SpanClock.now, most: UInt64
  ) {
    for track in 0..<view.trackCount {
      let event = view.lastEvent(track)
      let isNew = track == tracks.count
      if isNew { tracks.append(Watched()) }
      tracks[track].isStill = !isNew && tracks[track].event == event
      tracks[track].event = event
      tracks[track].waits = view.activity(track, depth: Activity.callDepth) != nil
    }
    let waits = view.call != nil
    let now = now()
    let passed = last == 0 ? 0 : min(now - last, most)
    last = now
    waited = 0
    for track in tracks.indices {
      tracks[track].nanoseconds = tracks[track].isStill ? tracks[track].nanoseconds + passed : 0
      if tracks[track].waits { waited = max(waited, tracks[track].nanoseconds) }
    }
    stood = waited > 0 || waits ? 0 : tracks.first?.nanoseconds ?? 0
  }
}
