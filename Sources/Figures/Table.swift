/// Rows and columns of a page.
package struct Table: Sendable {
  /// What it shows.
  package let caption: String
  /// Names of the columns.
  package let header: [String]
  /// Texts of the cells; the first of a row names it.
  package let rows: [[String]]
  /// Which columns hold numbers, set to the right, and which sentences, that need some width.
  package let numeric: Set<Int>, prose: Set<Int>

  /// A table whose rows are as long as its header.
  package init(
    caption: String, header: [String], rows: [[String]], numeric: Set<Int> = [],
    prose: Set<Int> = []
  ) {
    precondition(rows.allSatisfy { $0.count == header.count }, "a cell for each column")
    self.caption = caption
    self.header = header
    self.rows = rows
    self.numeric = numeric
    self.prose = prose
  }

  var html: String {
    func kind(_ column: Int) -> String {
      if numeric.contains(column) { return #" class="number""# }
      return prose.contains(column) ? #" class="prose""# : ""
    }
    let head = header.enumerated().map { i, text in
      #"<th scope="col"\#(kind(i))>\#(Markup.escaped(text))</th>"#
    }
    let body = rows.map { row in
      let cells = row.enumerated().map { i, text in
        i == 0
          ? #"<th scope="row">\#(Markup.escaped(text))</th>"#
          : "<td\(kind(i))>\(Markup.escaped(text))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    let caption = Markup.escaped(caption)
    return """
      <figure class="table">
      <figcaption>\(caption)</figcaption>
      <div class="box" role="region" aria-label="\(caption)" tabindex="0">
      <table>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      </figure>
      """
  }
}
