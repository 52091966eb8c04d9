import Communicator
import Core
import Testing

/// How long a rank has come no further. (Nothing here is collective.)
struct WatchedTracksTests {
  private static let most: UInt64 = 500

  @Test func countsTheTimeOfOneWait() throws {
    let recorder = Recorder()
    var tracks = WatchedTracks()
    func look(_ now: UInt64) { tracks.look(recorder.view, at: now, most: Self.most) }
    recorder.main.enter(.gather)
    look(1000)
    look(1250)
    look(1400)
    #expect(tracks.waited == 400 && tracks.stood == 0)
    // A job that was suspended has not waited.
    look(90_000)
    #expect(tracks.waited == 900)
    // The next wait is another.
    recorder.main.leave(.gather)
    recorder.main.enter(.gather)
    look(90_250)
    #expect(tracks.waited == 0)
    look(90_500)
    #expect(tracks.waited == 250)
  }

  /// A thread that looks may be held up: a wait that begins while it is has not lasted as long.
  @Test func countsNothingFromBeforeAWait() throws {
    let recorder = Recorder()
    var tracks = WatchedTracks()
    recorder.main.enter(.step, 1)
    tracks.look(recorder.view, at: 1000, most: Self.most)
    func heldUp(until now: UInt64) -> UInt64 {
      recorder.main.enter(.gather)
      return now
    }
    tracks.look(recorder.view, at: heldUp(until: 1400), most: Self.most)
    tracks.look(recorder.view, at: 1500, most: Self.most)
    #expect(tracks.waited == 0)
    tracks.look(recorder.view, at: 1700, most: Self.most)
    #expect(tracks.waited == 200)
    // Nor does a thread that is new bring what passed before it.
    let sum = try #require(recorder.track(.allReduce))
    sum.enter(.orderedSum, 0)
    recorder.main.leave(.gather)
    tracks.look(recorder.view, at: 1900, most: Self.most)
    #expect(tracks.waited == 0)
  }

  /// What another thread does is no progress of the main one, but its wait for other ranks excuses it.
  @Test func tellsAWaitFromAStandstill() throws {
    let recorder = Recorder()
    let sum = try #require(recorder.track(.allReduce))
    let batches = try #require(recorder.track(.prefetch))
    var tracks = WatchedTracks()
    recorder.main.enter(.step, 1)
    for now in [1000, 1100, 1200] as [UInt64] {
      batches.enter(.batch, Int(now))
      tracks.look(recorder.view, at: now, most: Self.most)
    }
    #expect(tracks.stood == 200 && tracks.waited == 0)
    sum.enter(.orderedSum, 0)
    tracks.look(recorder.view, at: 1300, most: Self.most)
    #expect(tracks.stood == 0)
    tracks.look(recorder.view, at: 1500, most: Self.most)
    #expect(tracks.stood == 0 && tracks.waited == 200)
    sum.enter(.orderedSum, 1)
    tracks.look(recorder.view, at: 1600, most: Self.most)
    #expect(tracks.waited == 0)
  }
}
