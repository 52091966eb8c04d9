import Core
import Foundation

/// A thread that does one piece of work at a time, and keeps what came of it until somebody asks.
package final class BackgroundWork: @unchecked Sendable {
  private enum State {
    case idle
    case due(@Sendable () throws -> Void)
    case underWay
    /// Nil: it went well.
    case over((any Error)?)
    case stopped
  }

  private let condition = NSCondition()
  // Guarded by `condition`.
  private var state = State.idle

  /// Starts the thread, under a name that is shown in `top -H`.
  /// - Throws: `CSGError` 1 where the system grants none.
  package init(named name: String) throws {
    try BackgroundThread.start(name) { [self] in
      while let work = next() {
        var fault: (any Error)?
        do { try work() } catch { fault = error }
        condition.withLock {
          state = .over(fault)
          condition.broadcast()
        }
      }
    }
  }

  /// The work that is due, once there is some; nil after `stop`.
  private func next() -> (@Sendable () throws -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      switch state {
      case .due(let work):
        state = .underWay
        return work
      case .stopped: return nil
      case .idle, .underWay, .over: condition.wait()
      }
    }
  }

  /// Has the thread begin `work`; what came of the piece before has been asked for by `end`.
  package func begin(_ work: @escaping @Sendable () throws -> Void) {
    condition.withLock {
      guard case .idle = state else { preconditionFailure("one piece of work at a time") }
      state = .due(work)
      condition.broadcast()
    }
  }

  /// Whether a piece of work is over, and nobody has asked yet what came of it.
  package var isOver: Bool {
    condition.withLock { if case .over = state { true } else { false } }
  }

  /// Waits until the piece of work that was begun is over.
  /// - Throws: what it threw.
  package func end() throws {
    condition.lock()
    defer { condition.unlock() }
    while true {
      switch state {
      case .due, .underWay: condition.wait()
      case .over(let fault):
        state = .idle
        if let fault { throw fault }
        return
      case .idle, .stopped: return
      }
    }
  }

  /// Waits for a piece of work under way, of which nobody asks any more, and ends the thread.
  package func stop() {
    _ = try? end()
    condition.withLock {
      state = .stopped
      condition.broadcast()
    }
  }
}
