import Core
import Foundation

/// Class names as attributes of a checkpoint: a JSON list, cut into parts that fit an object header
/// (64 KiB a message), `class_names_0`, `class_names_1`, …
enum ClassNames {
  private static let partBytes = 30_000
  private static func name(_ part: Int) -> String { "class_names_\(part)" }

  /// The attributes that hold `names`. JSON of ASCII alone, so that it may be cut anywhere.
  static func attributes(of names: [String]) throws -> [(name: String, text: String)] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let json = String(decoding: try encoder.encode(names), as: UTF8.self)
    let ascii = json.unicodeScalars.flatMap { scalar in
      scalar.isASCII
        ? [UInt8(scalar.value)]
        : Array(String(scalar).utf16).flatMap { Array(Self.escaped($0).utf8) }
    }
    return stride(from: 0, to: ascii.count, by: partBytes).enumerated().map { part, start in
      let bytes = ascii[start..<min(start + partBytes, ascii.count)]
      return (name(part), String(decoding: bytes, as: UTF8.self))
    }
  }

  private static func escaped(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  /// The names that attributes hold; nil where there are none.
  /// - Throws: `CSGError` 65 where they hold something else.
  static func read(_ path: String, _ attribute: (String) -> String?) throws -> [String]? {
    var json = ""
    for part in 0... {
      guard let text = attribute(name(part)) else { break }
      json += text
    }
    guard !json.isEmpty else { return nil }
    guard let names = try? JSONDecoder().decode([String].self, from: Data(json.utf8)) else {
      throw CSGError.data(path, "class_names_0 is no list of names")
    }
    return names
  }
}
