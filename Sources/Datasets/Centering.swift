extension Picture {
  /// The extent that a picture takes when its short side becomes `side`: the long side's fraction is
  /// dropped, as torchvision's `Resize` does.
  private func extent(shortSide side: Int) -> (height: Int, width: Int) {
    height <= width ? (side, side * width / height) : (side * height / width, side)
  }

  /// The whole picture with its short side reduced to `side` pixels, bilinear; as it is where that side
  /// is no longer. It never has more pixels than before, whatever its shape.
  func reduced(shortSide side: Int) -> Picture {
    guard side < min(height, width) else { return self }
    let extent = extent(shortSide: side)
    return resized(height: extent.height, width: extent.width, filter: .bilinear)
  }

  /// The square of `side` pixels in the middle, after a resize of the short side to `resize`
  /// pixels (at least `side`).
  ///
  /// Only the square is made: the whole of a strip of 1 × 65,000 pixels would take gigabytes.
  package func centered(
    side: Int, resize: Int? = nil, filter: Filter = .bilinear
  ) -> Picture {
    let extent = extent(shortSide: resize ?? side)
    let middle = PictureBox.middle(side: side, ofHeight: extent.height, width: extent.width)
    if extent != (height, width) {
      return resized(
        height: extent.height, width: extent.width, filter: filter, keeping: middle)
    }
    return (height, width) == (side, side) ? self : cropped(to: middle)
  }
}
