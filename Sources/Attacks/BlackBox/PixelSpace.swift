import Core

/// The space in which one-pixel attacks search: for each pixel that is changed its row, its column and
/// its colour in each channel, as real numbers.
package struct PixelSpace: Sendable {
  let pixels: Int, channels: Int
  let grid: PixelGrid

  package init(pixels: Int, channels: Int, grid: PixelGrid) {
    (self.pixels, self.channels, self.grid) = (pixels, channels, grid)
  }

  /// Numbers of a pixel.
  var stride: Int { 2 + channels }
  /// Numbers of a vector, [pixels][row, column, colours].
  var count: Int { pixels * stride }

  /// What a number of the vector reaches at most: positions stay below it.
  func bound(_ component: Int) -> Double {
    switch component % stride {
    case 0: Double(grid.height)
    case 1: Double(grid.width)
    default: 255
    }
  }

  package func holds(_ value: Double, at component: Int) -> Bool {
    let isColour = component % stride >= 2
    return value >= 0 && (isColour ? value <= 255 : value < bound(component))
  }

  /// `picture` with the pixels of `vector` set. All numbers are cut to whole ones, and colours divided
  /// by 255. Of pixels on one place the last counts.
  package func applying(_ vector: [Double], to picture: [Float]) -> [Float] {
    var changed = picture
    for pixel in 0..<pixels {
      let own = vector[pixel * stride..<(pixel + 1) * stride]
      let place = Int(own[own.startIndex]) * grid.width + Int(own[own.startIndex + 1])
      for (channel, colour) in own.dropFirst(2).enumerated() {
        changed[channel * grid.count + place] = Float(Int(colour)) / 255
      }
    }
    return changed
  }
}
