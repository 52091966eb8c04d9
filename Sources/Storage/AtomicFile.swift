import Core
import Foundation

/// Files that are there whole or not at all.
package enum AtomicFile {
  /// Lets `write` fill a temporary file beside `path`, then puts it in place: closed → fsync →
  /// renamed → folder fsync. Whatever fails, nothing half-written has the name.
  /// - Throws: what `write` throws, or `CSGError` 73 or 74.
  package static func write(to path: String, _ write: (_ temporary: String) throws -> Void) throws {
    let folder = folder(of: path)
    let temporary = temporary(of: path)
    guard try FileSystem.kind(of: path, followingLinks: false) != .other else {
      throw CSGError(
        .cannotCreate, "\(path): is no file, but a device, pipe or socket",
        remedy: "name another place")
    }
    let name = (path as NSString).lastPathComponent
    try? sweep(folder, .ofEndedProcesses) { $0 == name }  // what stays does no harm to this file
    do {
      try write(temporary)
      try synchronize(temporary)
      guard rename(temporary, path) == 0 else { throw failure("rename what was written to", path) }
      try synchronizeNames(in: folder)
    } catch {
      _ = unlink(temporary)
      throw error
    }
  }

  /// Puts `bytes` at `path`.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try writePieces(to: path) { append in try append(bytes) }
  }

  /// Puts at `path` what `pieces` appends piece by piece.
  /// - Throws: what `pieces` throws, or `CSGError` 73 or 74.
  package static func writePieces(
    to path: String, _ pieces: (_ append: ([UInt8]) throws -> Void) throws -> Void
  ) throws {
    try write(to: path) { temporary in
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw FileSystem.fault("create", path, errno, refused: .cannotCreate)
      }
      do {
        try pieces { bytes in try append(bytes, to: descriptor, path: path) }
      } catch {
        _ = close(descriptor)
        throw error
      }
      // A network's file system may tell only now that something could not be written.
      guard close(descriptor) == 0 else { throw failure("write", path) }
    }
  }

  /// Copies the bytes of a file, or of what a link leads to, into a new one.
  /// - Throws: `CSGError` 73 or 74; a part may be written then.
  package static func copy(_ path: String, to copy: String) throws {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw FileSystem.fault("open", path, errno) }
    defer { _ = close(source) }  // nothing was written through it
    let target = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard target >= 0 else {
      throw FileSystem.fault("create", copy, errno, refused: .cannotCreate)
    }
    do {
      var piece = [UInt8](repeating: 0, count: 1 << 20)
      while true {
        let count = piece.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw FileSystem.fault("read", path, errno) }
        if count == 0 { break }
        try append(Array(piece[..<count]), to: target, path: copy)
      }
    } catch {
      _ = close(target)
      throw error
    }
    guard close(target) == 0 else { throw failure("write", copy) }
  }

  /// Writes all of `bytes` where `descriptor` stands; `path` is for errors.
  /// - Throws: `CSGError` 74; a part may be written then.
  package static func append(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Foundation.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("write", path) }
      written += count
    }
  }

  /// Makes `path` lead to `target`, whatever it led to: by a symbolic link, or, where the file system has
  /// none, by a text file of that one line.
  package static func link(_ path: String, to target: String) throws {
    let temporary = temporary(of: path)
    guard try makeLink(temporary, to: target, path) else {
      return try write(Array("\(target)\n".utf8), to: path)
    }
    guard rename(temporary, path) == 0 else {
      let fault = failure("put the link in place", path)
      _ = unlink(temporary)
      throw fault
    }
    try synchronizeNames(in: folder(of: path))
  }

  /// Whether the file system of a folder has symbolic links.
  /// - Throws: `CSGError` 73 or 74 where it has, but makes none now.
  package static func hasLinks(_ folder: String) throws -> Bool {
    let path = "\(folder)/link"
    let temporary = temporary(of: path)
    defer { _ = unlink(temporary) }
    return try makeLink(temporary, to: "nowhere", path)
  }

  /// Makes the link that is to be `path`; false where the file system has none.
  private static func makeLink(_ temporary: String, to target: String, _ path: String) throws
    -> Bool
  {
    _ = unlink(temporary)
    if symlink(target, temporary) == 0 { return true }
    // FAT and exFAT say EPERM, SMB ENOTSUP or EACCES, FUSE ENOSYS.
    guard ![EPERM, EACCES, ENOTSUP, ENOSYS, EINVAL].contains(errno) else { return false }
    throw failure("make the link", path)
  }

  /// Creates a folder and those above it.
  /// - Throws: `CSGError` 73.
  package static func createFolder(_ path: String) throws {
    guard try FileSystem.kind(of: path) != .folder else { return }
    var missing = [path]
    while let last = missing.last, case let parent = folder(of: last), parent != last,
      try FileSystem.kind(of: parent) == nil
    { missing.append(parent) }
    for folder in missing.reversed() where mkdir(folder, 0o777) != 0 && errno != EEXIST {
      let reason = String(cString: strerror(errno))
      throw CSGError(
        .cannotCreate, "\(path): the folder cannot be created: \(reason)",
        remedy: "choose another place, or check its rights")
    }
    guard try FileSystem.kind(of: path) == .folder else {
      throw CSGError(
        .cannotCreate, "\(path): the folder cannot be created: a file has its name",
        remedy: "choose another place, or remove it")
    }
  }

  private static func folder(of path: String) -> String {
    let folder = path.parentFolder
    return folder.isEmpty ? "." : folder
  }

  /// Waits until a file is on the disk.
  package static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { _ = close(descriptor) }  // nothing was written through it
    guard fsync(descriptor) == 0 else { throw failure("bring to the disk (fsync)", path) }
  }

  /// Waits until the names in a folder are on the disk, where its file system can tell.
  package static func synchronizeNames(in folder: String) throws {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", folder) }
    defer { _ = close(descriptor) }  // nothing was written through it
    guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, ENOSYS].contains(errno) else {
      throw failure("bring to the disk (fsync)", folder)
    }
  }

  // MARK: Temporary files

  private static let ending = ".partial"

  /// Where what is to be `path` grows: `.NAME.PID.partial`, hidden beside it.
  private static func temporary(of path: String) -> String {
    "\(folder(of: path))/.\((path as NSString).lastPathComponent).\(getpid())\(ending)"
  }

  /// The process whose temporary file for a file called `file` has this name: `.FILE.PID.partial`, or,
  /// of older versions' links, `FILE.PID.partial`; nil for any other name.
  private static func process(ofTemporary name: String, for isOurs: (String) -> Bool) -> Int32? {
    guard name.hasSuffix(ending) else { return nil }
    let stem = name.dropLast(ending.count)
    guard let dot = stem.lastIndex(of: "."), dot > stem.startIndex,
      let process = Int32(stem[stem.index(after: dot)...])
    else { return nil }
    let file = stem[..<dot]
    return isOurs(String(file.first == "." ? file.dropFirst() : file)) ? process : nil
  }

  /// Whose temporary files are left over.
  package enum Leftovers: Sendable {
    /// Anybody's: the caller knows that no other process writes these files.
    case all
    /// Those of processes that have ended, as far as this host knows.
    case ofEndedProcesses
  }

  /// Removes the temporary files that processes which were killed have left in a folder, of the files
  /// whose names `isOurs` takes.
  package static func sweep(
    _ folder: String, _ leftovers: Leftovers, of isOurs: (String) -> Bool
  ) throws {
    for name in try FileSystem.texts(in: folder) {
      guard let process = process(ofTemporary: name, for: isOurs) else { continue }
      let isAlive = process != getpid() && (kill(process, 0) == 0 || errno != ESRCH)
      if isAlive, case .ofEndedProcesses = leftovers { continue }
      let place = "\(folder)/\(name)"
      if try FileSystem.kind(of: place, followingLinks: false) != .folder {
        try FileSystem.remove(place)
      }
    }
  }

  private static func failure(_ verb: String, _ path: String) -> CSGError {
    FileSystem.fault(verb, path, errno, refused: .inputOutput)
  }
}
