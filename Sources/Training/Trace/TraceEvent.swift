import Core
import Foundation

/// Events of Chrome's trace format, as Perfetto reads it too: one JSON object each.
/// <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>
///
/// Text is put together by hand: a run has millions.
package struct TraceEvents: Sendable {
  /// Layers from the image on, as JSON strings without their quotes.
  private let layers: [String]
  private let stepsPerEpoch: Int

  /// Events of a run whose network has these layers.
  package init(layers: [String], stepsPerEpoch: Int) {
    self.layers = layers.map { String(Self.quoted($0).dropFirst().dropLast()) }
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// A span (`X`): `ts` and `dur` in µs with three decimals, `pid` the rank, `tid` the lane. `start` and `end` are
  /// nanoseconds since the trace's first moment. Nil of a span that says nothing.
  package func span(_ span: EndedSpan, rank: Int, thread: Int, start: Int64, end: Int64) -> String?
  {
    guard let what = span.activity else { return nil }
    let step = Self.ownStep(what) ?? Int(span.step)
    let epoch =
      what.activity == .epochEnd ? what.number : step > 0 ? (step - 1) / stepsPerEpoch : nil
    var more = ""
    if [.bucket, .orderedSum].contains(what.activity), let number = what.number {
      more = #","bucket":\#(number)"#
    }
    return #"{"ph":"X","pid":\#(rank),"tid":\#(thread),"ts":\#(Self.microseconds(start)),"#
      + #""dur":\#(Self.microseconds(end - start)),"name":"\#(name(what))","#
      + #""cat":"\#(Self.category(what.activity))","#
      + #""args":{"step":\#(step),"epoch":\#(epoch.map(String.init) ?? "null")\#(more)}}"#
  }

  /// The step that a thread beside the main one works for, which is not the one under way.
  private static func ownStep(_ what: NumberedActivity) -> Int? {
    [.batch, .write].contains(what.activity) ? what.number : nil
  }

  private func name(_ what: NumberedActivity) -> String {
    switch what.activity {
    case .layer:
      let number = what.number ?? 0
      let layer = number < layers.count ? layers[number] : "layer \(number)"
      return what.stage.map { "\(layer) \($0.words)" } ?? layer
    case .epochEnd: return "epoch_end"
    case .checkpoint: return "checkpoint"
    default: return what.activity.words
    }
  }

  private static func category(_ activity: Activity) -> String {
    ["phase", "stage", "part", "call"][activity.depth]
  }

  /// Names of ranks and threads (`M`): `kind` is `process_name` or `thread_name`.
  package static func naming(_ kind: String, _ name: String, rank: Int, thread: Int = 0) -> String {
    #"{"ph":"M","pid":\#(rank),"tid":\#(thread),"name":"\#(kind)","args":{"name":\#(quoted(name))}}"#
  }

  /// Their places (`M`): `kind` is `process_sort_index` or `thread_sort_index`.
  package static func order(_ kind: String, rank: Int, thread: Int, place: Int) -> String {
    #"{"ph":"M","pid":\#(rank),"tid":\#(thread),"name":"\#(kind)","args":{"sort_index":\#(place)}}"#
  }

  /// Nanoseconds as microseconds.
  package static func microseconds(_ nanoseconds: Int64) -> String {
    let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    let decimals = String(rest)
    return (nanoseconds < 0 ? "-" : "")
      + "\(whole).\(String(repeating: "0", count: 3 - decimals.count))\(decimals)"
  }

  /// A text as JSON has it.
  static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
