import Datasets
import TestSupport
import Testing

struct PictureCropTests {
  @Test func whatLiesOutsideIsBlack() {
    let pixels = Samples.bytes(5 * 4 * 3, seed: 3).map { max($0, 1) }
    let picture = Picture(height: 5, width: 4, channels: 3, pixels: pixels)
    for top in -9...7 {
      for left in -8...6 {
        for (height, width) in [(1, 1), (3, 7), (12, 2), (20, 20)] {
          let box = PictureBox(top: top, left: left, height: height, width: width)
          let part = picture.cropped(to: box)
          #expect(part.height == height && part.width == width && part.channels == 3)
          for i in part.pixels.indices {
            let (row, column) = (top + i / 3 / width, left + i / 3 % width)
            let isInside = (0..<5).contains(row) && (0..<4).contains(column)
            #expect(part.pixels[i] == (isInside ? pixels[(row * 4 + column) * 3 + i % 3] : 0))
          }
        }
      }
    }
  }

  private func square(_ height: Int, _ width: Int, _ points: [(Int, Int)]) -> PictureBox? {
    var values = [UInt8](repeating: 0, count: height * width)
    for (row, column) in points { values[row * width + column] = 7 }
    return ObjectMask(height: height, width: width, values: values).square
  }

  @Test func squaresSurroundTheObject() {
    #expect(square(6, 8, []) == nil)
    #expect(square(6, 8, [(2, 3)]) == PictureBox(top: 2, left: 3, height: 1, width: 1))
    #expect(
      square(6, 8, [(0, 0), (5, 7)]) == PictureBox(top: -1, left: 0, height: 8, width: 8))
    // Rows 1...2 and columns 2...6: three rows more, two of them above.
    #expect(
      square(6, 8, [(2, 2), (1, 6)]) == PictureBox(top: -1, left: 2, height: 5, width: 5))
    // Rows 0...5 and column 7.
    #expect(
      square(6, 8, [(5, 7), (0, 7)]) == PictureBox(top: 0, left: 4, height: 6, width: 6))
  }
}
