/// What one phase of the sum of a bucket moves: all ranks begin it once the one before is over.
package struct SumPhase: Sendable, Equatable {
  /// Bytes through the link of the host with the most, in the direction with the most.
  package var linkBytes = 0
  /// Bytes that the busiest rank hands to others of its host.
  package var hostBytes = 0
  /// Messages that a rank sends.
  package var messages = 0
  /// Bytes that the busiest rank adds to others, once the phase is over.
  package var addedBytes = 0
  /// Bytes that the busiest rank reads and writes beside.
  package var touchedBytes = 0
  /// Bytes of the longest message that crosses a link, at most.
  package var longestBytes = 0

  /// Nothing.
  package init() {}
}

/// A way to sum a vector over ranks, as far as its cost goes: what it moves, bucket by bucket.
package protocol SumTraffic {
  /// Slots of the rank with the most: its replicas are added up to so many before they leave.
  var mostSlots: Int { get }
  /// What the sum of a bucket of so many floats moves, in order.
  func phases(floats: Int) -> [SumPhase]
  /// Bytes that each rank hands over for others in it.
  func sentBytes(floats: Int) -> [Int]
}

extension SumPhase {
  /// Makes a part at least so much: that of the busiest rank or host counts.
  mutating func raise(_ part: WritableKeyPath<SumPhase, Int>, to bytes: Int) {
    self[keyPath: part] = max(self[keyPath: part], bytes)
  }
}
