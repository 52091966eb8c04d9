/// What a recording of a terminal leaves on its screen: lines that are written over, cleared and broken at the last
/// column. Of the control sequences only those that we write are known.
struct Screen {
  private(set) var lines: [[Character]] = [[]]
  /// The most lines that showed a bar at one time.
  private(set) var mostBars = 0
  /// Lines that were too long for the screen.
  private(set) var broken = 0
  private let columns: Int
  private var row = 0, column = 0

  /// Plays a recording.
  init(_ recording: String, columns: Int) {
    self.columns = columns
    var rest = Substring(recording)
    while let character = rest.first {
      if rest.hasPrefix("\u{1B}[J") {
        rest.removeFirst(3)
        lines[row].removeLast(max(0, lines[row].count - column))
        lines.removeLast(lines.count - 1 - row)
        continue
      }
      rest.removeFirst()
      switch character {
      case "\r": column = 0
      case "\n", "\r\n":
        if character == "\r\n" { column = 0 }
        feed()
      default: put(character)
      }
      mostBars = max(mostBars, lines.count { $0.contains { "█░".contains($0) } })
    }
  }

  /// The lines as texts.
  var texts: [String] { lines.map { String($0) } }

  private mutating func feed() {
    row += 1
    if row == lines.count { lines.append([]) }
  }

  private mutating func put(_ character: Character) {
    if column == columns {
      broken += 1
      column = 0
      feed()
    }
    while lines[row].count <= column { lines[row].append(" ") }
    lines[row][column] = character
    column += 1
  }
}
