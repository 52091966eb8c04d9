import Foundation

/// The keys of JSON objects as they are written: a parser into dictionaries hides that one stands
/// there twice.
enum HeaderKeys {
  /// A key that an object has twice, escapes decoded; nil where there is none.
  ///
  /// Keys that a dictionary takes for one, as precomposed and decomposed letters, count as such.
  /// - Parameter json: UTF-8 that a parser has accepted.
  static func repeated(in json: Data) -> String? {
    let bytes = [UInt8](json)
    var keys: [Set<String>] = []  // of the objects and arrays that are open
    var place = 0
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): keys.append([])
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = keys.popLast()
      case UInt8(ascii: "\""):
        let start = place
        place = end(ofTextAt: start, in: bytes)
        guard isKey(endingAt: place, in: bytes), !keys.isEmpty else { continue }
        let key = text(bytes[start..<place])
        guard keys[keys.count - 1].insert(key).inserted else { return key }
        continue
      default: break
      }
      place += 1
    }
    return nil
  }

  /// The place after the closing quote.
  private static func end(ofTextAt start: Int, in bytes: [UInt8]) -> Int {
    var place = start + 1
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(place + 1, bytes.count)
  }

  private static func isKey(endingAt end: Int, in bytes: [UInt8]) -> Bool {
    bytes[end...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
  }

  /// The text of a quoted one.
  private static func text(_ quoted: ArraySlice<UInt8>) -> String {
    let plain = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    guard quoted.contains(UInt8(ascii: "\\")) else { return plain }
    return (try? JSONDecoder().decode(String.self, from: Data(quoted))) ?? plain
  }
}
