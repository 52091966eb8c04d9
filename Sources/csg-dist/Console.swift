import Communicator
import Core
import Foundation

/// The two doors out: results on stdout, everything else on stderr; rank 0 speaks.
enum Console {
  /// This rank as the launcher numbers it, known before MPI starts.
  static let rank = Launcher().rank ?? 0

  static var isRoot: Bool { rank == 0 }

  /// Gives rank 0 time to tell a fault that all ranks see; it ends this rank meanwhile.
  static func waitForRoot() { Thread.sleep(forTimeInterval: 2) }

  /// A result, on stdout.
  /// - Throws: `CSGError` 74 where it cannot be written; a reader that has gone is no fault.
  static func result(_ text: String) throws {
    guard isRoot else { return }
    guard write(text + "\n", to: STDOUT_FILENO) || errno == EPIPE else {
      throw CSGError(
        .inputOutput, "stdout cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  /// A result as JSON, on stdout.
  static func result(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try result(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// A line on stderr, from any rank, at once.
  static func line(_ text: String) { raw(text + "\n") }

  /// A line on stderr from rank 0.
  static func log(_ text: String) {
    if isRoot { line(text) }
  }

  /// What a result may be wrong for, on stderr from rank 0.
  static func warn(_ text: String) { log("warning: \(text)") }

  /// What clears a terminal from the beginning of the cursor's line on.
  static let clearing = "\r\u{1B}[J"

  /// Raw text on stderr. That nobody can read it does not stop the work.
  static func raw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 || count < 0 && errno == EINTR else { return false }
      rest = rest.dropFirst(max(count, 0))
    }
    return true
  }

  /// Who reads stderr.
  enum Reader {
    /// Someone at a terminal: a line can be drawn again and again.
    case terminal
    /// Someone at mpirun's terminal. It comes there through pipes, between other ranks' lines: a line stays.
    case terminalOfLauncher
    /// A file or a program.
    case log
  }

  /// Who reads this process's stderr, as far as it can be known.
  static let reader: Reader = {
    if isatty(STDERR_FILENO) == 1 {
      let kind = ProcessInfo.processInfo.environment["TERM"]
      return kind == "dumb" ? .terminalOfLauncher : .terminal
    }
    guard Communicator.isLaunched() else { return .log }
    let descriptor = open("/proc/\(getppid())/fd/2", O_WRONLY | O_NOCTTY)
    guard descriptor >= 0 else { return .log }
    defer { close(descriptor) }
    return isatty(descriptor) == 1 ? .terminalOfLauncher : .log
  }()

  /// Whether a line can be drawn again and again.
  static var isTerminal: Bool { reader == .terminal }

  /// Columns of the terminal as it is now; 80 where it does not say.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Draws a line in place of the last one that was drawn. The cursor waits at its beginning: where a terminal
  /// becomes narrower and breaks what stands there over several lines, all of it is still below the cursor.
  static func draw(_ text: String) {
    raw(clearing + text.prefix(max(columns - 1, 1)) + "\r")
  }
}
