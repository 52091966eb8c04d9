/// A document in one file: HTML that is also well-formed XML, without scripts and with its figures in
/// it.
package struct Page: Sendable {
  /// What the browser's tab says.
  package let title: String
  /// What stands on the page.
  package var blocks: [Block]

  /// Parts of a page.
  package indirect enum Block: Sendable {
    /// A heading of a level from 1 to 3.
    case heading(Int, String)
    /// A paragraph.
    case paragraph(String)
    /// Rows and columns, in a box of their own that scrolls where the window is narrow.
    case table(Table)
    /// A figure under its title, with its sentence.
    case figure(Figure)
    /// Pictures under their title, with their sentence.
    case pictures(PictureSheet)
    /// Strips of pictures, as many side by side as the window has room for.
    case strips([PictureStrip])
    /// Folded items to browse.
    case gallery(Gallery)
    /// Parts that are folded away under a line.
    case folded(String, [Block])
  }

  /// A page of parts.
  package init(title: String, blocks: [Block]) {
    self.title = title
    self.blocks = blocks
  }

  /// The file.
  /// - Throws: `CSGError` 1 where a figure cannot be drawn.
  package func html() throws -> [UInt8] {
    let title = Markup.escaped(title)
    let body = try blocks.map(Self.html).joined(separator: "\n")
    return Array(
      """
      <!DOCTYPE html>
      <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <title>\(title)</title>
      <style>
      \(PageStyle.css)
      </style>
      </head>
      <body>
      <main>
      \(body)
      </main>
      </body>
      </html>

      """.utf8)
  }

  private static func html(_ block: Block) throws -> String {
    switch block {
    case .heading(let level, let text):
      precondition((1...3).contains(level), "headings of level 1 to 3")
      return "<h\(level)>\(Markup.escaped(text))</h\(level)>"
    case .paragraph(let text):
      return "<p>\(Markup.escaped(text))</p>"
    case .table(let table):
      return table.html
    case .figure(let figure):
      return try html(figure)
    case .pictures(let sheet):
      return try html(sheet)
    case .strips(let strips):
      let all = try strips.map { try $0.html }.joined(separator: "\n")
      return "<div class=\"strips\">\n\(all)\n</div>"
    case .gallery(let gallery):
      return gallery.html
    case .folded(let line, let blocks):
      let content = try blocks.map(html).joined(separator: "\n")
      return "<details>\n<summary>\(Markup.escaped(line))</summary>\n\(content)\n</details>"
    }
  }

  /// Pictures are decoded when they come into view.
  private static func html(_ sheet: PictureSheet) throws -> String {
    """
    <figure>
    <img src="data:image/png;base64,\(Base64.text(try sheet.png()))" width="\(Int(sheet.width))" \
    height="\(Int(sheet.height))" loading="lazy" decoding="async" \
    alt="\(Markup.escaped("\(sheet.title). \(sheet.summary)"))"/>
    <figcaption>\(Markup.escaped(sheet.summary))</figcaption>
    </figure>
    """
  }

  /// A figure in two layouts: narrow windows take the one whose panels stand below each other.
  private static func html(_ figure: Figure) throws -> String {
    let wide = Base64.text(try figure.svg(isTitled: false))
    let narrow = Base64.text(try figure.svg(width: Figure.narrowWidth, isTitled: false))
    let width = Int(FigureDrawing(figure, width: Figure.width).width)
    return """
      <figure>
      <picture>
      <source media="(max-width: 640px)" srcset="data:image/svg+xml;base64,\(narrow)"/>
      <img src="data:image/svg+xml;base64,\(wide)" width="\(width)" \
      alt="\(Markup.escaped("\(figure.title). \(figure.summary)"))"/>
      </picture>
      <figcaption>\(Markup.escaped(figure.summary))</figcaption>
      </figure>
      """
  }
}
