import Core

/// How long the threads of a rank have come no further.
package struct WatchedTracks {
  private var last: UInt64 = 0
  private var tracks: [(event: UInt64, nanoseconds: UInt64)] = []
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
    let seen = (0..<view.trackCount).map { track in
      (
        event: view.lastEvent(track),
        waits: view.activity(track, depth: Activity.callDepth) != nil
      )
    }
    let waits = view.call != nil
    let now = now()
    let passed = last == 0 ? 0 : min(now - last, most)
    last = now
    waited = 0
    for (track, seen) in seen.enumerated() {
      let isStill = track < tracks.count && tracks[track].event == seen.event
      let nanoseconds = isStill ? tracks[track].nanoseconds + passed : 0
      if track == tracks.count { tracks.append((seen.event, 0)) }
      tracks[track] = (seen.event, nanoseconds)
      if seen.waits { waited = max(waited, nanoseconds) }
    }
    stood = waited > 0 || waits ? 0 : tracks.first?.nanoseconds ?? 0
  }
}
