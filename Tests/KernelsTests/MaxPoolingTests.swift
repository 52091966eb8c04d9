import Core
import Kernels
import TestSupport
import Testing

@Suite struct MaxPoolingTests {
  /// Side, size, stride, padding: ResNet's and AlexNet's, odd sides, one window.
  @Test(arguments: [(8, 3, 2, 1), (7, 3, 2, 1), (13, 3, 2, 0), (3, 3, 2, 0), (5, 2, 2, 0)])
  func takesTheLargestAndGivesItTheGradient(
    _ side: Int, _ size: Int, _ stride: Int, _ padding: Int
  ) {
    let outputSide = (side + 2 * padding - size) / stride + 1
    let input = MapShape(channels: 20, height: side, width: side, halo: 1)
    let output = MapShape(channels: 20, height: outputSide, width: outputSide, halo: 1)
    var random = RandomValues(seed: UInt64(side))
    // Few different values, below 0 too: ties, and windows that a border of zeros would win.
    let x = (0..<20 * side * side).map { _ in Float(random.below(5)) - 3 }
    let dy = random.floats(20 * outputSide * outputSide)
    var expected: [Float] = []
    var gradient = [Float](repeating: 0, count: x.count)
    for c in 0..<20 {
      for h in 0..<outputSide {
        for w in 0..<outputSide {
          var best: (value: Float, place: Int)?
          for row in h * stride - padding..<h * stride - padding + size
          where (0..<side).contains(row) {
            for column in w * stride - padding..<w * stride - padding + size
            where (0..<side).contains(column) {
              let place = (c * side + row) * side + column
              if best.map({ x[place] > $0.value }) ?? true { best = (x[place], place) }
            }
          }
          gradient[best?.place ?? 0] += dy[expected.count]
          expected.append(best?.value ?? .nan)
        }
      }
    }
    for level in testedLevels {
      let pooling = MaxPooling(
        input: input, output: output, size: size, stride: stride, padding: padding, level: level)
      let y = FloatBuffer(output.count).all
      let packed = input.pack(x)
      pooling.forward(packed, into: y)
      #expect(output.unpack(y) == expected)
      let dx = FloatBuffer(input.withHalo(0).count).all
      dx.fill(9)
      pooling.gradient(output.withHalo(0).pack(dy), input: packed, into: dx)
      #expect(relativeError(input.withHalo(0).unpack(dx), gradient.map(Double.init)) < 1e-6)
    }
  }
}
