import Storage

extension Checkpoint {
  /// Whether it was saved where the steps of an epoch were taken, but the epoch was not evaluated and closed: a signal
  /// said stop meanwhile.
  package var isAtOpenEnd: Bool {
    // Σ cross-entropy, correct, samples and seconds since the last epoch was closed.
    guard stepInEpoch == 0, let underWay = history["under_way"], underWay.count == 4 else {
      return false
    }
    return underWay[2] > 0
  }
}
