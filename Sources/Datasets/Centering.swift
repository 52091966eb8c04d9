extension Picture {
  /// The extent that a picture takes when its short side becomes `side`: the long side's fraction is
  /// dropped, as torchvision's `Resize` does.
  static func extent(height: Int, width: Int, shortSide side: Int) -> (height: Int, width: Int) {
    height <= width ? (side, side * width / height) : (side * height / width, side)
  }

  /// The whole picture with a short side of `side` pixels, bilinear.
  func resized(shortSide side: Int) -> Picture {
    let extent = Self.extent(height: height, width: width, shortSide: side)
    guard extent != (height, width) else { return self }
    return resized(height: extent.height, width: extent.width, filter: .bilinear)
  }

  /// The square of `side` pixels in the middle, after a resize of the short side to `resize` pixels
  /// (at least `side`).
  func centered(side: Int, resize: Int? = nil) -> Picture {
    resized(shortSide: resize ?? side).cropped(height: side, width: side)
  }

  /// The middle of the picture. Half a pixel goes to the even offset, as in torchvision's
  /// `CenterCrop`.
  func cropped(height newHeight: Int, width newWidth: Int) -> Picture {
    guard (newHeight, newWidth) != (height, width) else { return self }
    func offset(_ spare: Int) -> Int {
      spare % 2 == 0 ? spare / 2 : spare / 2 + spare / 2 % 2
    }
    let box = PictureBox(
      top: offset(height - newHeight), left: offset(width - newWidth), height: newHeight,
      width: newWidth)
    return cropped(to: box)
  }
}
