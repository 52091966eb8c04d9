/// A part of a picture: whole rows and columns.
package struct PictureBox: Sendable, Equatable {
  /// First row and column, and extent.
  package var top: Int, left: Int, height: Int, width: Int

  /// A box by its first row and column, and its extent.
  package init(top: Int, left: Int, height: Int, width: Int) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
  }

  var rows: Range<Int> { top..<top + height }
  var columns: Range<Int> { left..<left + width }
  var pixels: Int { height * width }

  /// Whether it is part of a picture of this extent, and not empty.
  func lies(withinHeight pictureHeight: Int, width pictureWidth: Int) -> Bool {
    top >= 0 && left >= 0 && height > 0 && width > 0 && top + height <= pictureHeight
      && left + width <= pictureWidth
  }

  /// The middle of a picture. Half a pixel goes to the even offset, as in torchvision's `CenterCrop`.
  static func middle(side: Int, ofHeight height: Int, width: Int) -> PictureBox {
    func offset(_ spare: Int) -> Int {
      spare % 2 == 0 ? spare / 2 : spare / 2 + spare / 2 % 2
    }
    return PictureBox(
      top: offset(height - side), left: offset(width - side), height: side, width: side)
  }
}
