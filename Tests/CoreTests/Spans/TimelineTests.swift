import Core
import Testing

@Suite struct TimelineTests {
  private func span(_ number: Int, step: Int) -> EndedSpan {
    let start = UInt64(10 * number)
    return EndedSpan(NumberedActivity(.layer, number), step: step, start: start, end: start + 5)
  }

  @Test func keepsNothingUnlessAsked() {
    let timeline = Timeline(capacity: 5)
    timeline.take(span(0, step: 1))
    #expect(timeline.hand().isEmpty)
  }

  /// Of more spans than there is room for the last, in their order, and how many there were before.
  @Test(arguments: [0, 1, 4, 5, 6, 9, 10, 23]) func keepsTheLastSpans(_ count: Int) {
    let timeline = Timeline(capacity: 5)
    timeline.keep(0...Int.max)
    let spans = (0..<count).map { span($0, step: $0) }
    spans.forEach(timeline.take)
    #expect(timeline.dropped == max(0, count - 5))
    #expect(timeline.hand() == spans.suffix(5))
    timeline.take(span(0, step: 1))
    #expect(timeline.hand().isEmpty)
  }

  @Test func keepsTheStepsThatWereAskedFor() {
    let timeline = Timeline(capacity: 100)
    timeline.keep(3...4)
    let spans = (0..<12).map { span($0, step: $0 / 2) }
    spans.forEach(timeline.take)
    #expect(timeline.hand() == Array(spans[6..<10]) && timeline.dropped == 0)
  }

  /// All that threads note from then on, also a span that outlasts its ring, and threads that come later; what is
  /// still open is left out.
  @Test func isTakenOfEachThread() throws {
    let recorder = Recorder()
    let early = try #require(recorder.track(.allReduce))
    recorder.main.enter(.work)
    recorder.keepTimelines(of: 0...Int.max)
    recorder.main.enter(.step, 1)
    recorder.main.enter(.forward)
    let layers = 3 * SpanRing.capacity
    for layer in 0..<layers { recorder.main.enter(.layer, layer) }
    let flights = (0..<3).map { early.open(.bucket, $0) }
    let late = try #require(recorder.track(.checkpoint))
    late.enter(.write, 1)
    late.leave(.write)
    early.close(flights[1])
    early.close(flights[0])
    recorder.main.enter(.trace)

    let threads = recorder.handTimelines()
    #expect(threads.map(\.name) == [.main, .allReduce, .checkpoint])
    #expect(threads.allSatisfy { $0.dropped == 0 && $0.number == 0 })
    let main = threads[0].spans
    func spans(_ activity: Activity) -> [EndedSpan] {
      main.filter { $0.activity?.activity == activity }
    }
    #expect(main.count == layers + 3 && spans(.work).map(\.step) == [0])
    let step = try #require(spans(.step).first)
    let forward = try #require(spans(.forward).first)
    #expect(step.step == 1 && step.start <= forward.start && forward.end <= step.end)
    #expect(spans(.layer).map(\.activity?.number) == Array(0..<layers))
    #expect(
      spans(.layer).allSatisfy {
        $0.step == 1 && forward.start <= $0.start && $0.end <= forward.end
      })
    #expect(threads[1].spans.map(\.activity?.number) == [1, 0])
    #expect(threads[2].spans.map(\.activity) == [NumberedActivity(.write, 1, in: nil)])
    recorder.main.enter(.step, 2)
    let later = recorder.handTimelines().flatMap(\.spans)
    #expect(later.isEmpty)
  }

  /// What calls took is summed up as they end.
  @Test func waitsAreSummedUp() throws {
    let recorder = Recorder()
    recorder.keepTimelines(of: 0...Int.max)
    recorder.main.enter(.step, 1)
    for _ in 0..<3 {
      recorder.main.enter(.batchStatistics)
      recorder.main.leave(.batchStatistics)
    }
    recorder.main.enter(.gather)
    recorder.main.enter(.trace)
    let calls = recorder.handTimelines()[0].spans.filter { $0.activity?.activity.depth == 3 }
    #expect(calls.count == 4)
    #expect(recorder.main.waited == calls.reduce(0) { $0 + $1.end - $1.start })
  }
}
