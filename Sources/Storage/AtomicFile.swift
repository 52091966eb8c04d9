import Core
import Foundation

/// Files that are there whole or not at all.
public enum AtomicFile {
  /// Lets `write` fill a temporary file beside `path`, then puts it in place: closed → fsync →
  /// renamed → folder fsync. Whatever fails, nothing half-written has the name.
  /// - Throws: what `write` throws, or `CSGError` 73 or 74.
  public static func write(to path: String, _ write: (_ temporary: String) throws -> Void) throws {
    let folder = folder(of: path)
    let name = (path as NSString).lastPathComponent
    let temporary = "\(folder)/.\(name).\(getpid()).partial"
    _ = unlink(temporary)
    do {
      try write(temporary)
      try synchronize(temporary)
      try check(rename(temporary, path), "rename", path)
      try synchronize(folder)
    } catch {
      _ = unlink(temporary)
      throw error
    }
  }

  /// Puts `bytes` at `path`.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { temporary in
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw failure("create", path, code: .cannotCreate) }
      defer { close(descriptor) }
      var written = 0
      while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes {
          Foundation.write(descriptor, $0.baseAddress, $0.count)
        }
        guard count > 0 else { throw failure("write", path) }
        written += count
      }
    }
  }

  /// Puts a symbolic link to `target` at `path`, replacing another.
  public static func link(_ path: String, to target: String) throws {
    let temporary = "\(path).\(getpid()).partial"
    _ = unlink(temporary)
    try check(symlink(target, temporary), "symlink", path)
    try check(rename(temporary, path), "rename", path)
    try synchronize(folder(of: path))
  }

  /// Creates a folder and those above it.
  /// - Throws: `CSGError` 73.
  public static func createFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CSGError(
        .cannotCreate, "\(path): the folder cannot be created",
        remedy: "choose another place, or check its rights")
    }
  }

  private static func folder(of path: String) -> String {
    let folder = path.parentFolder
    return folder.isEmpty ? "." : folder
  }

  /// Waits until a file, or the names in a folder, are on the disk.
  public static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    try check(fsync(descriptor), "fsync", path)
  }

  private static func check(_ code: Int32, _ call: String, _ path: String) throws {
    if code != 0 { throw failure(call, path) }
  }

  private static func failure(
    _ call: String, _ path: String, code: ExitCode = .inputOutput
  ) -> CSGError {
    CSGError(code, "\(path): cannot \(call): \(String(cString: strerror(errno)))")
  }
}
