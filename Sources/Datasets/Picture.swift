/// A picture of bytes in memory.
package struct Picture: Sendable, Equatable {
  /// Extent: rows, columns, and values of a pixel (3: RGB, 1: levels or indices).
  package let height: Int, width: Int, channels: Int
  /// [H][W][channels].
  package var pixels: [UInt8]

  /// The pixels of a picture.
  package init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(
      height > 0 && width > 0 && pixels.count == height * width * channels,
      "\(pixels.count) bytes are no picture of \(height) × \(width) × \(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }
}
