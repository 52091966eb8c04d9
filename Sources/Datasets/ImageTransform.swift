import Core

/// From a stored picture to an image of the network: framed, and in training augmented.
package struct ImageTransform: Sendable {
  /// Extent of an image.
  package let height: Int, width: Int, channels: Int
  /// Short side before the centre crop to a square; nil: pictures are stored as the network takes them.
  package let resize: Int?
  private let augmentation: Augmentation?

  /// What `data` says for a split: with a seed as in training, without as in evaluation.
  /// - Throws: `CSGError` 78 where keys and stored pictures do not fit each other.
  package init(_ data: Configuration.Data, manifest: Manifest, trainingSeed: UInt64?) throws {
    guard data.imageSize != nil || !manifest.holdsFiles else {
      throw CSGError.configuration(
        "data.image_size", "is not set, and pictures are stored as JPEG files of any size",
        remedy: "set it, to 224 for example")
    }
    height = data.imageSize ?? manifest.height
    width = data.imageSize ?? manifest.width
    channels = manifest.channels
    let isAsStored = !manifest.holdsFiles && (height, width) == (manifest.height, manifest.width)
    resize = data.resize ?? (isAsStored ? nil : height * 8 / 7)
    guard trainingSeed == nil || isAsStored || data.cropPadding == 0 else {
      throw CSGError.configuration(
        "data.crop_padding",
        "is for pictures that are stored with the side that the network takes",
        remedy: "set it to 0; data.random_resized_crop crops pictures of other sizes")
    }
    augmentation = trainingSeed.map {
      Augmentation(
        padding: data.cropPadding, flips: data.horizontalFlip, crop: data.randomResizedCrop,
        jitter: data.colorJitter, seed: $0)
    }
  }

  /// Pictures as they are stored.
  package init(manifest: Manifest, augmentation: Augmentation?) {
    (height, width, channels) = (manifest.height, manifest.width, manifest.channels)
    resize = nil
    self.augmentation = augmentation
  }

  /// Bytes of an image.
  package var imageBytes: Int { height * width * channels }

  /// Bytes that are there at a time while a picture of a split becomes an image: its file, the whole
  /// picture, its rows at half way of a resize, as wide as the image, and the image.
  package func workBytes(_ manifest: Manifest) -> Int {
    2 * manifest.height * manifest.width * manifest.channels
      + manifest.height * width * manifest.channels + imageBytes
  }

  /// Overwrites `output` (from `start` on) by the image [H][W][channels] of a draw's picture in an
  /// epoch.
  package func apply(
    _ picture: Picture, draw: Int, epoch: Int, into output: inout [UInt8], at start: Int
  ) {
    var framed = frame(picture, draw: draw, epoch: epoch)
    precondition((framed.height, framed.width, framed.channels) == (height, width, channels))
    guard let augmentation else {
      output.replaceSubrange(start..<start + imageBytes, with: framed.pixels)
      return
    }
    augmentation.recolour(&framed.pixels, draw: draw, epoch: epoch)
    augmentation.place(
      framed.pixels, height: height, width: width, channels: channels, draw: draw,
      epoch: epoch, into: &output, at: start)
  }

  /// The mask of a sample's picture, framed as evaluation frames the picture; each pixel is the nearest
  /// one's.
  package func framed(mask: [UInt8], of manifest: Manifest) -> [UInt8] {
    let picture = Picture(
      height: manifest.height, width: manifest.width, channels: 1, pixels: mask)
    guard let resize else { return mask }
    return picture.centered(side: height, resize: resize, filter: .nearest).pixels
  }

  /// The part of the picture that is shown, at the network's size.
  private func frame(_ picture: Picture, draw: Int, epoch: Int) -> Picture {
    let box = augmentation?.box(
      height: picture.height, width: picture.width, draw: draw, epoch: epoch)
    if let box { return picture.resized(height: height, width: width, filter: .bilinear, box: box) }
    guard let resize else { return picture }
    return picture.centered(side: height, resize: resize)
  }
}
