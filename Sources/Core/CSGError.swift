/// What a process ends with, after sysexits(3).
package enum ExitCode: Int32, Sendable {
  /// Failed while running.
  case failure = 1
  /// The command line is wrong.
  case usage = 64
  /// A data file is damaged or foreign.
  case data = 65
  /// An input is missing or cannot be opened.
  case noInput = 66
  /// An output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed.
  case inputOutput = 74
  /// Stopped on request after saving: resume later.
  case temporary = 75
  /// The configuration is wrong or does not fit.
  case configuration = 78
}

/// A fault of the environment: what happened, where, and what to do about it.
///
/// Faults of the caller are `precondition`s instead.
package struct CSGError: Error, Sendable, CustomStringConvertible {
  /// What the process ends with.
  package let exitCode: ExitCode
  /// What happened and where: `data/test/shard-00000.h5: …`.
  package let message: String
  /// What to do, as an imperative without a full stop; nil where nothing helps.
  package let remedy: String?
  /// Whether it is about a file that a newer csg-dist wrote: whole, but unknown.
  package let isOfNewerFile: Bool

  /// Whether it says that a file is damaged or foreign, so that an older one may stand in for it.
  package var isDamage: Bool { exitCode == .data && !isOfNewerFile }

  /// An error that ends the process with `exitCode`.
  package init(
    _ exitCode: ExitCode, _ message: String, remedy: String? = nil, isOfNewerFile: Bool = false
  ) {
    self.isOfNewerFile = isOfNewerFile
    self.exitCode = exitCode
    self.message = message
    self.remedy = remedy
  }

  /// One line: the message, then the remedy.
  package var description: String {
    remedy.map { "\(message); \($0)" } ?? message
  }
}

extension CSGError {
  /// A damaged or foreign data file.
  package static func data(_ path: String, _ what: String, remedy: String? = nil) -> CSGError {
    CSGError(.data, "\(path): \(what)", remedy: remedy)
  }

  /// A data file that a newer csg-dist has written.
  package static func newer(_ path: String) -> CSGError {
    CSGError(
      .data, "\(path): comes from a newer csg-dist", remedy: "read it with that version",
      isOfNewerFile: true)
  }

  /// A configuration value that is wrong, named by its key path.
  package static func configuration(_ key: String, _ what: String, remedy: String? = nil)
    -> CSGError
  {
    CSGError(.configuration, "\(key): \(what)", remedy: remedy)
  }
}
