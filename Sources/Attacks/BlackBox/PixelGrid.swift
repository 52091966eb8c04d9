/// The pixels of a picture, numbered row by row.
package struct PixelGrid: Sendable {
  package let height: Int, width: Int

  package init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  var count: Int { height * width }

  /// All pixels no farther than `reach` rows and columns from one of `centers`, ascending, each once.
  func around(_ centers: [Int], reach: Int) -> [Int] {
    var isNear = [Bool](repeating: false, count: count)
    for center in centers {
      let (row, column) = center.quotientAndRemainder(dividingBy: width)
      for y in max(0, row - reach)...min(height - 1, row + reach) {
        for x in max(0, column - reach)...min(width - 1, column + reach) {
          isNear[y * width + x] = true
        }
      }
    }
    return isNear.indices.filter { isNear[$0] }
  }
}
