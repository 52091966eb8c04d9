/// Data elements of a MAT 5 file, one after the other: a tag of type and length, then the content, which
/// ends on a multiple of 8 bytes. A length that leaves its surroundings is nil, never a trap.
///
/// Source: MathWorks, "MAT-File Format", MAT-File Level 5, "Data Element".
struct MatElement {
  /// How the content is stored.
  enum Kind: UInt32 {
    case int8 = 1, uint8 = 2, uint16 = 4, int32 = 5, uint32 = 6, matrix = 14, utf8 = 16, utf16 = 17
  }

  /// Nil: another one than those that annotations need.
  let kind: Kind?
  /// Where the content lies in the unpacked variable.
  let content: Range<Int>

  /// Takes the first element of `rest` off; nil where there is no whole one.
  init?(takenOff rest: inout Range<Int>, of bytes: [UInt8]) {
    guard rest.count >= 8 else { return nil }
    let start = rest.lowerBound
    let first = Self.word(at: start, of: bytes)
    let length: Int, begin: Int
    if first >> 16 != 0 {
      // A small element: type and length share a word, and the content is in the next.
      (kind, length, begin) = (Kind(rawValue: first & 0xFFFF), Int(first >> 16), start + 4)
      guard length <= 4 else { return nil }
      rest = start + 8..<rest.upperBound
    } else {
      (kind, length) = (Kind(rawValue: first), Int(Self.word(at: start + 4, of: bytes)))
      begin = start + 8
      guard length <= rest.upperBound - begin else { return nil }
      rest = min(begin + (length + 7) / 8 * 8, rest.upperBound)..<rest.upperBound
    }
    content = begin..<begin + length
  }

  /// Four bytes, the lowest first.
  static func word(at place: Int, of bytes: [UInt8]) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
  }

  /// The content as words; nil where it is of another type, or no whole number of them.
  func words(_ kind: Kind, of bytes: [UInt8]) -> [UInt32]? {
    guard self.kind == kind, content.count.isMultiple(of: 4) else { return nil }
    return stride(from: content.lowerBound, to: content.upperBound, by: 4).map {
      Self.word(at: $0, of: bytes)
    }
  }
}
