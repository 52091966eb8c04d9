/// What Cairo's SVG files lack.
enum SVGFile {
  /// The file with its texts over the marks, with a title and a description that can be read out, without smoothing
  /// of its cells, and with identifiers that count from 1.
  ///
  /// Cairo numbers surfaces over the whole life of a process: the same picture drawn twice would
  /// differ. The first font family is the one that the texts were measured in.
  static func finished(_ marks: [UInt8], title: String, summary: String, texts: [PlacedText])
    -> [UInt8]
  {
    let numbered = shortened(renumbered(marks))
    guard let start = place(of: Array("<svg ".utf8), in: numbered, from: 0),
      let head = numbered[start...].firstIndex(of: UInt8(ascii: ">")),
      let end = place(of: Array("</svg>".utf8), in: numbered, from: head)
    else { return numbered }
    // librsvg and Inkscape read the attribute, browsers the style.
    let attributes =
      #" role="img" image-rendering="optimizeSpeed" style="image-rendering:pixelated">"#
    let heads =
      "\n<title>\(Markup.escaped(title))</title>\n<desc>\(Markup.escaped(summary))</desc>"
    let families = "'\(Markup.escaped(Lettering.measuring().family))', \(Font.family)"
    let group =
      ["<g font-family=\"\(families)\">"] + texts.map(\.svg) + ["</g>\n"]
    return numbered[..<head] + Array((attributes + heads).utf8) + numbered[(head + 1)..<end]
      + Array(group.joined(separator: "\n").utf8) + numbered[end...]
  }

  /// Kinds of identifiers that Cairo 1.16 and 1.18 number by surface.
  private static let kinds = ["surface", "image", "source-"].map { Array($0.utf8) }

  private static func renumbered(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var numbers: [[UInt8]: [[UInt8]: Int]] = [:]
    var i = 0
    while i < bytes.count {
      result.append(bytes[i])
      i += 1
      // Identifiers begin behind id=" and #.
      guard bytes[i - 1] == UInt8(ascii: "#") || bytes[i - 1] == UInt8(ascii: "\""),
        let kind = kinds.first(where: { bytes[i...].starts(with: $0) })
      else { continue }
      let digits = Array(bytes[(i + kind.count)...].prefix { (48...57).contains($0) })
      guard !digits.isEmpty else { continue }
      let number = numbers[kind]?[digits] ?? (numbers[kind]?.count ?? 0) + 1
      numbers[kind, default: [:]][digits] = number
      result += kind + Array("\(number)".utf8)
      i += kind.count + digits.count
    }
    return result
  }

  /// Outlines with two decimals of a point: what Cairo writes beyond doubles the file.
  private static func shortened(_ bytes: [UInt8]) -> [UInt8] {
    let start = Array(" d=\"".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var isOutline = false
    var decimals: Int?
    for (i, byte) in bytes.enumerated() {
      if isOutline {
        isOutline = byte != start[3]
      } else {
        isOutline = byte == start[3] && i >= 3 && bytes[i - 3...i].elementsEqual(start)
      }
      if byte == UInt8(ascii: ".") {
        decimals = 0
      } else if let count = decimals, (48...57).contains(byte) {
        decimals = count + 1
        if isOutline && count >= 2 { continue }
      } else {
        decimals = nil
      }
      result.append(byte)
    }
    return result
  }

  private static func place(of part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    bytes.indices.dropFirst(start).first { bytes[$0...].starts(with: part) }
  }
}
