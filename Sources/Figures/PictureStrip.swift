/// A few pictures side by side under a line, pixel for pixel, each with a caption.
package struct PictureStrip: Sendable {
  /// A picture, what it is, and what is to be said of it, line by line.
  package struct Place: Sendable {
    let tile: PictureSheet.Tile, name: String, lines: [String]

    /// A picture with its name, and lines below it.
    package init(_ tile: PictureSheet.Tile, name: String, lines: [String]) {
      self.tile = tile
      self.name = name
      self.lines = lines
    }
  }

  /// What stands above, and the pictures.
  package let line: String
  let places: [Place]

  /// Pictures under a line.
  package init(_ line: String, _ places: [Place]) {
    self.line = line
    self.places = places
  }

  /// Points of a picture's longer side.
  private static let side = 96.0

  /// Pictures are decoded when they come into view; those smaller than their place keep their pixels.
  /// - Throws: `CSGError` 1.
  var html: String {
    get throws {
      let pictures = try places.map { place in
        let tile = place.tile
        let scale = Self.side / Double(max(tile.height, tile.width))
        let (width, height) = (Double(tile.width) * scale, Double(tile.height) * scale)
        let about = ([place.name] + place.lines).joined(separator: ", ")
        let lines = place.lines.map { "<br/>" + Markup.escaped($0) }.joined()
        let kind = scale > 1 ? #" class="pixels""# : ""
        return """
          <figure>
          <img\(kind) src="data:image/png;base64,\(Base64.text(try tile.png()))" \
          width="\(Int(width.rounded()))" height="\(Int(height.rounded()))" loading="lazy" \
          decoding="async" alt="\(Markup.escaped("\(line): \(about)"))"/>
          <figcaption><b>\(Markup.escaped(place.name))</b>\(lines)</figcaption>
          </figure>
          """
      }
      return """
        <figure class="strip">
        <figcaption>\(Markup.escaped(line))</figcaption>
        <div>
        \(pictures.joined(separator: "\n"))
        </div>
        </figure>
        """
    }
  }
}

extension PictureSheet.Tile {
  /// Pixels of a file's longer side at most: twice what a strip shows, for dense screens.
  private static let most = 192.0

  /// The pixels as a PNG file; of a larger picture some are left out.
  /// - Throws: `CSGError` 1.
  func png() throws -> [UInt8] {
    let cell = min(1, Self.most / Double(max(width, height)))
    let extent = (width: cell * Double(width), height: cell * Double(height))
    return try Canvas.png(
      width: extent.width, height: extent.height, scale: 1, what: "a picture"
    ) {
      $0.cells(
        colors, columns: width, width: cell, height: cell,
        in: Box(x: 0, y: 0, width: extent.width, height: extent.height))
    }
  }
}
