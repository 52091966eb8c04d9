/// A picture of bytes in memory.
public struct Picture: Sendable, Equatable {
  /// Extent: rows, columns, and values of a pixel (3: RGB, 1: levels or indices).
  public let height: Int, width: Int, channels: Int
  /// [H][W][channels].
  public var pixels: [UInt8]

  /// The pixels of a picture.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(
      height > 0 && width > 0 && pixels.count == height * width * channels,
      "\(pixels.count) bytes are no picture of \(height) × \(width) × \(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }
}
