import Core
import Testing

@Suite struct RecorderTests {
  /// To enter an activity ends those of its depth and below, and only those.
  @Test func activitiesNest() throws {
    let recorder = Recorder()
    let (main, view) = (recorder.main, recorder.view)
    func at() -> [NumberedActivity?] { (0..<Activity.depths).map { view.activity(0, depth: $0) } }
    #expect(at() == [NumberedActivity(.start), nil, nil, nil])
    main.enter(.step, 12)
    main.enter(.forward)
    main.enter(.layer, 0)
    main.enter(.layer, 1)
    main.enter(.batchStatistics)
    #expect(view.step == 12)
    #expect(
      at() == [
        NumberedActivity(.step, 12), NumberedActivity(.forward),
        NumberedActivity(.layer, 1, in: .forward), NumberedActivity(.batchStatistics, in: .forward),
      ])
    #expect(view.call?.activity == .batchStatistics)
    main.leave(.batchStatistics)
    main.enter(.backward)
    #expect(at() == [NumberedActivity(.step, 12), NumberedActivity(.backward), nil, nil])
    main.enter(.checkpoint, 12)

    let events = view.events
    #expect(
      events.map(\.activity.activity)
        == [.start, .step, .forward, .layer, .layer, .batchStatistics, .backward, .checkpoint])
    #expect(events.map { $0.length != nil } == [true, true, true, true, true, true, true, false])
    #expect(events.map(\.step) == [0, 12, 12, 12, 12, 12, 12, 12])
    // A span lies within the one that it is part of.
    func end(_ place: Int) -> UInt64 { events[place].start + (events[place].length ?? 0) }
    #expect(end(3) <= events[4].start && end(4) <= end(2) && end(2) <= events[6].start)
    #expect(end(6) <= end(1) && view.lastEvent(0) == events[7].start)
  }

  /// Who looks from another thread finds a call or none, while calls come and go.
  @Test func aLookMayComeAsACallEnds() throws {
    let recorder = Recorder()
    let isDone = Locked(false)
    try BackgroundThread.start("looks") { [view = recorder.view] in
      for _ in 0..<1_000_000 {
        if let call = view.call { precondition(call.activity == .gather) }
      }
      isDone.withLock { $0 = true }
    }
    while !isDone.withLock({ $0 }) {
      for _ in 0..<1000 {
        recorder.main.enter(.gather)
        recorder.main.leave(.gather)
      }
    }
    #expect(recorder.view.call == nil)
  }

  @Test func spansOfOneDepthMayOverlap() throws {
    let recorder = Recorder()
    let track = try #require(recorder.track(.allReduce))
    let spans = (0..<3).map { track.open(.bucket, $0) }
    track.close(spans[1])
    track.close(spans[0])
    let buckets = recorder.view.events.filter { $0.track == 1 }
    #expect(buckets.map(\.activity.number) == [0, 1, 2])
    #expect(buckets.map { $0.length != nil } == [true, true, false])
  }

  /// A thread's track is found again by its name; there are not more than there is room for.
  @Test func tracksHaveNames() {
    let recorder = Recorder()
    for _ in 0..<2 {
      for number in 0..<3 { #expect(recorder.track(.prefetch, number) != nil) }
    }
    #expect(recorder.view.trackCount == 4)
    #expect(recorder.view.name(0)?.name == .main)
    #expect(recorder.view.name(3)?.name == .prefetch && recorder.view.name(3)?.number == 2)
    let more = (3..<100).count { recorder.track(.prefetch, $0) != nil }
    #expect(recorder.view.trackCount == 4 + more)
    #expect((1..<97).contains(more))
  }

  /// Another process sees what this one does, by what it was told; nobody reads another file in its place.
  @Test func isSeenFromOutside() throws {
    let recorder = Recorder()
    let address = try #require(recorder.address)
    let view = try #require(RecorderView(address: address))
    recorder.main.enter(.step, 3)
    #expect(view.step == 3 && view.events.count == 2 && view.alarm == nil && !view.isStopped)
    let before = SpanClock.now
    recorder.raiseAlarm()
    #expect(try #require(view.alarm) >= before)
    var other = address
    other[2] ^= 1
    #expect(RecorderView(address: other) == nil)
    #expect(RecorderView(address: [address[0], 1_000_000, address[2]]) == nil)
    #expect(RecorderView(address: [address[0], 0, address[2]]) == nil)
    #expect(RecorderView(address: []) == nil)
  }
}
