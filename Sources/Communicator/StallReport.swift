import Core
import Foundation

/// `stalls/step-N-rank-R.json`: what a rank was at when it, or another rank, found that the job stands still.
///
/// Times are nanoseconds of a clock that the processes of a host share (CLOCK_MONOTONIC). Every key stands in every
/// document, null where there is no value.
package struct StallReport: Encodable, Sendable {
  /// The program's version.
  let version = csgDistVersion
  /// Whose spans these are, of how many ranks, on which host; and the rank that wrote them down: another where
  /// this one cannot.
  package let rank: Int
  let ranks: Int, host: String, writtenBy: Int
  /// The training step under way.
  package let step: Int
  /// `lockstep.timeout_seconds`.
  let timeoutSeconds: Int
  /// Where the rank stands.
  let at: Place
  /// What it waits for; null: for no other rank.
  let waitsFor: Wait?
  /// When something last began or ended, and when this was written down.
  let lastProgress: UInt64, written: UInt64
  /// The last spans of each thread, those that began first in front.
  let events: [Event]

  /// Where a rank stands.
  struct Place: Encodable {
    /// In words.
    let words: String
    /// `step`, `the checkpoint of step`, …, with its number; the stage of it; the layer.
    let phase: String, number: Int?, stage: String?, layer: String?

    enum CodingKeys: String, CodingKey { case words, phase, number, stage, layer }

    init(_ standing: Standing) {
      words = standing.description
      phase = (standing.phase?.activity ?? .start).words
      number = standing.phase?.number
      stage = standing.stage?.activity.words
      layer = standing.layer
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(words, forKey: .words)
      try container.encode(phase, forKey: .phase)
      try container.encode(number, forKey: .number)
      try container.encode(stage, forKey: .stage)
      try container.encode(layer, forKey: .layer)
    }
  }

  /// A wait for other ranks.
  struct Wait: Encodable {
    /// MPI's call, or `all-reduce`; the bucket of that; and the ranks of this host that do not come, where they
    /// stand.
    let call: String, bucket: Int?, ranks: [Other]

    struct Other: Encodable {
      let rank: Int, step: Int
      let at: Place
      let lastProgress: UInt64

      enum CodingKeys: String, CodingKey {
        case rank, step, at
        case lastProgress = "last_progress_ns"
      }
    }

    enum CodingKeys: String, CodingKey { case call, bucket, ranks }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(call, forKey: .call)
      try container.encode(bucket, forKey: .bucket)
      try container.encode(ranks, forKey: .ranks)
    }
  }

  /// A span.
  struct Event: Encodable {
    /// `main`, `all-reduce`, `prefetch 0`.
    let thread: String
    /// The step under way as it began.
    let step: Int
    /// What it was: a phase, a stage, or what a layer, bucket or call was part of; the number of a phase, or of the
    /// step that a batch is for.
    let phase: String, number: Int?
    /// Its layer, bucket or call, where it was one.
    let layer: String?, bucket: Int?, call: String?
    /// When it began, and how long it was; null: it has not ended.
    let start: UInt64, length: UInt64?

    enum CodingKeys: String, CodingKey {
      case thread, step, phase, number, layer, bucket, call
      case start = "start_ns"
      case length = "length_ns"
    }

    init(_ event: SpanEvent, thread: String, names: SpanNames) {
      let what = event.activity
      self.thread = thread
      step = event.step
      phase = (what.activity.depth < 2 ? what.activity : what.stage ?? what.activity).words
      number = what.activity.depth < 2 ? what.number : nil
      layer = names.layer(what)
      bucket = [.bucket, .orderedSum].contains(what.activity) ? what.number : nil
      call = what.activity.depth == Activity.callDepth ? what.activity.words : nil
      (start, length) = (event.start, event.length)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(thread, forKey: .thread)
      try container.encode(step, forKey: .step)
      try container.encode(phase, forKey: .phase)
      try container.encode(number, forKey: .number)
      try container.encode(layer, forKey: .layer)
      try container.encode(bucket, forKey: .bucket)
      try container.encode(call, forKey: .call)
      try container.encode(start, forKey: .start)
      try container.encode(length, forKey: .length)
    }
  }

  enum CodingKeys: String, CodingKey {
    case version, rank, ranks, host, step, at, events
    case writtenBy = "written_by"
    case timeoutSeconds = "timeout_seconds"
    case waitsFor = "waits_for"
    case lastProgress = "last_progress_ns"
    case written = "written_ns"
  }

  /// As a document.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(version, forKey: .version)
    try container.encode(rank, forKey: .rank)
    try container.encode(ranks, forKey: .ranks)
    try container.encode(host, forKey: .host)
    try container.encode(writtenBy, forKey: .writtenBy)
    try container.encode(step, forKey: .step)
    try container.encode(timeoutSeconds, forKey: .timeoutSeconds)
    try container.encode(at, forKey: .at)
    try container.encode(waitsFor, forKey: .waitsFor)
    try container.encode(lastProgress, forKey: .lastProgress)
    try container.encode(written, forKey: .written)
    try container.encode(events, forKey: .events)
  }
}

extension StallReport {
  /// What `view` shows of `rank`, whom ranks of this host do not come to.
  init(
    _ view: RecorderView, rank: Int, writtenBy: Int, ranks: Int, timeoutSeconds: Int,
    names: SpanNames, missing: [Wait.Other]
  ) {
    self.rank = rank
    (self.ranks, self.writtenBy, self.timeoutSeconds) = (ranks, writtenBy, timeoutSeconds)
    host = HostName.current ?? ""
    let standing = Standing(view, names: names)
    step = standing.step
    at = Place(standing)
    waitsFor = standing.call.map {
      Wait(call: $0.activity.words, bucket: standing.bucket, ranks: missing)
    }
    lastProgress = standing.lastEvent
    events = view.events.map { event in
      Event(
        event, thread: view.name(event.track).map { $0.name.words($0.number) } ?? "", names: names)
    }
    written = SpanClock.now
  }
}
