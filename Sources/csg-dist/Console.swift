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

  /// What clears a terminal's line.
  static let clearing = "\r\u{1B}[K"

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

  /// Whether someone watches stderr on a terminal. Under mpirun a rank's stderr is a pipe; then
  /// what counts is mpirun's own.
  static let isTerminal: Bool = {
    if isatty(STDERR_FILENO) == 1 { return true }
    guard Communicator.isLaunched() else { return false }
    let descriptor = open("/proc/\(getppid())/fd/2", O_WRONLY | O_NOCTTY)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return isatty(descriptor) == 1
  }()
}
