import CZlib
import Core
import Foundation

/// The outer layer of a MAT 5 file: a header of 128 bytes, then elements of type, length and content.
///
/// Only a compressed element has a checksum, that of zlib; so every element must be compressed.
///
/// Source: MathWorks, "MAT-File Format", MAT-File Level 5.
package enum MatContainer {
  private static let headerBytes = 128
  private static let compressed: UInt32 = 15
  /// The largest content that is accepted, in bytes: 2,147 masks of 500 × 500. A bomb does not fill the
  /// memory.
  package static let limit = 1 << 29

  /// The variables of a file, unpacked, checksums compared; of each the whole `miMATRIX` element.
  /// Neither the file nor what it unpacks to may have more than `limit` bytes.
  /// - Throws: `CSGError` 66 where the file cannot be read, 65 where it is damaged, cut, too large or
  ///   of another version.
  package static func variables(
    of path: String, atMost limit: Int = limit
  ) throws -> [[UInt8]] {
    guard try FileSystem.size(of: path) ?? 0 <= limit else {
      throw CSGError.data(path, "has more than \(limit) bytes")
    }
    guard let bytes = try FileSystem.contents(of: path) else {
      throw CSGError(.noInput, "\(path): cannot be read")
    }
    guard bytes.count >= headerBytes, bytes[126...127].elementsEqual("IM".utf8) else {
      throw CSGError.data(path, "is no MAT file of this byte order")
    }
    guard bytes[125] == 1 else {
      throw CSGError.data(
        path, "is a MAT file of another version than 5", remedy: "save it with MATLAB's -v7")
    }
    var place = headerBytes
    var total = 0
    var variables: [[UInt8]] = []
    while place < bytes.count {
      guard bytes.count - place >= 8 else {
        throw CSGError.data(path, "is cut at byte \(bytes.count)", remedy: "fetch it again")
      }
      let (type, length) = (
        MatElement.word(at: place, of: bytes), Int(MatElement.word(at: place + 4, of: bytes))
      )
      guard type == compressed else {
        throw CSGError.data(
          path, "holds an element of type \(type) at byte \(place) that is not compressed",
          remedy: "save it with compression (MATLAB's -v7), whose checksums show damage")
      }
      guard length <= bytes.count - place - 8 else {
        throw CSGError.data(path, "is cut at byte \(bytes.count)", remedy: "fetch it again")
      }
      guard
        let content = unpacked(
          bytes[(place + 8)..<(place + 8 + length)], atMost: limit - total)
      else {
        throw CSGError.data(
          path,
          "is damaged in the element at byte \(place), or unpacks to more than \(limit) bytes",
          remedy: "fetch it again")
      }
      total += content.count
      variables.append(content)
      place += 8 + length
    }
    return variables
  }

  /// What a zlib stream unpacks to, checksum compared; nil where it is damaged, cut, followed by
  /// something else, or larger.
  private static func unpacked(_ packed: ArraySlice<UInt8>, atMost limit: Int) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return nil
    }
    defer { inflateEnd(&stream) }
    var input = Array(packed)
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    var content: [UInt8] = []
    return input.withUnsafeMutableBufferPointer { input in
      piece.withUnsafeMutableBufferPointer { piece in
        stream.next_in = input.baseAddress
        stream.avail_in = uInt(input.count)
        while true {
          stream.next_out = piece.baseAddress
          stream.avail_out = uInt(piece.count)
          let code = inflate(&stream, Z_NO_FLUSH)
          guard code == Z_OK || code == Z_STREAM_END else { return nil }
          content += piece[..<(piece.count - Int(stream.avail_out))]
          guard content.count <= limit else { return nil }
          if code == Z_STREAM_END { return stream.avail_in == 0 ? content : nil }
        }
      }
    }
  }
}
