import Datasets
import Network
import Testing
import Training

/// G as TensorBoard shows it.
@Suite struct RecordEventsTests {
  @Test(arguments: [(10, 64, 16, 16), (1000, 512, 1, 2), (5, 2048, 16, 1)])
  func everyEntryIsACell(classes: Int, filters: Int, height: Int, width: Int) {
    let gate = Gate(classes: classes, filters: filters, initial: 0)
    for i in 0..<gate.matrix.count { gate.matrix[i] = Float(i % 256) / 255 }
    let picture = gate.picture
    #expect(picture.height == classes * height && picture.width == filters * width)
    #expect(
      picture.pixels.indices.allSatisfy { i in
        let (y, x) = i.quotientAndRemainder(dividingBy: picture.width)
        return Int(picture.pixels[i]) == (y / height * filters + x / width) % 256
      })
  }
}
