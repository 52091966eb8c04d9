import Foundation
import Testing

/// A trace as a reader of Chrome's format takes it.
struct Timeline: Sendable {
  /// A complete event; times in nanoseconds.
  struct Span: Sendable {
    let rank: Int, thread: Int, name: String, category: String
    let start: Int, end: Int
    let step: Int, epoch: Int?
  }

  let spans: [Span]
  /// Names of processes by rank, and of threads by rank and thread.
  let ranks: [Int: String], threads: [[Int]: String]
  private let data: Data

  init(_ path: String) throws {
    data = try #require(FileManager.default.contents(atPath: path), "\(path)")
    let document = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(document["displayTimeUnit"] as? String == "ms")
    let events = try #require(document["traceEvents"] as? [[String: Any]])
    var (spans, ranks, threads): ([Span], [Int: String], [[Int]: String]) = ([], [:], [:])
    func nanoseconds(_ value: Any?) throws -> Int {
      Int((try #require(value as? Double) * 1000).rounded())
    }
    for event in events {
      let rank = try #require(event["pid"] as? Int), thread = try #require(event["tid"] as? Int)
      let name = try #require(event["name"] as? String)
      let arguments = try #require(event["args"] as? [String: Any])
      switch try #require(event["ph"] as? String) {
      case "X":
        let start = try nanoseconds(event["ts"])
        spans.append(
          Span(
            rank: rank, thread: thread, name: name,
            category: try #require(event["cat"] as? String), start: start,
            end: start + (try nanoseconds(event["dur"])),
            step: try #require(arguments["step"] as? Int), epoch: arguments["epoch"] as? Int))
      case "M":
        if name == "process_name" { ranks[rank] = arguments["name"] as? String }
        if name == "thread_name" { threads[[rank, thread]] = arguments["name"] as? String }
      case let other: Issue.record("an event of kind \(other)")
      }
    }
    (self.spans, self.ranks, self.threads) = (spans, ranks, threads)
  }

  /// What the file says of itself.
  var head: [String: Any] {
    get throws {
      let document = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      return try #require(document?["otherData"] as? [String: Any])
    }
  }

  /// The name of the thread of a span.
  func thread(_ span: Span) -> String { threads[[span.rank, span.thread]] ?? "" }

  /// What of a rank's main thread has this name in a step.
  func main(_ rank: Int, _ name: String, step: Int) -> [Span] {
    spans.filter {
      $0.rank == rank && $0.name == name && $0.step == step && thread($0) == "main"
    }
  }

  /// In each thread spans nest or follow, and none begins before the trace does.
  func expectOrder(location: SourceLocation = #_sourceLocation) {
    let threads = Dictionary(grouping: spans) { [$0.rank, $0.thread] }
    for (thread, spans) in threads {
      var open: [Span] = []
      for span in spans.sorted(by: { ($0.start, -$0.end) < ($1.start, -$1.end) }) {
        while let last = open.last, last.end <= span.start { open.removeLast() }
        let fits = span.start >= 0 && span.end >= span.start
        if !fits || span.end > open.last?.end ?? .max {
          Issue.record(
            "\(span) overlaps \(open.last.map { "\($0)" } ?? "the start") in \(thread)",
            sourceLocation: location)
        }
        open.append(span)
      }
    }
  }
}
