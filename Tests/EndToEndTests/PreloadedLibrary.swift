import Foundation
import TestSupport

/// A C source of `Tests/Faults`, built to be laid before the C library.
struct PreloadedLibrary: Sendable {
  /// A C compiler in PATH.
  static let compiler = Places.compiler
  static let noCompiler = "SKIPPED: no C compiler (cc, clang, gcc) for Tests/Faults"

  private let folder: TemporaryFolder

  /// Builds `Tests/Faults/NAME.c`.
  init(_ name: String) throws {
    folder = try TemporaryFolder()
    let source = "\(Places.root)/Tests/Faults/\(name).c"
    let command = [Self.compiler ?? "cc", "-shared", "-fPIC", "-O1", source]
    let compiled = try Program(
      command: command + ["-o", path, "-ldl", "-lpthread"], in: folder.path
    ).finish()
    guard compiled.status == 0 else { throw NotBuilt(errors: compiled.errors) }
  }

  private struct NotBuilt: Error { let errors: String }

  /// For LD_PRELOAD.
  var path: String { folder("library.so") }
}
