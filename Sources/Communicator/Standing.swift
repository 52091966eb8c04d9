import Core

/// Where a rank stands: "step 13 (backward, layer2.0)", as its recorder shows it.
struct Standing: CustomStringConvertible {
  /// The training step under way; 0 before the first.
  let step: Int
  /// What it is at, by depth.
  let phase, stage, part: NumberedActivity?
  /// The wait for other ranks that it is in.
  let call: NumberedActivity?
  /// When something last began or ended, in nanoseconds of `SpanClock`.
  let lastEvent: UInt64
  private let names: SpanNames

  init(_ view: RecorderView, names: SpanNames) {
    self.names = names
    step = view.step
    func main(_ depth: Int) -> NumberedActivity? { view.activity(0, depth: depth) }
    (phase, stage, part) = (main(0), main(1), main(2))
    call = view.call
    lastEvent = view.lastEvent
  }

  /// The layer that it is in.
  var layer: String? { part.flatMap(names.layer) }
  /// The bucket of the all-reduce that it waits for.
  var bucket: Int? { call?.activity == .orderedSum ? call?.number : nil }

  var description: String {
    let parts = [stage?.activity.words, layer].compactMap { $0 }
    return (phase.map(names.words) ?? Activity.start.words)
      + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
  }

  /// The call, and the bucket in it.
  var callWords: String? {
    call.map { $0.activity.words + (bucket.map { " (bucket \($0))" } ?? "") }
  }
}

/// What makes words of numbers, the same on every rank.
struct SpanNames: Sendable {
  /// The command that works, and the layers from the image on.
  var command = "", layers: [String] = []

  /// An activity with its number.
  func words(_ what: NumberedActivity) -> String {
    what.activity == .work
      ? "the work of \(command)"
      : what.activity.words + (what.number.map { " \($0)" } ?? "")
  }

  /// A layer's name; its number where it has none; nil of what is none.
  func layer(_ what: NumberedActivity) -> String? {
    guard what.activity == .layer, let number = what.number else { return nil }
    return number < layers.count ? layers[number] : "layer \(number)"
  }
}
