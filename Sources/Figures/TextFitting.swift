/// Texts that fit where they stand.
struct TextFitting {
  let canvas: Canvas

  /// Lines of words, each at most `width` wide where a word is not wider.
  func lines(_ text: String, _ font: Font, width: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, canvas.width("\(last) \(word)", font) <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// The text, or its beginning and "…".
  func cut(_ text: String, _ font: Font, width: Double) -> String {
    guard canvas.width(text, font) > width else { return text }
    var start = Substring(text)
    while !start.isEmpty, canvas.width("\(start)…", font) > width { start.removeLast() }
    return "\(start)…"
  }

  /// The font, or a smaller one in which the text is at most `length` long.
  func fitted(_ font: Font, to text: String, length: Double) -> Font {
    let width = canvas.width(text, font)
    return width > length ? Font(size: font.size * length / width, isBold: font.isBold) : font
  }

  /// The width of the widest text.
  func widest(_ texts: [String], _ font: Font) -> Double {
    texts.reduce(0) { max($0, canvas.width($1, font)) }
  }
}
