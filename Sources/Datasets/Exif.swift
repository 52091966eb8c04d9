import CZlib

/// What a camera wrote beside the picture.
///
/// Source: CIPA DC-008 (Exif 2.3), 4.6.4 "Orientation"; segments as in ITU-T T.81, B.1.1.4; chunks as
/// in https://www.w3.org/TR/png-3/, 5.3 "Chunk layout" and "eXIf" among the ancillary ones.
enum Exif {
  /// How the rows and columns of a JPEG file lie, 1 … 8; 1 (upright) where it says nothing sound.
  static func orientation(jpeg bytes: [UInt8]) -> Int {
    func word(_ place: Int) -> Int { Int(bytes[place]) << 8 | Int(bytes[place + 1]) }
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xFF {
      let marker = bytes[place + 1]
      if marker == 0xFF {  // fill
        place += 1
        continue
      }
      let length = word(place + 2)
      // Start of scan, end of image: nothing more to find.
      guard marker != 0xDA, marker != 0xD9, length >= 2, place + 2 + length <= bytes.count else {
        return 1
      }
      let segment = bytes[place + 4..<place + 2 + length]
      if marker == 0xE1, segment.starts(with: Array("Exif\0\0".utf8)) {
        return orientation(tiff: Array(segment.dropFirst(6)))
      }
      place += 2 + length
    }
    return 1
  }

  /// How the rows and columns of a PNG file lie, 1 … 8; 1 (upright) where it says nothing sound. Its
  /// eXIf chunk, before the image data or after, holds what follows `Exif\0\0` in a JPEG file.
  static func orientation(png bytes: [UInt8]) -> Int {
    func word(_ place: Int) -> Int { bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
    var place = 8  // after the signature; a chunk is length, type, data and CRC
    while place + 12 <= bytes.count {
      let (length, data) = (word(place), place + 8)
      let type = bytes[place + 4..<data]
      guard length <= bytes.count - place - 12, !type.elementsEqual("IEND".utf8) else { return 1 }
      if type.elementsEqual("eXIf".utf8) {
        let covered = bytes[place + 4..<data + length]
        let checksum = covered.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
        guard checksum == word(data + length) else { return 1 }
        return orientation(tiff: Array(covered.dropFirst(4)))
      }
      place = data + length + 4
    }
    return 1
  }

  /// The entry 0x0112 of the first directory.
  private static func orientation(tiff bytes: [UInt8]) -> Int {
    let isLittle = bytes.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || bytes.starts(with: [0x4D, 0x4D, 0, 42]) else { return 1 }
    func number(_ place: Int, _ size: Int) -> Int? {
      guard place >= 0, place + size <= bytes.count else { return nil }
      let digits = bytes[place..<place + size]
      let ordered = isLittle ? Array(digits.reversed()) : Array(digits)
      return ordered.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let entries = number(directory, 2) else { return 1 }
    for entry in 0..<entries {
      let place = directory + 2 + 12 * entry
      guard let tag = number(place, 2), let type = number(place + 2, 2) else { return 1 }
      guard tag == 0x0112 else { continue }
      let value = number(place + 8, type == 3 ? 2 : 4) ?? 1
      return (1...8).contains(value) ? value : 1
    }
    return 1
  }
}

extension Picture {
  /// The picture as it was seen, from one that lies as Exif's `orientation` says.
  func upright(orientation: Int) -> Picture {
    guard (2...8).contains(orientation) else { return self }
    let isTransposed = orientation >= 5
    let fromBottom = [3, 4, 7, 8].contains(orientation)
    let fromRight = [2, 3, 6, 7].contains(orientation)
    let (rows, columns) = isTransposed ? (width, height) : (height, width)
    var turned: [UInt8] = []
    turned.reserveCapacity(pixels.count)
    for row in 0..<rows {
      for column in 0..<columns {
        // Rows and columns are those of the upright picture.
        let a = isTransposed ? column : row
        let b = isTransposed ? row : column
        let sourceRow =
          (isTransposed ? fromRight : fromBottom) ? height - 1 - a : a
        let sourceColumn =
          (isTransposed ? fromBottom : fromRight) ? width - 1 - b : b
        let source = (sourceRow * width + sourceColumn) * channels
        turned += pixels[source..<source + channels]
      }
    }
    return Picture(height: rows, width: columns, channels: channels, pixels: turned)
  }
}
