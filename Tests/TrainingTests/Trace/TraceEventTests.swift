import Core
import Foundation
import Testing
import Training

@Suite struct TraceEventTests {
  private static let names = ["conv1", "layer1.0", "f\"c"]
  private let events = TraceEvents(layers: names, stepsPerEpoch: 10)

  private func object(_ text: String?) throws -> [String: Any] {
    let text = try #require(text)
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func span(_ activity: NumberedActivity, step: Int) throws -> [String: Any] {
    let span = EndedSpan(activity, step: step, start: 1, end: 2)
    return try object(events.span(span, rank: 3, thread: 2, start: 1_234_567, end: 1_235_000))
  }

  /// A complete event in microseconds, with all that the format asks for.
  @Test func aSpanIsACompleteEvent() throws {
    let event = try span(NumberedActivity(.forward), step: 12)
    #expect(
      Set(event.keys) == ["ph", "pid", "tid", "ts", "dur", "name", "cat", "args"])
    #expect(event["ph"] as? String == "X" && event["name"] as? String == "forward")
    #expect(event["pid"] as? Int == 3 && event["tid"] as? Int == 2)
    #expect(event["ts"] as? Double == 1234.567 && event["dur"] as? Double == 0.433)
    let arguments = try #require(event["args"] as? [String: Any])
    #expect(arguments["step"] as? Int == 12 && arguments["epoch"] as? Int == 1)
  }

  /// The epoch is that of the step; before the first step there is none.
  @Test(arguments: [(1, 0), (10, 0), (11, 1), (20, 1), (21, 2)])
  func stepsHaveEpochs(_ step: Int, _ epoch: Int) throws {
    let event = try span(NumberedActivity(.step, step), step: step)
    #expect((event["args"] as? [String: Any])?["epoch"] as? Int == epoch)
    let early = try span(NumberedActivity(.work), step: 0)
    #expect((early["args"] as? [String: Any])?["epoch"] is NSNull)
  }

  @Test func namesSayWhatAndWhere() throws {
    func name(_ activity: Activity, _ number: Int? = nil, in stage: Activity? = nil) throws
      -> String?
    {
      try span(NumberedActivity(activity, number, in: stage), step: 1)["name"] as? String
    }
    #expect(try name(.layer, 1, in: .backward) == "layer1.0 backward")
    #expect(try name(.layer, 2, in: .forward) == "f\"c forward")
    #expect(try name(.layer, 9, in: .evaluation) == "layer 9 evaluation")
    #expect(try name(.epochEnd, 0) == "epoch_end")
    #expect(try name(.checkpoint, 7) == "checkpoint")
    #expect(try name(.write, 7) == "checkpoint_write")
    let bucket = try span(NumberedActivity(.bucket, 5, in: .allReduce), step: 1)
    #expect((bucket["args"] as? [String: Any])?["bucket"] as? Int == 5)
  }

  /// What threads beside the main one do is of the step that they do it for.
  @Test func batchesAndSavesHaveTheirOwnStep() throws {
    for activity in [Activity.batch, .write] {
      let event = try span(NumberedActivity(activity, 15), step: 3)
      #expect((event["args"] as? [String: Any])?["step"] as? Int == 15)
      #expect((event["args"] as? [String: Any])?["epoch"] as? Int == 1)
    }
  }

  @Test(arguments: [
    (0, "0.000"), (1, "0.001"), (999, "0.999"), (1_000, "1.000"), (1_020, "1.020"), (-1, "-0.001"),
    (-12_345, "-12.345"), (9_007_199_254_740_993, "9007199254740.993"),
  ])
  func nanosecondsAreWhole(_ nanoseconds: Int, _ text: String) {
    #expect(TraceEvents.microseconds(Int64(nanoseconds)) == text)
  }

  @Test func ranksAndThreadsAreNamed() throws {
    let process = try object(TraceEvents.naming("process_name", "rank 1 (h\"ost)", rank: 1))
    #expect(process["ph"] as? String == "M" && process["pid"] as? Int == 1)
    #expect((process["args"] as? [String: Any])?["name"] as? String == "rank 1 (h\"ost)")
    let order = try object(TraceEvents.order("thread_sort_index", rank: 1, thread: 4, place: 4))
    #expect((order["args"] as? [String: Any])?["sort_index"] as? Int == 4)
  }

  // MARK: Lanes

  /// Buckets that overlap lie in lanes of their own, as few as there are; waits for them in the first.
  @Test func bucketsThatOverlapHaveLanes() {
    func span(_ activity: Activity, _ number: Int, _ start: UInt64, _ end: UInt64) -> EndedSpan {
      EndedSpan(NumberedActivity(activity, number), step: 1, start: start, end: end)
    }
    // By their ends, as a thread gives them.
    let lanes = TraceLanes([
      span(.bucket, 0, 0, 10), span(.bucket, 2, 8, 12), span(.bucket, 1, 5, 20),
      span(.orderedSum, 1, 15, 20), span(.bucket, 3, 10, 30), span(.bucket, 4, 20, 40),
    ])
    #expect(lanes.count == 4)
    #expect(lanes.places.map { $0.span.activity?.number } == [0, 1, 2, 3, 1, 4])
    #expect(lanes.places.map(\.lane) == [1, 2, 3, 1, 0, 2])
  }

  /// What holds others comes before them, also where they begin at once.
  @Test func whatHoldsComesFirst() {
    let step = EndedSpan(NumberedActivity(.step, 1), step: 1, start: 5, end: 20)
    let wait = EndedSpan(NumberedActivity(.dataWait), step: 1, start: 5, end: 20)
    let load = EndedSpan(NumberedActivity(.load), step: 1, start: 5, end: 8)
    let lanes = TraceLanes([load, wait, step])
    #expect(lanes.count == 1 && lanes.places.map(\.span) == [step, wait, load])
    #expect(TraceLanes([]).count == 1)
  }

  @Test(arguments: [("3..5", 3...5), ("7", 7...7), ("1..1", 1...1)])
  func stepsAreTold(_ text: String, _ steps: ClosedRange<Int>) {
    #expect(TraceRequest.steps(text) == steps)
  }

  @Test(arguments: [
    "", "..", "3..", "..5", "5..3", "0..2", "a..b", "1..2..3", "-1", "1...3", "1-3",
  ])
  func otherWordsAreNoSteps(_ text: String) { #expect(TraceRequest.steps(text) == nil) }
}
