import Core
import Foundation
import Inference
import Storage

/// Keeps a run directory to one job: a second one that would write it is refused.
///
/// A lock of the open file (flock), which the system drops when the process ends, however it ends. It
/// holds as long as the file has its name: a directory that is removed and made anew is another job's. The file
/// says which process of which host holds it, or held it last, for whoever wants to stop that: `launch/run --stop`.
final class RunLock {
  private let descriptor: Int32
  private let path: String, directory: String

  /// Locks `RUN/.lock`.
  /// - Throws: `CSGError` 73 where another process holds it, or the directory cannot be written.
  init(_ directory: RunDirectory) throws {
    self.directory = directory.path
    path = "\(directory.path)/.lock"
    try AtomicFile.createFolder(directory.path)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      let fault = FileSystem.fault("open", path, errno, refused: .cannotCreate)
      throw CSGError(
        fault.exitCode, "\(directory.path): cannot be written: \(fault.message)",
        remedy: fault.remedy)
    }
    // A file system without locks is no reason to refuse a run.
    let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    guard isLocked || errno != EWOULDBLOCK, Self.isNamed(path, descriptor) else {
      close(descriptor)
      throw CSGError(
        .cannotCreate, "\(directory.path): another process is writing this run",
        remedy:
          "wait for it, stop it by launch/run --stop \(directory.path), or choose another --output")
    }
    if isLocked { describe() }
  }

  /// Writes who holds the lock. A run whose disk has no room for that can do without.
  private func describe() {
    guard let host = HostName.current else { return }
    let text = Array("process \(getpid())\nhost \(host)\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  /// Checks, before something is written under a name, that the directory is still the one that was
  /// locked.
  /// - Throws: `CSGError` 73 where it was removed, or made anew.
  func requireHeld() throws {
    guard !Self.isNamed(path, descriptor) else { return }
    throw CSGError(
      .cannotCreate,
      "\(directory): the directory was removed or made anew while this job ran: nothing more is written",
      remedy: "look for another job that writes there, or choose another --output")
  }

  /// Whether the open file is the one that has the name.
  private static func isNamed(_ path: String, _ descriptor: Int32) -> Bool {
    var (named, opened) = (stat(), stat())
    return lstat(path, &named) == 0 && fstat(descriptor, &opened) == 0
      && (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
  }

  deinit { FileSystem.closeLocked(descriptor) }
}
