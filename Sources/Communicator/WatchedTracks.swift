import Core

/// How long the threads of a rank have come no further.
package struct WatchedTracks {
  private var last: UInt64 = 0
  private var tracks: [(event: UInt64, nanoseconds: UInt64)] = []
  /// The longest that a thread has been in one wait for other ranks, and how long the main thread has stood
  /// still while no thread was in such a wait, in nanoseconds.
  package private(set) var waited: UInt64 = 0, stood: UInt64 = 0

  /// Has seen nothing yet.
  package init() {}

  /// Looks again; at most so many nanoseconds have passed since.
  package mutating func look(_ view: RecorderView, at now: UInt64 = SpanClock.now, most: UInt64) {
    let passed = last == 0 ? 0 : min(now - last, most)
    last = now
    waited = 0
    for track in 0..<view.trackCount {
      let event = view.lastEvent(track)
      if track == tracks.count { tracks.append((event, 0)) }
      let isStill = tracks[track].event == event
      tracks[track] = (event, isStill ? tracks[track].nanoseconds + passed : 0)
      if view.activity(track, depth: Activity.callDepth) != nil {
        waited = max(waited, tracks[track].nanoseconds)
      }
    }
    stood = waited > 0 || view.call != nil ? 0 : tracks.first?.nanoseconds ?? 0
  }
}
