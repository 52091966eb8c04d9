/// Which pixels of a picture belong to one object.
package struct ObjectMask: Equatable {
  /// Extent of the picture.
  package let height: Int, width: Int
  /// [H][W]: 1 on the object, 0 elsewhere.
  package let values: [UInt8]

  /// The pixels whose value is not 0.
  package init(height: Int, width: Int, values: [UInt8]) {
    precondition(values.count == height * width, "\(values.count) values for \(height) × \(width)")
    self.height = height
    self.width = width
    self.values = values.map { $0 == 0 ? 0 : 1 }
  }

  /// The square around the object; nil where it has no pixel. Its side is the larger one of the
  /// object's box, its centre the box's, or half a pixel above or left of it where sides of even and
  /// odd length meet. It may reach over the picture's edges.
  package var square: PictureBox? {
    var (top, bottom, left, right) = (height, -1, width, -1)
    for row in 0..<height {
      let line = values[row * width..<(row + 1) * width]
      guard let first = line.firstIndex(of: 1), let last = line.lastIndex(of: 1) else { continue }
      top = min(top, row)
      bottom = row
      left = min(left, first - row * width)
      right = max(right, last - row * width)
    }
    guard bottom >= 0 else { return nil }
    let (rows, columns) = (bottom - top + 1, right - left + 1)
    let side = max(rows, columns)
    return PictureBox(
      top: top - (side - rows + 1) / 2, left: left - (side - columns + 1) / 2, height: side,
      width: side)
  }
}
