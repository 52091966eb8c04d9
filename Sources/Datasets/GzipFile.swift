import CZlib
import Core
import Foundation

/// Whole files, unpacked on the way where they are gzip.
enum GzipFile {
  /// The largest content that is accepted: a bomb does not fill the memory.
  private static let limit = 1 << 32

  /// The content of `path`, plain or gzip.
  /// - Throws: `CSGError` 66 where it cannot be opened, 65 where it is cut or damaged.
  static func read(_ path: String) throws -> [UInt8] {
    guard let file = gzopen(path, "rb") else {
      throw FileSystem.fault("open", path, errno)
    }
    defer { gzclose_r(file) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = gzread(file, &buffer, UInt32(buffer.count))
      var code: Int32 = 0
      _ = gzerror(file, &code)
      guard code != Z_ERRNO else { throw FileSystem.fault("read", path, errno) }
      guard count >= 0, code == Z_OK || code == Z_STREAM_END else {
        throw CSGError.data(
          path, "is damaged or cut near byte \(gzoffset(file)) of the packed file",
          remedy: "fetch it again")
      }
      guard count > 0 else { return content }
      content.append(contentsOf: buffer[0..<Int(count)])
      guard content.count <= limit else {
        throw CSGError.data(path, "unpacks to more than \(limit) bytes")
      }
    }
  }
}
