import Foundation

/// Files and folders by the system's own calls. Nothing passes for missing but what the system says is
/// not there: a fault of the disk, of rights or of limits is thrown, each with a sentence of its own.
package enum FileSystem {
  /// What a path names.
  package enum Kind: Sendable { case file, folder, link, other }

  /// What lies at `path`; nil where nothing does. A link counts as what it leads to, or, unless
  /// `followingLinks`, as a link; one that leads nowhere is nothing.
  package static func kind(of path: String, followingLinks: Bool = true) throws -> Kind? {
    try kind(of: Array(path.utf8), followingLinks: followingLinks)
  }

  /// The same for a path that need not be UTF-8.
  package static func kind(of path: [UInt8], followingLinks: Bool = true) throws -> Kind? {
    var information = stat()
    let code = (path + [0]).withUnsafeBytes { bytes -> Int32 in
      guard let name = bytes.bindMemory(to: CChar.self).baseAddress else { return -1 }
      return followingLinks ? stat(name, &information) : lstat(name, &information)
    }
    guard code == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw fault("look at", FileName(path).shown, errno)
    }
    return switch information.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    case S_IFLNK: .link
    default: .other
    }
  }

  /// Whether something lies at `path`, links followed.
  package static func exists(_ path: String) throws -> Bool { try kind(of: path) != nil }

  /// Whether two paths name one file.
  package static func isSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(a, &first) == 0 && stat(b, &second) == 0
      && (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)
  }

  /// Closes a file that this process had locked (flock), and gives the lock back first: a process that is just
  /// being started has a copy of the descriptor until it becomes another program, and would keep the lock with it.
  package static func closeLocked(_ descriptor: Int32) {
    _ = flock(descriptor, LOCK_UN)
    _ = close(descriptor)
  }

  /// Bytes of the file at `path`; nil where there is none.
  package static func size(of path: String) throws -> Int? {
    var information = stat()
    guard stat(path, &information) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw fault("look at", path, errno)
    }
    return Int(information.st_size)
  }

  /// The bytes of the file at `path`; nil where there is none. What never ends, or waits for another
  /// process, is not read: a device, a socket or, unless `allowingPipes`, a pipe.
  /// - Throws: `CSGError` 66 where it may not be read or is a folder, 65 where it is no file, 74 where
  ///   reading fails.
  package static func contents(of path: String, allowingPipes: Bool = false) throws -> [UInt8]? {
    var kind = stat()
    guard stat(path, &kind) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw fault("look at", path, errno)
    }
    switch kind.st_mode & S_IFMT {
    case S_IFREG, S_IFDIR: break
    case S_IFIFO where allowingPipes: break
    default: throw CSGError.data(path, "is no file, but a device, pipe or socket")
    }
    // Should it become a pipe now, opening does not wait for a writer.
    let waiting = allowingPipes ? 0 : O_NONBLOCK
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | waiting)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw fault("open", path, errno)
    }
    defer { _ = close(descriptor) }  // nothing was written
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw fault("look at", path, errno) }
    guard information.st_mode & S_IFMT != S_IFDIR else {
      throw CSGError(.noInput, "\(path): is a folder, not a file")
    }
    var bytes: [UInt8] = []
    var room = max(Int(information.st_size) + 1, 1 << 12)  // a pipe, or /proc, tells of none
    while true {
      let part = try [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
        while filled < buffer.count {
          let count = read(
            descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
          if count < 0 && errno == EINTR { continue }
          guard count >= 0 else { throw fault("read", path, errno) }
          if count == 0 { break }
          filled += count
        }
      }
      bytes = bytes.isEmpty ? part : bytes + part
      if part.count < room { return bytes }
      room = 1 << 16
    }
  }

  /// The first bytes of the file at `path`, at most so many.
  /// - Throws: `CSGError` 66 where it may not be read, 74 where reading fails.
  package static func start(of path: String, count: Int) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw fault("open", path, errno) }
    defer { _ = close(descriptor) }  // nothing was written
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let part = read(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
        if part < 0 && errno == EINTR { continue }
        guard part >= 0 else { throw fault("read", path, errno) }
        if part == 0 { break }
        filled += part
      }
    }
  }

  /// The XXH3-128 of the file at `path`, read in pieces; nil where there is none.
  package static func digest(of path: String) throws -> Digest? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw fault("open", path, errno)
    }
    defer { _ = close(descriptor) }  // nothing was written
    let builder = DigestBuilder()
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw fault("read", path, errno) }
      guard count > 0 else { return builder.digest() }
      piece.withUnsafeBytes { builder.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  /// The names in a folder, in the order of their bytes; nil where there is no such folder.
  package static func names(in folder: String) throws -> [FileName]? {
    guard let stream = opendir(folder) else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw fault("list", folder, errno)
    }
    defer { _ = closedir(stream) }
    var names: [FileName] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw fault("list", folder, errno) }
        return names.sorted()
      }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { $0.prefix { $0 != 0 }.map { $0 } }
      if bytes != [46] && bytes != [46, 46] { names.append(FileName(bytes)) }  // "." and ".."
    }
  }

  /// The names in a folder that are UTF-8; none where there is no such folder.
  package static func texts(in folder: String) throws -> [String] {
    (try names(in: folder) ?? []).compactMap(\.text)
  }

  /// Where the link at `path` leads, as it is written; nil where no link is there.
  package static func target(ofLink path: String) throws -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(path, &buffer, Int(PATH_MAX))
    guard count >= 0 else {
      if [ENOENT, ENOTDIR, EINVAL].contains(errno) { return nil }
      throw fault("read", path, errno)
    }
    return FileName(buffer[..<count].map(UInt8.init(bitPattern:))).shown
  }

  /// Removes a file, a link, or a folder with all that is in it; nothing where nothing is there.
  package static func remove(_ path: String) throws {
    guard let kind = try kind(of: path, followingLinks: false) else { return }
    if kind == .folder {
      for name in try names(in: path) ?? [] {
        guard let text = name.text else {
          throw CSGError(.cannotCreate, "\(path)/\(name.shown): cannot be removed by its name")
        }
        try remove("\(path)/\(text)")
      }
    }
    guard kind == .folder ? rmdir(path) == 0 : unlink(path) == 0 else {
      if errno == ENOENT { return }
      throw fault("remove", path, errno, refused: .cannotCreate)
    }
  }

  // MARK: The environment's errors

  /// What the system said of a call on `path`: `errno`, as an error with a sentence of its own.
  ///
  /// What is missing or forbidden has the code `refused`: 66 of inputs, 73 of outputs that are to be
  /// made. All else that reading or writing meets is 74. Damage is never meant.
  package static func fault(
    _ verb: String, _ path: String, _ number: Int32, refused: ExitCode = .noInput
  ) -> CSGError {
    let text = String(cString: strerror(number))
    let (code, remedy): (ExitCode, String?) =
      switch number {
      case ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EISDIR, EEXIST, ENOTEMPTY:
        (refused, "check the path")
      case EACCES, EPERM: (refused, "check its rights")
      case EROFS: (refused, "choose another place")
      case EMFILE, ENFILE: (.inputOutput, "raise the limit of open files (ulimit -n)")
      case ENOSPC: (.inputOutput, "free some space")
      case EDQUOT: (.inputOutput, "free some of your quota")
      case EFBIG: (.inputOutput, "raise the limit of a file's size (ulimit -f)")
      case ENOMEM: (.inputOutput, "free some memory")
      case ESTALE: (.inputOutput, "look whether the file was replaced on its server")
      case EIO: (.inputOutput, "check the disk")
      default: (.inputOutput, nil)
      }
    return CSGError(code, "\(path): cannot \(verb): \(text)", remedy: remedy)
  }
}

/// A name as the system keeps it: bytes, which are UTF-8 by custom only. Two names are equal if their
/// bytes are: U+00E9 and e with U+0301 look alike and are two names.
package struct FileName: Hashable, Comparable, Sendable {
  /// Without a terminating zero.
  package let bytes: [UInt8]

  /// A name of these bytes.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The name as text; nil where it is not UTF-8.
  package var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The name for people: what is not UTF-8, or would not print, as `\xNN`.
  package var shown: String {
    guard let text else {
      return bytes.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : Self.hex($0) }
        .joined()
    }
    return text.unicodeScalars.map { scalar in
      scalar.value < 0x20 || scalar.value == 0x7F ? Self.hex(UInt8(scalar.value)) : String(scalar)
    }.joined()
  }

  /// The name with every letter beyond ASCII as `\u{N}`: tells apart what looks alike.
  package var spelled: String {
    guard let text else { return shown }
    return text.unicodeScalars.map {
      $0.isASCII ? String($0) : "\\u{\(String($0.value, radix: 16))}"
    }
    .joined()
  }

  private static func hex(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// By bytes.
  package static func < (a: FileName, b: FileName) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes)
  }
}
