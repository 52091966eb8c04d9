import Core
import Foundation
import Synchronization

/// Ends a job that hangs: MPI notices a rank that dies, but not one that stands still.
///
/// A thread looks every half second whether this rank has waited in one collective call for longer
/// than the limit. It makes no MPI call: the process exits, and the launcher ends the other ranks.
final class Watchdog: Sendable {
  private struct State {
    var call: String?
    var entered = ContinuousClock.now
    var phase = "start"
    var limit = Duration.seconds(600)
    var isWatching = false
  }
  private let state = Mutex(State())

  var phase: String {
    get { state.withLock { $0.phase } }
    set { state.withLock { $0.phase = newValue } }
  }

  func setLimit(seconds: Int) {
    state.withLock { $0.limit = .seconds(seconds) }
  }

  func enter(_ call: String) {
    let startsThread = state.withLock { state in
      state.call = call
      state.entered = .now
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
          guard let call = state.call, ContinuousClock.now - state.entered > state.limit else {
            return nil
          }
          return "waited more than \(state.limit.components.seconds) s in \(call) at \(state.phase)"
        }
        if let late {
          let rank = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_RANK"] ?? "?"
          let line =
            "csg-dist: error: rank \(rank) \(late): another rank hangs; "
            + "look for it by its host's load, then run again with --resume auto\n"
          FileHandle.standardError.write(Data(line.utf8))
          _exit(ExitCode.failure.rawValue)
        }
        Thread.sleep(forTimeInterval: 0.5)
      }
    }
  }
}
