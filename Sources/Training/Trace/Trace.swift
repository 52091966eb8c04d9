import Communicator
import Core
import Foundation
import Storage

/// The timeline of a run: what every thread of every rank was at, from `init` to `end`.
///
/// Each rank keeps its own (`Timeline`), of each thread all spans or the last of them, so that a trace asks for no
/// more memory the longer a run is; rank 0 gathers them as the run ends and writes them. A run that fails writes none.
final class Trace {
  private let request: TraceRequest
  private let communicator: Communicator
  private let events: TraceEvents
  private let began: UInt64
  private let clocks: [ClockReading]

  /// Begins; collective.
  init(
    _ request: TraceRequest, communicator: Communicator, layers: [String], stepsPerEpoch: Int
  ) throws {
    self.request = request
    self.communicator = communicator
    events = TraceEvents(layers: layers, stepsPerEpoch: stepsPerEpoch)
    clocks = try communicator.readClocks()
    began = SpanClock.now
    communicator.enter(.work)  // what began before is none of it
    communicator.recorder.keepTimelines(of: request.steps ?? 0...Int.max)
  }

  /// Gathers and writes what there is. Collective; no other thread of a rank works meanwhile.
  /// - Throws: `CSGError` 73 or 74.
  func end() throws {
    communicator.enter(.trace)
    let clocks = try communicator.readClocks()
    let threads = communicator.recorder.handTimelines()
    let all = try communicator.gather(threads.map(TracedThread.init))
    let began = try communicator.gather([began])
    let hosts = try communicator.gather(Array((HostName.current ?? "").utf8))
    guard communicator.isRoot else {
      for thread in threads { try communicator.send(thread.spans, to: 0) }
      return try communicator.onRoot {}
    }
    let ranks = all.indices.map { rank in
      TracedRank(
        rank: rank, host: String(decoding: hosts[rank], as: UTF8.self), began: began[rank][0],
        clock: ClockAlignment(self.clocks[rank], clocks[rank]), threads: all[rank])
    }
    // In the order in which the ranks send; what cannot be written is taken nevertheless.
    var due = ranks.flatMap { rank in rank.threads.indices.map { (rank.rank, $0) } }[...]
    func next() throws -> [EndedSpan] {
      guard let (rank, thread) = due.popFirst() else { return [] }
      return rank == 0
        ? threads[thread].spans
        : try communicator.receive(ranks[rank].threads[thread].count, from: rank)
    }
    var fault: (any Error)?
    do { try write(ranks, spans: next) } catch { fault = error }
    while !due.isEmpty { _ = try next() }
    try communicator.onRoot { if let fault { throw fault } }
  }

  /// Writes the file; `spans` brings those of each thread of each rank in turn.
  private func write(_ ranks: [TracedRank], spans: () throws -> [EndedSpan]) throws {
    let origin = ranks.map { $0.clock.onRoot($0.began) }.min() ?? 0
    let head = TraceHead(
      steps: request.steps.map { "\($0.lowerBound)..\($0.upperBound)" } ?? "all",
      origin: origin, ranks: ranks)
    try AtomicFile.writePieces(to: request.path) { append in
      var text = try head.text
      var isFirst = true
      func add(_ event: String) throws {
        text += isFirst ? "\n" : ",\n"
        text += event
        isFirst = false
        guard text.utf8.count >= 1 << 20 else { return }
        try append(Array(text.utf8))
        text.removeAll(keepingCapacity: true)
      }
      for rank in ranks {
        for event in rank.naming { try add(event) }
        var first = 1
        for thread in rank.threads {
          let lanes = TraceLanes(try spans())
          for event in thread.naming(rank: rank.rank, first: first, lanes: lanes.count) {
            try add(event)
          }
          for place in lanes.places {
            let event = events.span(
              place.span, rank: rank.rank, thread: first + place.lane,
              start: rank.clock.onRoot(place.span.start) - origin,
              end: rank.clock.onRoot(place.span.end) - origin)
            if let event { try add(event) }
          }
          first += lanes.count
        }
      }
      try append(Array((text + "\n]}\n").utf8))
    }
  }
}
