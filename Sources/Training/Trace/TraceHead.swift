import Communicator
import Core
import Foundation

/// A thread of a rank, as ranks tell each other of it.
struct TracedThread: BitwiseCopyable {
  private let name: UInt8
  private let number: Int
  /// Spans that it hands over, and older ones that had made room for them.
  let count: Int, dropped: Int

  init(_ thread: (name: Track.Name, number: Int, dropped: Int, spans: [EndedSpan])) {
    (name, number) = (thread.name.rawValue, thread.number)
    (count, dropped) = (thread.spans.count, thread.dropped)
  }

  /// In words.
  var words: String { Track.Name(rawValue: name)?.words(number) ?? "" }

  /// Events that name its lanes, which are numbered from `first`.
  func naming(rank: Int, first: Int, lanes: Int) -> [String] {
    (0..<lanes).flatMap { lane in
      let name = lane == 0 ? words : "\(words), buckets \(lane)"
      return [
        TraceEvents.naming("thread_name", name, rank: rank, thread: first + lane),
        TraceEvents.order(
          "thread_sort_index", rank: rank, thread: first + lane, place: first + lane),
      ]
    }
  }
}

/// A rank of a traced run: its host, when its trace began by its own clock, how that stands to rank 0's, and its
/// threads.
struct TracedRank {
  let rank: Int, host: String, began: UInt64, clock: ClockAlignment, threads: [TracedThread]

  /// Events that name it.
  var naming: [String] {
    [
      TraceEvents.naming("process_name", "rank \(rank) (\(host))", rank: rank),
      TraceEvents.order("process_sort_index", rank: rank, thread: 0, place: rank),
    ]
  }
}

/// What a trace says of itself before its events.
struct TraceHead {
  /// `all`, or `A..B`; the moment that its times count from, by rank 0's clock; the ranks.
  let steps: String, origin: Int64, ranks: [TracedRank]

  /// The document up to its first event.
  var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let data = try encoder.encode(
        Document(
          version: csgDistVersion, steps: steps, origin: origin, mostSpans: Timeline.capacity,
          ranks: ranks.map(Rank.init)))
      return #"{"displayTimeUnit":"ms","otherData":"# + String(decoding: data, as: UTF8.self)
        + #","traceEvents":["#
    }
  }

  private struct Document: Encodable {
    let version: String, steps: String
    /// Nanoseconds of rank 0's CLOCK_MONOTONIC.
    let origin: Int64
    /// Of each thread the last so many are kept.
    let mostSpans: Int
    let ranks: [Rank]

    enum CodingKeys: String, CodingKey {
      case version, steps, ranks
      case origin = "origin_ns"
      case mostSpans = "most_spans"
    }
  }

  private struct Rank: Encodable {
    let rank: Int, host: String, clock: [Clock], threads: [Thread]

    init(_ rank: TracedRank) {
      (self.rank, host) = (rank.rank, rank.host)
      clock = [rank.clock.start, rank.clock.end].map(Clock.init)
      threads = rank.threads.map(Thread.init)
    }
  }

  /// A reading of a rank's clock: nanoseconds, what it was ahead of rank 0's, which is taken off all times, and the
  /// round trip that told so, 0 where both are one.
  private struct Clock: Encodable {
    let time: UInt64, ahead: Int64, roundTrip: UInt64

    init(_ reading: ClockReading) {
      (time, ahead, roundTrip) = (reading.time, reading.ahead, reading.roundTrip)
    }

    enum CodingKeys: String, CodingKey {
      case time = "time_ns"
      case ahead = "ahead_ns"
      case roundTrip = "round_trip_ns"
    }
  }

  private struct Thread: Encodable {
    let name: String, spans: Int, dropped: Int

    init(_ thread: TracedThread) {
      (name, spans, dropped) = (thread.words, thread.count, thread.dropped)
    }
  }
}
