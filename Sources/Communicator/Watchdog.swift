import Core
import Foundation
import Synchronization

/// Ends a job that hangs: MPI notices a rank that dies, but not one that stands still.
///
/// A thread wakes every half second and counts how often it found this rank in the same collective
/// call. Wake-ups, not time: they stand still while the whole job is suspended. It makes no MPI call:
/// the process exits, and the launcher ends the other ranks.
///
/// It watches from before MPI starts; its limit is `Patience`'s until a command sets its own.
final class Watchdog: Sendable {
  private struct State {
    var call: String?
    var wakeUps = 0
    var phase = Phase("the start")
    var limitSeconds: Int
    /// What sets the limit.
    var limitName = Patience.variable
  }
  private let state: Mutex<State>
  private let rank: Int

  init(rank: Int, limitSeconds: Int) {
    self.rank = rank
    state = Mutex(State(limitSeconds: limitSeconds))
  }

  func enter(_ phase: Phase) {
    state.withLock { $0.phase = phase }
  }

  func enter(stage: String) {
    state.withLock { $0.phase.stage = stage }
  }

  func setLimit(seconds: Int, named name: String) {
    state.withLock { ($0.limitSeconds, $0.limitName) = (seconds, name) }
  }

  func enter(_ call: String) {
    state.withLock { ($0.call, $0.wakeUps) = (call, 0) }
  }

  func leave() {
    state.withLock { $0.call = nil }
  }

  /// Starts to watch.
  /// - Throws: `CSGError` where there is no thread to be had for it.
  func start() throws {
    try BackgroundThread.start("watchdog") { [weak self] in
      while let self {
        let late: String? = self.state.withLock { state in
          state.wakeUps += 1
          guard let call = state.call, state.wakeUps > 2 * state.limitSeconds else { return nil }
          return
            "waited more than \(state.limitSeconds) s in \(call) at \(state.phase): another rank "
            + "hangs, or needs longer (\(state.limitName))"
        }
        if let late {
          let line =
            "csg-dist: error: rank \(self.rank) \(late); "
            + "look for it by its host's load, then run again, a training run with --resume auto\n"
          FileHandle.standardError.write(Data(line.utf8))
          _exit(ExitCode.failure.rawValue)
        }
        Thread.sleep(forTimeInterval: 0.5)
      }
    }
  }
}
