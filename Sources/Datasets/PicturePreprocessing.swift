import Core
import Foundation
import Storage

extension Picture {
  /// The file that `prepare --storage jpeg` keeps of this picture, which is that of `bytes`, and the extent
  /// in it: those bytes where they are a plain JPEG file that `size` does not reduce.
  func asJPEG(of bytes: [UInt8], size: Int?, path: String) throws
    -> (file: [UInt8], height: Int, width: Int)
  {
    let reduced = size.map { self.reduced(shortSide: $0) } ?? self
    let isKept = (reduced.height, reduced.width) == (height, width) && Self.isPlainJPEG(bytes)
    return (
      isKept ? bytes : try reduced.jpeg(quality: 95, path: path), reduced.height, reduced.width
    )
  }

  /// Levels of grey, as Pillow makes `L` of `RGB` (`src/libImaging/Convert.c`, `L24`).
  var inGrey: Picture {
    guard channels == 3 else { return self }
    var levels: [UInt8] = []
    levels.reserveCapacity(height * width)
    for place in stride(from: 0, to: pixels.count, by: 3) {
      let (red, green, blue) = (Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
      let sum: Int = red * 19595 + green * 38470 + blue * 7471 + 0x8000
      levels.append(UInt8(sum >> 16))
    }
    return Picture(height: height, width: width, channels: 1, pixels: levels)
  }
}

extension Preprocessing {
  /// The image [height][width][channels] of a picture's file, to the byte what evaluation sees of it where
  /// `prepare image-folder` has stored it first.
  /// - Throws: `CSGError` 65 that names `path` for a damaged file, or where pictures are kept as they come and this has
  ///   another extent.
  package func image(of bytes: [UInt8], path: String) throws -> Picture {
    var picture = try Picture(decoding: bytes, path: path)
    if mean.count == 1 { picture = picture.inGrey }
    if let stored {
      if stored.jpeg {
        let file = try picture.asJPEG(of: bytes, size: stored.size, path: path).file
        picture = try Picture(decoding: file, path: path)
      } else if let size = stored.size {
        picture = picture.centered(side: size)
      }
    }
    if let resize { picture = picture.centered(side: height, resize: resize) }
    guard (picture.height, picture.width) == (height, width) else {
      throw CSGError.data(
        path,
        "is \(picture.height) × \(picture.width) pixels, and the network takes "
          + "\(height) × \(width) as they come",
        remedy: "crop it, or set data.image_size")
    }
    return picture
  }
}
