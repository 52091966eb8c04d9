import Core
import Foundation
import Storage

/// `FILE.h5.partial`: the samples that are done, block after block, from which a run that was stopped or
/// killed goes on.
///
/// What the run is comes first, then each block, each behind its length and XXH3-64. A block that was cut
/// when the process was killed is left out and made anew. One process at a time has the file, by a lock
/// that the system drops when the process ends.
package final class AttackJournal {
  private static let magic = Array("csg-dist attack\n".utf8)
  /// Where it lies.
  package let path: String
  private let descriptor: Int32
  /// Where each block's bytes lie in the file.
  private var blocks: [Range<Int>] = []
  private var end = 0

  /// Where the file lies that becomes `output`.
  package static func path(of output: String) -> String { output + ".partial" }

  /// Whole blocks.
  package var count: Int { blocks.count }

  /// Opens what an earlier process left of the same run, or begins anew. `blockBytes` says how long a
  /// block is.
  /// - Throws: `CSGError` 78 where it is another run's, 73 where another process has it or it cannot be
  ///   made, 65 where it is no such file.
  package init(of output: String, run: [Agreement], blockBytes: (_ block: Int) -> Int) throws {
    path = Self.path(of: output)
    guard try [nil, .file].contains(FileSystem.kind(of: path, followingLinks: false)) else {
      throw CSGError(.cannotCreate, "\(path): is no file", remedy: "name another --output")
    }
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileSystem.fault("create", path, errno, refused: .cannotCreate)
    }
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
        throw CSGError(
          .cannotCreate, "\(path): another process is writing it",
          remedy: "wait for it, stop it, or name another --output")
      }
      try start(run, blockBytes)
    } catch {
      FileSystem.closeLocked(descriptor)
      throw error
    }
  }

  deinit { FileSystem.closeLocked(descriptor) }

  private func start(_ run: [Agreement], _ blockBytes: (Int) -> Int) throws {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let head = try RunRecord.bytes(run)
    if size < Self.magic.count {
      guard try read(0..<size) == Self.magic[..<size].map({ $0 }) else {
        throw CSGError.data(
          path, "is not what csg-dist attack leaves", remedy: "name another --output")
      }
      try append(Self.magic, framed: false)
      _ = try append(head, framed: true)
      return
    }
    guard try read(0..<Self.magic.count) == Self.magic else {
      throw CSGError.data(
        path, "is not what csg-dist attack leaves", remedy: "name another --output")
    }
    end = Self.magic.count
    if let place = try nextFrame(size, bytes: nil) {
      try requireSame(run, as: read(place))
    } else {
      // Cut before anything was done, or damaged: whose blocks follow, nobody knows.
      try cut()
      _ = try append(head, framed: true)
      return
    }
    while let place = try nextFrame(size, bytes: blockBytes(blocks.count)) { blocks.append(place) }
    try cut()
  }

  private func cut() throws {
    guard ftruncate(descriptor, off_t(end)) == 0 else {
      throw FileSystem.fault("cut", path, errno, refused: .inputOutput)
    }
  }

  private func requireSame(_ run: [Agreement], as bytes: [UInt8]) throws {
    guard let difference = try RunRecord.difference(run, from: bytes, at: path) else { return }
    throw CSGError(
      .configuration, "\(path): is of another run: \(difference)",
      remedy: "give the same command, remove it, or name another --output")
  }

  // MARK: Frames

  /// Where the bytes of the next whole frame lie, of a file of `size`; nil where none follows. Frames of
  /// blocks have a known length.
  private func nextFrame(_ size: Int, bytes: Int?) throws -> Range<Int>? {
    let start = end + 16
    guard start <= size else { return nil }
    let head = try read(end..<start)
    func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let count = Int(clamping: word(head[..<8]))
    guard count <= size - start, bytes ?? count == count else { return nil }
    let place = start..<start + count
    guard try .xxh3(read(place)) == word(head[8...]) else { return nil }
    end = place.upperBound
    return place
  }

  /// Adds a block, on the disk when this returns.
  package func append(block: [UInt8]) throws {
    blocks.append(try append(block, framed: true))
    guard fsync(descriptor) == 0 else {
      throw FileSystem.fault("bring to the disk (fsync)", path, errno, refused: .inputOutput)
    }
  }

  @discardableResult
  private func append(_ bytes: [UInt8], framed: Bool) throws -> Range<Int> {
    let words = framed ? [UInt64(bytes.count), .xxh3(bytes)] : []
    let head = words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    guard lseek(descriptor, off_t(end), SEEK_SET) >= 0 else {
      throw FileSystem.fault("write", path, errno, refused: .inputOutput)
    }
    try AtomicFile.append(head + bytes, to: descriptor, path: path)
    let place = end + head.count..<end + head.count + bytes.count
    end = place.upperBound
    return place
  }

  /// The bytes of a block.
  package func block(_ number: Int) throws -> [UInt8] { try read(blocks[number]) }

  private func read(_ place: Range<Int>) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: place.count)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, off_t(place.lowerBound + done))
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileSystem.fault("read", path, errno) }
      guard count > 0 else { throw CSGError.data(path, "was cut while it was read") }
      done += count
    }
    return bytes
  }

  /// Removes the file: what it held is elsewhere.
  package func remove() throws { try FileSystem.remove(path) }
}
