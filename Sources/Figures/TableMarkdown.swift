extension Table {
  /// The table as GitHub's Markdown: caption, header, rows; columns are as wide as their widest cell,
  /// so that it also reads as plain text.
  package var markdown: String {
    let cells = ([header] + rows).map { $0.map(Self.cell) }
    let widths = header.indices.map { i in max(3, cells.map { $0[i].count }.max() ?? 3) }
    func line(_ texts: [String]) -> String { "| \(texts.joined(separator: " | ")) |" }
    func padded(_ text: String, _ i: Int) -> String {
      let blanks = String(repeating: " ", count: widths[i] - text.count)
      return numeric.contains(i) ? blanks + text : text + blanks
    }
    let rule = widths.enumerated().map { i, width in
      numeric.contains(i)
        ? String(repeating: "-", count: width - 1) + ":" : String(repeating: "-", count: width)
    }
    let body = cells.map { row in line(row.enumerated().map { padded($0.element, $0.offset) }) }
    let lines = [body[0], line(rule)] + body.dropFirst()
    return "\(Self.cell(caption))\n\n\(lines.joined(separator: "\n"))\n"
  }

  /// One line, in which no `|` ends the cell.
  private static func cell(_ text: String) -> String {
    Markup.plain(text).replacing("|", with: "\\|")
  }
}
