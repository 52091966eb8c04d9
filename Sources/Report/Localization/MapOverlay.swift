import Datasets
import Figures

/// A map laid over its grey picture, and a line around its region.
struct MapOverlay {
  let picture: Picture
  /// [H][W], and where the region begins: at the threshold, or above it.
  let map: [Float], threshold: Float
  var isStrict = false
  /// Whether the map's values colour the picture; else the line alone is drawn, on the picture in colour.
  var isColored = true

  var tile: PictureSheet.Tile {
    PictureSheet.Tile(colors, height: picture.height, width: picture.width)
  }

  /// Row by row.
  var colors: [Color] {
    let low = map.min() ?? 0
    let range = (map.max() ?? 0) - low
    return (0..<picture.height * picture.width).map { i -> Color in
      if isEdge(i) { return Color(0xFFFFFF) }
      guard isColored else { return picture.color(i) }
      let value = range > 0 ? Double((map[i] - low) / range) : 0
      return Self.mix(ColorMap.viridis[value], grey(i), 0.55)
    }
  }

  private func grey(_ i: Int) -> Color {
    let channels = (0..<picture.channels).map { Int(picture.pixels[i * picture.channels + $0]) }
    let level = UInt32(channels.reduce(0, +) / channels.count)
    return Color(level << 16 | level << 8 | level)
  }

  private func isInside(_ i: Int) -> Bool { isStrict ? map[i] > threshold : map[i] >= threshold }

  /// Whether a pixel of the region has a neighbour outside it.
  private func isEdge(_ i: Int) -> Bool {
    guard isInside(i) else { return false }
    let (row, column) = i.quotientAndRemainder(dividingBy: picture.width)
    func isOutside(_ row: Int, _ column: Int) -> Bool {
      guard (0..<picture.height).contains(row), (0..<picture.width).contains(column) else {
        return false
      }
      return !isInside(row * picture.width + column)
    }
    return isOutside(row - 1, column) || isOutside(row + 1, column) || isOutside(row, column - 1)
      || isOutside(row, column + 1)
  }

  private static func mix(_ a: Color, _ b: Color, _ share: Double) -> Color {
    func part(_ a: UInt8, _ b: UInt8) -> UInt32 {
      UInt32(share * Double(a) + (1 - share) * Double(b))
    }
    return Color(
      part(a.red, b.red) << 16 | part(a.green, b.green) << 8 | part(a.blue, b.blue))
  }
}

extension Picture {
  /// The colour of pixel i, row by row.
  func color(_ i: Int) -> Color {
    func level(_ channel: Int) -> UInt32 {
      UInt32(pixels[i * channels + min(channel, channels - 1)])
    }
    return Color(level(0) << 16 | level(1) << 8 | level(2))
  }
}
