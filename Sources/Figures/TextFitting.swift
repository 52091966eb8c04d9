/// Texts that fit where they stand.
struct TextFitting {
  let lettering: Lettering

  /// Lines of words, each at most `width` wide; a word that is wider goes on in the next line.
  func lines(_ text: String, _ font: Font, width: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, lettering.width("\(last) \(word)", font) <= width {
        lines[lines.count - 1] = "\(last) \(word)"
        continue
      }
      var rest = word
      while lettering.width(String(rest), font) > width, rest.count > 1 {
        let start = beginning(of: rest, font, width: width, ending: "")
        lines.append(String(start))
        rest = rest[start.endIndex...]
      }
      if !rest.isEmpty { lines.append(String(rest)) }
    }
    return lines
  }

  /// The text, or its beginning and "…".
  func cut(_ text: String, _ font: Font, width: Double) -> String {
    guard lettering.width(text, font) > width else { return text }
    return "\(beginning(of: text[...], font, width: width, ending: "…"))…"
  }

  /// The longest beginning, of a letter at least, that is at most `width` wide with its ending.
  private func beginning(of text: Substring, _ font: Font, width: Double, ending: String)
    -> Substring
  {
    var (fits, tooLong) = (1, text.count)
    while tooLong - fits > 1 {
      let middle = (fits + tooLong) / 2
      if lettering.width("\(text.prefix(middle))\(ending)", font) <= width {
        fits = middle
      } else {
        tooLong = middle
      }
    }
    return text.prefix(fits)
  }

  /// The text in its font, in a smaller one that can still be read, or, where that is too wide too, its
  /// beginning: at most `width` wide.
  func fitted(_ text: String, _ font: Font, width: Double) -> (text: String, font: Font) {
    let own = lettering.width(text, font)
    guard own > width else { return (text, font) }
    let smaller = Font(size: max(font.size * width / own, Font.leastSize), isBold: font.isBold)
    return (cut(text, smaller, width: width), smaller)
  }

  /// The width of the widest text.
  func widest(_ texts: [String], _ font: Font) -> Double {
    texts.reduce(0) { max($0, lettering.width($1, font)) }
  }
}
