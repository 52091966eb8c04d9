import Communicator
import Core
import Foundation

/// The two doors out: results on stdout, everything else on stderr; rank 0 speaks.
enum Console {
  /// This rank as the launcher numbers it, known before MPI starts.
  static let rank: Int = {
    let environment = ProcessInfo.processInfo.environment
    let names = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"]
    return names.lazy.compactMap { environment[$0].flatMap(Int.init) }.first ?? 0
  }()

  static var isRoot: Bool { rank == 0 }

  /// Gives rank 0 time to tell a fault that all ranks see; it ends this rank meanwhile.
  static func waitForRoot() { Thread.sleep(forTimeInterval: 2) }

  /// A result, on stdout.
  static func result(_ text: String) {
    if isRoot { write(text + "\n", to: .standardOutput) }
  }

  /// A result as JSON, on stdout.
  static func result(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    result(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// A line on stderr, from any rank, at once.
  static func line(_ text: String) { write(text + "\n", to: .standardError) }

  /// A line on stderr from rank 0.
  static func log(_ text: String) {
    if isRoot { line(text) }
  }

  /// Raw text on stderr.
  static func raw(_ text: String) { write(text, to: .standardError) }

  private static func write(_ text: String, to file: FileHandle) {
    // A reader that has gone is no fault of the work.
    try? file.write(contentsOf: Data(text.utf8))
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
