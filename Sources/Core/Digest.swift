import CXXHash

/// XXH3-128 over a sequence of byte runs.
package struct Digest: Sendable, Hashable, CustomStringConvertible {
  /// The 128 bits, high word first.
  package let high: UInt64, low: UInt64

  /// From its two words.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// 32 hexadecimal digits.
  package var description: String { Self.hex(high) + Self.hex(low) }

  private static func hex(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Builds a `Digest` from runs of bytes.
package struct DigestBuilder: ~Copyable {
  private let state: OpaquePointer

  /// An empty run.
  package init() {
    guard let state = XXH3_createState(), XXH3_128bits_reset(state) == XXH_OK else {
      preconditionFailure("no memory for a hash state")
    }
    self.state = state
  }

  deinit { _ = XXH3_freeState(state) }

  /// Appends raw bytes.
  package func update(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 0 else { return }
    let code = XXH3_128bits_update(state, bytes.baseAddress, bytes.count)
    precondition(code == XXH_OK, "XXH3 refuses a non-null run of bytes")
  }

  /// Appends the bytes of an array's elements.
  package func update<Element: BitwiseCopyable>(_ elements: [Element]) {
    elements.withUnsafeBytes { update($0) }
  }

  /// Appends a text's UTF-8 bytes and a zero byte, so that neighbours do not run together.
  package func update(_ text: String) {
    update(Array(text.utf8) + [0])
  }

  /// The digest of all runs so far.
  package func digest() -> Digest {
    let hash = XXH3_128bits_digest(state)
    return Digest(high: hash.high64, low: hash.low64)
  }
}

extension UInt64 {
  /// The XXH3-64 of bytes: told from another by one in 2^64, and made at the speed of memory.
  package static func xxh3(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
  }
}
