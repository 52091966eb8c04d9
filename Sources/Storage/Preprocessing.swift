import Core
import Foundation

/// What evaluation does to a picture before the network reads it, in numbers that are settled: no data
/// set is asked any more.
///
/// A picture of one channel is made grey as Pillow does (`L`); it is stored, framed (short side resized to `resize`, the
/// middle cut out), and becomes (byte / 255 − mean) / std.
package struct Preprocessing: Codable, Equatable, Sendable {
  /// How the data set kept pictures, which they go through first.
  package struct Stored: Codable, Equatable, Sendable {
    /// Whether as JPEG files, else as pixels.
    package let jpeg: Bool
    /// Of pixels the side of the square that a picture was resized and cut to; of JPEG files the longest
    /// short side. Nil: pictures were kept as they came.
    package let size: Int?

    /// Pictures so kept.
    package init(jpeg: Bool, size: Int?) {
      self.jpeg = jpeg
      self.size = size
    }
  }

  /// Nil: pictures are framed as they come.
  package var stored: Stored?
  /// Extent of an image.
  package var height: Int, width: Int
  /// Short side before the square of `height` is cut out of the middle; nil: a stored picture is an image.
  package var resize: Int?
  /// Of values in [0, 1], one a channel.
  package var mean: [Double], std: [Double]

  /// Settled numbers.
  package init(
    stored: Stored?, height: Int, width: Int, resize: Int?, mean: [Double], std: [Double]
  ) {
    self.stored = stored
    self.height = height
    self.width = width
    self.resize = resize
    self.mean = mean
    self.std = std
  }

  /// As it stands in a file: JSON, keys sorted, without what is nil.
  package var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  // What is stored or made.
  private static let largestSide = 65_536
  private static let mostPixels = 1 << 27

  /// Reads `text`, of a file whose images have so many channels.
  /// - Throws: `CSGError` 65 where it is something else, or a number is one that no data set can have.
  package init(text: String, channels: Int, origin: String) throws {
    guard let read = try? JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8)) else {
      throw CSGError.data(origin, "preprocessing holds no description of a picture's way: \(text)")
    }
    let sides = [read.height, read.width] + [read.resize, read.stored?.size].compactMap { $0 }
    guard sides.allSatisfy({ (1...Self.largestSide).contains($0) }),
      read.height * read.width <= Self.mostPixels,
      read.resize.map({ $0 >= read.height && read.height == read.width }) ?? true
    else { throw CSGError.data(origin, "preprocessing has sides that no image has: \(text)") }
    guard read.mean.count == channels, read.std.count == channels,
      read.mean.allSatisfy(\.isFinite), read.std.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw CSGError.data(
        origin, "preprocessing has no mean and std for \(channels) channels: \(text)")
    }
    self = read
  }
}
