import Core

/// Cuts a devkit's samples out. Neighbours in source order share a picture, so the last one is kept.
package final class PascalReader {
  private let devkit: String
  /// Rows and columns of a sample.
  let size: Int
  private var last: (stem: String, picture: Picture, objects: [PascalObject])?

  /// Samples of `size` × `size` pixels.
  package init(devkit: String, size: Int) {
    self.devkit = devkit
    self.size = size
  }

  /// The picture [size][size][3] and the mask [size][size] (0 or 1) of a sample.
  /// - Throws: `CSGError` 65 or 66 where a file has changed since the scan.
  package func read(_ crop: PascalPart.Crop) throws -> (image: Picture, mask: Picture) {
    let path = "\(devkit)/\(PascalAnnotation.pictures)/\(crop.stem).jpg"
    if last?.stem != crop.stem {
      last = (
        crop.stem, try Picture(path: path),
        try PascalAnnotation.objects(devkit: devkit, stem: crop.stem) ?? []
      )
    }
    guard let (_, picture, objects) = last, crop.number <= objects.count,
      case let mask = objects[crop.number - 1].mask, let square = mask.square,
      square.pixels <= Picture.mostPixels,
      (mask.height, mask.width) == (picture.height, picture.width)
    else { throw CSGError.data(path, "has changed while it was being prepared") }
    let outline = Picture(height: mask.height, width: mask.width, channels: 1, pixels: mask.values)
    return (
      picture.cropped(to: square).resized(height: size, width: size, filter: .lanczos),
      outline.cropped(to: square).resized(height: size, width: size, filter: .nearest)
    )
  }
}
