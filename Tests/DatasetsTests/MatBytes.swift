/// A MAT 5 file made by hand, so that it can promise what it does not hold under right checksums.
enum MatBytes {
  /// Four bytes, the lowest first.
  static func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 0xFF) } }

  /// An element of the long form; `length` is what its tag says.
  static func element(_ type: Int, _ content: [UInt8], length: Int? = nil) -> [UInt8] {
    word(type) + word(length ?? content.count) + content
      + [UInt8](repeating: 0, count: (8 - content.count % 8) % 8)
  }

  /// `miMATRIX` of a class, an extent and what follows the name.
  static func matrix(
    _ kind: Int, _ extent: [Int], name: String = "", flags: Int = 0, _ values: [UInt8] = []
  ) -> [UInt8] {
    element(
      14,
      element(6, word(kind | flags) + word(0)) + element(5, extent.flatMap(word))
        + element(1, Array(name.utf8)) + values)
  }

  /// What a structure holds behind its name: the fields' names, then the elements' fields in turn.
  static func fields(_ names: [String], _ values: [[UInt8]], width: Int = 8) -> [UInt8] {
    let padded = names.flatMap {
      Array($0.utf8) + [UInt8](repeating: 0, count: 8 - $0.utf8.count)
    }
    // A small element: type and length in one word.
    return word(4 << 16 | 5) + word(width) + element(1, padded) + values.joined()
  }

  /// A row of characters, as MATLAB stores it: two bytes each.
  static func text(_ text: String) -> [UInt8] {
    let units = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    return matrix(4, [1, text.utf16.count], element(4, units))
  }

  /// A matrix of logicals, column by column.
  static func mask(_ rows: Int, _ columns: Int, _ values: [UInt8]) -> [UInt8] {
    matrix(9, [rows, columns], flags: 0x200, element(2, values))
  }

  /// The structure `anno` around a value of its field `objects`.
  static func annotation(_ objects: [UInt8]) -> [UInt8] {
    matrix(2, [1, 1], name: "anno", fields(["objects"], [objects]))
  }

  /// A file of one compressed element: zlib's stored blocks, and the checksum.
  static func file(_ content: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: max(content.count, 1), by: 0xFFFF) {
      let piece = content[start..<min(start + 0xFFFF, content.count)]
      packed.append(start + 0xFFFF >= content.count ? 1 : 0)
      packed += word(piece.count | ~piece.count << 16) + piece
    }
    var (low, high) = (1, 0)
    for byte in content {
      low = (low + Int(byte)) % 65_521
      high = (high + low) % 65_521
    }
    packed += word(high << 16 | low).reversed()
    return file(packed: packed)
  }

  /// A file of one element, as it is compressed.
  static func file(packed: [UInt8]) -> [UInt8] {
    [UInt8](repeating: 32, count: 124) + [0, 1, 0x49, 0x4D] + word(15) + word(packed.count) + packed
  }
}
