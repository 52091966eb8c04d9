import CProcess
import Foundation

/// Signals that ask the program to stop.
///
/// A command whose work can be kept and gone on with notes them, and looks at `isNoted` between two pieces
/// of it. What is between a signal and the next look may never come: so a signal has a grace, at whose
/// end the process dies of it with a closing line, unless somebody has said that he attends.
package enum StopSignal {
  /// Seconds from a noted signal to the end of a process in which nobody attends: less than what
  /// Slurm and Kubernetes leave before they kill (30).
  package static let graceSeconds: Int32 = 20

  /// Notes `signal` from now on; `line` is the last one of a process that it ends after all. Without it
  /// the signal waits until somebody looks.
  package static func note(_ signal: Int32, closingLine line: String?) throws {
    try check(signal, cprocess_note_signal(signal, line == nil ? 0 : graceSeconds, line ?? ""))
  }

  /// From now on the first `signal` that comes while somebody attends is noted, with `words` on stderr; a second
  /// one, and one that comes while nobody does, ends the process at once with `line`.
  package static func heed(_ signal: Int32, words: String, closingLine line: String) throws {
    try check(signal, cprocess_heed_signal(signal, words, line))
  }

  /// From now on `signal` ends the process at once, with `line` on stderr, as a death by that signal.
  package static func end(on signal: Int32, closingLine line: String) throws {
    try check(signal, cprocess_end_on_signal(signal, line))
  }

  /// From now on a signal that the parent sends ends the process without its line.
  package static func leaveWordsToParent() { cprocess_leave_words_to(getppid()) }

  /// Whether the parent has sent a signal that was noted. It will kill soon, and the other ranks may be gone: what
  /// fails from here on is not worth a word.
  package static var isAbandonedByParent: Bool { cprocess_is_abandoned() != 0 }

  /// Whether a noted signal has come.
  package static var isNoted: Bool { cprocess_noted_signal() != 0 }

  /// Does work that looks at `isNoted` again and again, each time after a piece that is to be kept however
  /// long it takes.
  package static func attended<Result>(_ work: () throws -> Result) rethrows -> Result {
    cprocess_attend(1)
    defer { cprocess_attend(0) }
    return try work()
  }

  private static func check(_ signal: Int32, _ code: Int32) throws {
    guard code == 0 else {
      throw CSGError(.failure, "signal \(signal) cannot be handled: \(code)")
    }
  }
}
