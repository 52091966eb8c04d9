import CZlib
import Core
import Foundation

/// The outer layer of a MAT 5 file: a header of 128 bytes, then elements of type, length and content.
///
/// matio compares no checksums, and some damaged files end its process (seen with 1.5.23). So every
/// element must be compressed, and is unpacked here first: zlib compares the checksum that the writer
/// stored, and only whole files reach matio.
///
/// Source: MathWorks, "MAT-File Format", MAT-File Level 5.
enum MatContainer {
  private static let headerBytes = 128
  private static let compressed: UInt32 = 15
  /// The largest content that is accepted: a bomb does not fill the memory.
  private static let limit = 1 << 30

  /// - Throws: `CSGError` 66 where the file cannot be read, 65 where it is damaged, cut or of another
  ///   version.
  static func check(_ path: String) throws {
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
    func word(at place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
    var place = headerBytes
    var unpacked = 0
    while place < bytes.count {
      guard bytes.count - place >= 8 else {
        throw CSGError.data(path, "is cut at byte \(bytes.count)", remedy: "fetch it again")
      }
      let (type, length) = (word(at: place), Int(word(at: place + 4)))
      guard type == compressed else {
        throw CSGError.data(
          path, "holds an element of type \(type) at byte \(place) that is not compressed",
          remedy: "save it with compression (MATLAB's -v7), whose checksums show damage")
      }
      guard length <= bytes.count - place - 8 else {
        throw CSGError.data(path, "is cut at byte \(bytes.count)", remedy: "fetch it again")
      }
      guard
        let size = unpackedBytes(
          bytes[(place + 8)..<(place + 8 + length)], atMost: limit - unpacked)
      else {
        throw CSGError.data(
          path,
          "is damaged in the element at byte \(place), or unpacks to more than \(limit) bytes",
          remedy: "fetch it again")
      }
      unpacked += size
      place += 8 + length
    }
  }

  /// What a zlib stream unpacks to, checksum compared; nil where it is damaged, cut, followed by
  /// something else, or larger.
  private static func unpackedBytes(_ packed: ArraySlice<UInt8>, atMost limit: Int) -> Int? {
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return nil
    }
    defer { inflateEnd(&stream) }
    var input = Array(packed)
    var output = [UInt8](repeating: 0, count: 1 << 16)
    return input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = uInt(input.count)
        while true {
          stream.next_out = output.baseAddress
          stream.avail_out = uInt(output.count)
          let code = inflate(&stream, Z_NO_FLUSH)
          guard code == Z_OK || code == Z_STREAM_END, stream.total_out <= limit else { return nil }
          if code == Z_STREAM_END { return stream.avail_in == 0 ? Int(stream.total_out) : nil }
        }
      }
    }
  }
}
