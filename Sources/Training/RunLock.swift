import Core
import Foundation
import Storage

/// Keeps a run directory to one job: a second one that would write it is refused.
///
/// A lock of the open file (flock), which the system drops when the process ends, however it ends.
final class RunLock {
  private let descriptor: Int32

  /// Locks `RUN/.lock`.
  /// - Throws: `CSGError` 73 where another process holds it, or the directory cannot be written.
  init(_ directory: RunDirectory) throws {
    try AtomicFile.createFolder(directory.path)
    descriptor = open("\(directory.path)/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CSGError(
        .cannotCreate, "\(directory.path): cannot be written: \(String(cString: strerror(errno)))",
        remedy: "choose another place, or check its rights")
    }
    // A file system without locks is no reason to refuse a run.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      close(descriptor)
      throw CSGError(
        .cannotCreate, "\(directory.path): another process is writing this run",
        remedy: "wait for it, stop it, or choose another --output")
    }
  }

  deinit { close(descriptor) }
}
