import Core
import Foundation
import Storage

/// The folder in which a data set grows before it is put in place, kept to one process by a lock.
///
/// A lock of the open file (flock), which the system drops when the process ends, however it ends: who
/// has it knows that a folder which is there already was left behind.
final class Workshop {
  private let output: String
  private let descriptor: Int32

  /// Where it lies within the folder of the data set.
  static func path(in output: String) -> String { "\(output)/.prepare.partial" }

  private static func lock(in output: String) -> String { "\(output)/.prepare.lock" }

  /// The splits that a process put in place before it was killed between the two: out of the workshop,
  /// where the other still lies.
  static func halfPlaced(in output: String) throws -> [String] {
    let splits = ["train", "test"]
    func holds(_ folder: String, _ split: String) throws -> Bool {
      try FileSystem.kind(of: "\(folder)/\(split)", followingLinks: false) == .folder
    }
    let (waiting, gone) = try (
      splits.filter { try holds(path(in: output), $0) },
      splits.filter { try !holds(path(in: output), $0) && holds(output, $0) }
    )
    return waiting.count == 1 ? gone : []
  }

  /// Removes what a process left that was killed after both splits were in place.
  static func removeLeftovers(in output: String) throws {
    for left in [path(in: output), lock(in: output)]
    where try FileSystem.kind(of: left, followingLinks: false) != nil {
      try Workshop(in: output, progress: { _ in }).close()
      return
    }
  }

  /// Locks `output`, and removes what a process that did not come to its end left there; `progress` is
  /// told.
  /// - Throws: `CSGError` 73 where another process has the lock, or the folder cannot be written.
  init(in output: String, progress: (String) -> Void) throws {
    try AtomicFile.createFolder(output)
    let (path, lock) = (Self.path(in: output), Self.lock(in: output))
    descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CSGError(
        .cannotCreate, "\(output): cannot be written: \(String(cString: strerror(errno)))",
        remedy: "choose another place, or check its rights")
    }
    self.output = output
    let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    guard isLocked || errno != EWOULDBLOCK, Self.isStill(lock, descriptor) else {
      Foundation.close(descriptor)
      throw CSGError(
        .cannotCreate, "\(output): another process is preparing a data set there",
        remedy: "wait for it, stop it, or name another --output")
    }
    guard try FileSystem.kind(of: path, followingLinks: false) != nil else { return }
    guard isLocked else {
      Foundation.close(descriptor)
      throw CSGError(
        .cannotCreate,
        "\(path): exists, and this file system has no locks to tell whether it is in use",
        remedy: "remove it if no other process prepares a data set there")
    }
    do {
      for split in try Self.halfPlaced(in: output) { try FileSystem.remove("\(output)/\(split)") }
      try FileSystem.remove(path)
    } catch {
      close()
      throw CSGError(.cannotCreate, "\(path): cannot be removed", remedy: "check its rights")
    }
    progress("removed \(path): another prepare had not come to its end")
  }

  /// Whether the lock's file is the open one: one that had the lock removes it at its end.
  private static func isStill(_ lock: String, _ descriptor: Int32) -> Bool {
    var (named, opened) = (stat(), stat())
    return stat(lock, &named) == 0 && fstat(descriptor, &opened) == 0
      && (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
  }

  /// Removes the folder, with what was not put in place, and gives the lock back. What stays because
  /// that fails is the next process's to remove.
  func close() {
    try? FileSystem.remove(Self.path(in: output))
    _ = unlink(Self.lock(in: output))
    FileSystem.closeLocked(descriptor)
  }
}
