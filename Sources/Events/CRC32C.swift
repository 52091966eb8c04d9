/// CRC-32C: the cyclic redundancy check of the Castagnoli polynomial 0x1EDC6F41, bits reflected.
///
/// Source: RFC 3720, Appendix B.4.
package enum CRC32C {
  private static let reflectedPolynomial: UInt32 = 0x82F6_3B78

  /// The remainder of each byte.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in
      rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ reflectedPolynomial
    }
  }

  /// The check of `bytes`.
  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  /// The check as TensorFlow's records hold it: turned right by 15 bits and moved by a constant, so
  /// that a record within a record is told from its frame.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let check = checksum(bytes)
    return (check >> 15 | check << 17) &+ 0xA282_EAD8
  }
}
