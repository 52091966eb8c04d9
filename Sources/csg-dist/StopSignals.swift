import Communicator
import Core
import Foundation

/// How each command takes the signals that ask it to stop.
///
/// A launcher ends all ranks where one of them has failed: the last line then is that rank's, which says why. So
/// what a launcher sends its ranks ends them without a word.
enum StopSignals {
  /// Commands whose work is kept piece by piece, and how it goes on.
  private static let resumable = [
    "train": "go on with --resume auto", "attack": "the same command goes on",
    "defend": "the same command goes on", "detect": "the same command goes on",
  ]

  /// From the first moment on, SIGUSR1, and without mpirun also SIGTERM, has a resumable command stop
  /// where its work can be kept: mpirun passes SIGUSR1 on, while its SIGTERM ends the ranks before
  /// they could save. Any other of SIGINT and SIGTERM ends the process at once, with a closing line.
  static func handle(_ arguments: [String]) throws {
    let remedy = arguments.first.flatMap { resumable[$0] }
    let keepsWork = remedy != nil && !arguments.contains("--dry-run")
    for (signal, name) in [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM")] {
      let line = closingLine(name, remedy: keepsWork ? remedy : nil)
      if keepsWork && signal == SIGTERM && !Communicator.isLaunched() {
        try StopSignal.note(signal, closingLine: line)
      } else {
        try StopSignal.end(on: signal, closingLine: line)
      }
    }
    if Communicator.isLaunched() { StopSignal.leaveWordsToParent() }
    if keepsWork { try StopSignal.note(SIGUSR1, closingLine: nil) }
  }

  private static func closingLine(_ name: String, remedy: String?) -> String {
    (Console.isTerminal ? Console.clearing : "")
      + "csg-dist: error: ended by \(name) before all was done; "
      + (remedy ?? "run the same command again") + "\n"
  }
}
