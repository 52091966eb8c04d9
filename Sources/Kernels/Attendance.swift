import Foundation
import Synchronization

/// Which threads are at a piece of work: those that came while it was open, and have not left.
///
/// Whoever closes it waits for these alone: on a machine that others use too, not for a thread that has had no core
/// since it was opened.
package struct Attendance: ~Copyable {
  /// Threads that are there, and `isOpen` while more may come.
  private let state = Atomic<Int>(0)
  private static let isOpen = 1 << 32
  /// Looks at a flag before a thread yields its core between looks (some 5 µs), and before it sleeps
  /// (some milliseconds: longer than what one thread does alone between two layers).
  static let eagerness = 5_000, patience = 20_000

  /// Closed, and nobody there.
  package init() {}

  /// Opens it: what was written before is seen by all who enter. It is closed, and nobody is there.
  package func open() { state.store(Self.isOpen, ordering: .releasing) }

  /// Joins; false for whoever comes too late.
  package func enter() -> Bool {
    var now = state.load(ordering: .relaxed)
    while now & Self.isOpen != 0 {
      let (hasEntered, found) = state.weakCompareExchange(
        expected: now, desired: now + 1, successOrdering: .acquiring, failureOrdering: .relaxed)
      if hasEntered { return true }
      now = found
    }
    return false
  }

  /// Ends what `enter` began.
  package func leave() { state.wrappingSubtract(1, ordering: .releasing) }

  /// Lets nobody join any more, and waits until all have left: what they wrote is seen then.
  package func close() {
    state.bitwiseAnd(~Self.isOpen, ordering: .relaxed)
    var looks = 0
    while state.load(ordering: .acquiring) > 0 {
      looks += 1
      if looks > Self.patience {
        usleep(50)
      } else if looks > Self.eagerness {
        sched_yield()
      }
    }
  }
}
