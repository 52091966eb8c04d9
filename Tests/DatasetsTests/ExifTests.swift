import Core
import Datasets
import Foundation
import TestSupport
import Testing

/// Exif in the eXIf chunk of PNG; that of JPEG stands in PictureTests.
struct ExifTests {
  private func portable(_ name: String) throws -> Picture {
    try Picture(portable: "pictures/\(name)")
  }

  /// A chunk of PNG, with its own length and checksum or others.
  private func chunk(_ type: String, _ data: [UInt8], length: Int? = nil, checksum: UInt32? = nil)
    -> [UInt8]
  {
    func word(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    let covered = Array(type.utf8) + data
    // CRC-32 by its definition, bit by bit.
    let own = ~covered.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return word(UInt32(length ?? data.count)) + covered + word(checksum ?? own)
  }

  /// A directory of one entry, the orientation.
  private func exif(_ orientation: Int, isLittle: Bool = true) -> [UInt8] {
    let value = UInt8(orientation)
    return isLittle
      ? [
        0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0,
      ]
      : [
        0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0,
      ]
  }

  /// A picture as a PNG file with one more chunk: after IHDR, or after the image data.
  private func png(_ picture: Picture, _ chunk: [UInt8], isLast: Bool = false) throws -> [UInt8] {
    let plain = try picture.png(path: "packed")
    let place = isLast ? plain.count - 12 : 33
    return plain[..<place] + chunk + plain[place...]
  }

  /// Pictures of every orientation as they are stored, and as Pillow turns them.
  @Test(arguments: 1...8, [false, true])
  func picturesAreTurnedUpright(orientation: Int, isLast: Bool) throws {
    let name = "orientation-\(orientation)"
    var file = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: Places.golden("pictures/\(name).jpg"))))
    let tag = try #require(file.firstRange(of: Array("Exif\0\0".utf8)))
    file.replaceSubrange(tag, with: Array("none\0\0".utf8))
    let stored = try Picture(decoding: file, path: "stored")
    #expect((stored.height, stored.width) == (17, 23))
    let turned = try png(
      stored, chunk("eXIf", exif(orientation, isLittle: isLast)), isLast: isLast)
    #expect(try Picture(decoding: turned, path: "turned") == portable("\(name).ppm"))
  }

  @Test func storedValuesStayWhereTheyAre() throws {
    let levels = try portable("palette-8.pgm")
    let file = try png(levels, chunk("eXIf", exif(6)))
    #expect(try Picture(decoding: file, path: "grey", as: .stored) == levels)
  }

  @Test func whatIsUnsoundIsPassedOver() throws {
    let plain = try portable("orientation-1.ppm")
    let cut = (0..<20).map { Array(exif(6).prefix($0)) }
    for data in cut + [exif(0), exif(9), Array("Exif\0\0".utf8) + exif(6)] {
      #expect(
        try Picture(decoding: png(plain, chunk("eXIf", data)), path: "a") == plain, "\(data)")
    }
    #expect(
      try Picture(decoding: png(plain, chunk("eXIf", exif(6), checksum: 7)), path: "a") == plain)
    #expect(try Picture(decoding: png(plain, chunk("teSt", exif(6))), path: "a") == plain)
    let after = try plain.png(path: "a") + chunk("eXIf", exif(6))
    #expect(try Picture(decoding: after, path: "a") == plain, "after IEND")
  }

  /// Wrong lengths and cuts are errors or pictures.
  @Test(arguments: [0, 1, 25, 27, 1000, Int(Int32.max), Int(UInt32.max)])
  func aChunkOfAWrongLengthNeverCrashes(length: Int) throws {
    let plain = try portable("orientation-1.ppm")
    for isLast in [false, true] {
      let file = try png(plain, chunk("eXIf", exif(6), length: length), isLast: isLast)
      for count in [33 + 7, 33 + 20, file.count - 12, file.count - 6, file.count] {
        do {
          _ = try Picture(decoding: Array(file.prefix(count)), path: "a")
        } catch let error as CSGError {
          #expect(error.exitCode == .data)
        }
      }
    }
  }
}
