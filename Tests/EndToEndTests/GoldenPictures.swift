import Foundation
import TestSupport

/// A folder of pictures in every coding, as `prepare image-folder` reads it.
enum GoldenPictures {
  /// The training pictures of two classes; the first two of each are also for validation.
  static let classes = [
    "a": ["plain.jpg", "subsampled.jpg", "progressive.jpg", "orientation-3.jpg", "cmyk.jpg"],
    "b": ["orientation-6.jpg", "palette-8.png", "rgb-16.png", "interlaced.png", "grey.jpg"],
  ]

  /// The bytes of one.
  static func bytes(_ picture: String) throws -> [UInt8] {
    let golden = URL(fileURLWithPath: Places.golden("pictures/\(picture)"))
    return [UInt8](try Data(contentsOf: golden))
  }

  /// Writes `NAME/train/CLASS/…` and `NAME/val/CLASS/…`.
  static func fill(_ folder: TemporaryFolder, _ name: String) throws {
    for (label, pictures) in classes {
      for (split, pictures) in [("train", pictures), ("val", Array(pictures.prefix(2)))] {
        for picture in pictures {
          try folder.write("\(name)/\(split)/\(label)/\(picture)", try bytes(picture))
        }
      }
    }
  }
}
