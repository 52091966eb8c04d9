import Core
import Foundation
import Synchronization

/// Ends a job that hangs: MPI notices a rank that dies, but not one that stands still.
///
/// A thread wakes every half second and counts how often it found this rank in the same collective
/// call. Wake-ups, not time: they stand still while the whole job is suspended. It makes no MPI call:
/// the process exits, and the launcher ends the other ranks.
final class Watchdog: Sendable {
  private struct State {
    var call: String?
    var wakeUps = 0
    var phase = Phase("the start")
    var limitSeconds: Int?
    var isWatching = false
  }
  private let state = Mutex(State())
  private let rank: Int

  init(rank: Int) { self.rank = rank }

  func enter(_ phase: Phase) {
    state.withLock { $0.phase = phase }
  }

  func enter(stage: String) {
    state.withLock { $0.phase.stage = stage }
  }

  func setLimit(seconds: Int?) {
    state.withLock { $0.limitSeconds = seconds }
  }

  func enter(_ call: String) {
    let startsThread = state.withLock { state in
      (state.call, state.wakeUps) = (call, 0)
      defer { state.isWatching = true }
      return !state.isWatching
    }
    if startsThread { watch() }
  }

  func leave() {
    state.withLock { $0.call = nil }
  }

  private func watch() {
    Thread.detachNewThread { [weak self] in
      while let self {
        let late: String? = self.state.withLock { state in
          state.wakeUps += 1
          guard let call = state.call, let limit = state.limitSeconds, state.wakeUps > 2 * limit
          else { return nil }
          return "waited more than \(limit) s in \(call) at \(state.phase)"
        }
        if let late {
          let line =
            "csg-dist: error: rank \(self.rank) \(late): another rank hangs; "
            + "look for it by its host's load, then run again with --resume auto\n"
          FileHandle.standardError.write(Data(line.utf8))
          _exit(ExitCode.failure.rawValue)
        }
        Thread.sleep(forTimeInterval: 0.5)
      }
    }
  }
}
