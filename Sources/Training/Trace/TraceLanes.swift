import Core

/// The rows that a thread's spans are drawn in: in each they nest or follow one another.
///
/// What nests is in the first; buckets, of which several are on their way, each in the first of the others that
/// is free.
package struct TraceLanes {
  /// A span with its lane, from 0.
  package struct Place: Sendable, Equatable {
    package let span: EndedSpan, lane: Int
  }

  /// By start; of equal ones the longer first, so that what holds others comes before them.
  package let places: [Place]
  /// How many lanes there are.
  package let count: Int

  /// The lanes of a thread's spans, in whatever order these come.
  package init(_ spans: [EndedSpan]) {
    var ends: [UInt64] = []
    let sorted = spans.sorted { a, b in
      if a.start != b.start { return a.start < b.start }
      if a.end != b.end { return a.end > b.end }
      return (a.activity?.activity.depth ?? 0) < (b.activity?.activity.depth ?? 0)
    }
    places = sorted.map { span in
      guard span.activity?.activity == .bucket else { return Place(span: span, lane: 0) }
      if let free = ends.firstIndex(where: { $0 <= span.start }) {
        ends[free] = span.end
        return Place(span: span, lane: free + 1)
      }
      ends.append(span.end)
      return Place(span: span, lane: ends.count)
    }
    count = ends.count + 1
  }
}
