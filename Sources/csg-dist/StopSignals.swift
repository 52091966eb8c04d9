import Communicator
import Core
import Foundation

/// How each command takes the signals that ask it to stop.
///
/// A launcher ends all ranks where one of them has failed: the last line then is that rank's, which says why. So
/// what a launcher sends its ranks ends them without a word.
enum StopSignals {
  /// Commands whose work is kept piece by piece, and how it goes on.
  private static func remedy(_ command: String) -> String? {
    switch command {
    case "train": "go on with: \(ResumeCommand.text)"
    case "attack", "defend", "detect": "the same command goes on"
    default: nil
    }
  }

  /// From the first moment on, SIGUSR1, and without mpirun also SIGTERM, has a resumable command stop
  /// where its work can be kept.
  ///
  /// Ctrl-C (SIGINT) does the same where steps are taken, and says that a second one quits at once; so does
  /// mpirun's SIGTERM: what mpirun does on Ctrl-C is to send its ranks that, and SIGKILL a second later
  /// (`odls_base_sigkill_timeout`), in which a step and a save mostly have room. Anywhere else both end the process at
  /// once, with a closing line.
  static func handle(_ arguments: [String]) throws {
    let remedy = arguments.first.flatMap(remedy)
    let keepsWork = remedy != nil && !arguments.contains("--dry-run")
    for (signal, name) in [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM")] {
      let line = closingLine(name, remedy: keepsWork ? remedy : nil)
      if keepsWork && signal == SIGTERM && !Communicator.isLaunched() {
        try StopSignal.note(signal, closingLine: line)
      } else if keepsWork {
        try StopSignal.heed(
          signal, words: signal == SIGINT && Console.isRoot ? stopping : "", closingLine: line)
      } else {
        try StopSignal.end(on: signal, closingLine: line)
      }
    }
    if Communicator.isLaunched() { StopSignal.leaveWordsToParent() }
    if keepsWork { try StopSignal.note(SIGUSR1, closingLine: nil) }
  }

  private static let cleared = Console.isTerminal ? Console.clearing : ""

  private static let stopping = cleared + "saving after this step; a second Ctrl-C quits at once\n"

  private static func closingLine(_ name: String, remedy: String?) -> String {
    "\(cleared)csg-dist: error: ended by \(name) before all was done; "
      + "\(remedy ?? "run the same command again")\n"
  }
}
