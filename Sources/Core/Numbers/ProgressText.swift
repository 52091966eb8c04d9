/// Where a run stands, as one line of a terminal.
package struct ProgressText: Sendable {
  /// Epoch and path: `epoch 3/20 standard`.
  package var title: String
  /// Steps of the epoch that are done, and all of them.
  package var done: Int, all: Int
  /// What is told beside, in the order in which it is shown.
  package var facts: [(text: String, worth: Int)]

  /// A line; of the facts those of least worth go first where there is no room.
  package init(title: String, done: Int, all: Int, facts: [(text: String, worth: Int)]) {
    self.title = title
    self.done = done
    self.all = all
    self.facts = facts
  }

  private static let shortestBar = 5, longestBar = 20

  /// The line in less than `columns` characters, since one in the last column would take many terminals to the
  /// next line. What has no room is left out, of least worth first; then the bar; then the end is cut.
  package func line(columns: Int) -> String {
    let room = max(columns - 1, 1)
    let count = "\(done)/\(all)"
    func width(_ facts: [(text: String, worth: Int)], bar: Int) -> Int {
      title.count + 1 + (bar > 0 ? bar + 1 : 0) + count.count
        + facts.reduce(0) { $0 + 2 + $1.text.count }
    }
    var shown = facts
    while let least = shown.map(\.worth).min(), width(shown, bar: Self.shortestBar) > room {
      shown.removeAll { $0.worth == least }
    }
    let rest = room - width(shown, bar: 1) + 1
    let cells = rest < Self.shortestBar ? 0 : min(rest, Self.longestBar)
    let filled = all > 0 ? cells * min(done, all) / all : 0
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
    let parts = [title, bar, count].filter { !$0.isEmpty }.joined(separator: " ")
    return String(shown.reduce(parts) { "\($0)  \($1.text)" }.prefix(room))
  }
}
