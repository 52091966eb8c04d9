import Core
import Kernels
import TestSupport
import Testing

/// Every pass of the direct convolution against its definition in Double.
@Suite struct ConvolutionTests {
  struct Shape: CustomTestStringConvertible {
    let channels: Int, filters: Int, height: Int, width: Int, stride: Int
    var testDescription: String { "\(channels)→\(filters) at \(height)×\(width), stride \(stride)" }
  }

  /// The shapes of our nets at 32², 28² and 224-like odd sizes, then odd ones: one row, one pixel,
  /// narrow inputs, channels that fill no block.
  static let shapes = [
    Shape(channels: 3, filters: 16, height: 32, width: 32, stride: 1),
    Shape(channels: 1, filters: 16, height: 28, width: 28, stride: 1),
    Shape(channels: 16, filters: 16, height: 32, width: 32, stride: 1),
    Shape(channels: 16, filters: 32, height: 32, width: 32, stride: 2),
    Shape(channels: 32, filters: 32, height: 16, width: 16, stride: 1),
    Shape(channels: 32, filters: 64, height: 16, width: 16, stride: 2),
    Shape(channels: 64, filters: 64, height: 8, width: 8, stride: 1),
    Shape(channels: 16, filters: 32, height: 28, width: 28, stride: 2),
    Shape(channels: 32, filters: 64, height: 14, width: 14, stride: 2),
    Shape(channels: 64, filters: 64, height: 7, width: 7, stride: 1),
    Shape(channels: 16, filters: 32, height: 7, width: 9, stride: 2),
    Shape(channels: 32, filters: 48, height: 5, width: 11, stride: 1),
    Shape(channels: 1, filters: 16, height: 1, width: 1, stride: 1),
    Shape(channels: 16, filters: 16, height: 1, width: 3, stride: 2),
    Shape(channels: 2, filters: 7, height: 6, width: 13, stride: 2),
    Shape(channels: 4, filters: 20, height: 3, width: 17, stride: 1),
    Shape(channels: 5, filters: 16, height: 9, width: 9, stride: 1),
    Shape(channels: 20, filters: 33, height: 10, width: 12, stride: 1),
    Shape(channels: 20, filters: 33, height: 11, width: 12, stride: 2),
  ]

  /// Relative to the largest entry; chains of up to 65k fused additions of products below 1.
  static let tolerance = 4e-6

  struct Case {
    let x: NaiveConvolution.Tensor, weights: [Float], dy: [Float], input: MapShape

    init(_ shape: Shape) {
      var random = RandomValues(seed: UInt64(shape.channels * 100 + shape.filters))
      let values = random.floats(shape.channels * shape.height * shape.width)
      x = (shape.channels, shape.height, shape.width, values.doubles)
      weights = random.floats(shape.filters * shape.channels * 9)
      let rows = (shape.height - 1) / shape.stride + 1
      let columns = (shape.width - 1) / shape.stride + 1
      dy = random.floats(shape.filters * rows * columns)
      input =
        shape.channels <= 4
        ? .image(channels: shape.channels, height: shape.height, width: shape.width)
        : MapShape(channels: shape.channels, height: shape.height, width: shape.width, halo: 1)
    }

    func packed(_ convolution: Convolution) -> FloatSlice {
      let blocked = FloatBuffer(convolution.weightCount).all
      for (i, weight) in weights.enumerated() {
        blocked[convolution.weightIndex(i / 9 / x.channels, i / 9 % x.channels, i % 9)] = weight
      }
      return blocked
    }
  }

  /// All passes on one level: y, dx (nil for an image), dw.
  private func passes(_ shape: Shape, _ test: Case, _ level: CPULevel) -> (
    y: [Float], dx: [Float]?, dw: [Float]
  ) {
    let convolution = Convolution(
      input: test.input, filters: shape.filters, stride: shape.stride, level: level)
    let weights = test.packed(convolution)
    let x = test.input.pack(test.x.values.map(Float.init))
    let y = FloatBuffer(convolution.output.count).all
    convolution.forward(x, weights: weights, into: y)

    let dy = convolution.output.withHalo(1).pack(test.dy)
    let dw = FloatBuffer(convolution.weightCount).all
    convolution.addWeightGradient(x, outputGradient: dy, to: dw)
    let gradient = test.weights.indices.map { i in
      dw[convolution.weightIndex(i / 9 / test.x.channels, i / 9 % test.x.channels, i % 9)]
    }
    var dx: [Float]?
    if test.input.lanes == 16 {
      let rotated = FloatBuffer(convolution.weightCount).all
      convolution.rotate(weights, into: rotated)
      let plain = test.input.withHalo(0)
      let target = FloatBuffer(plain.count).all
      target.fill(7)
      convolution.dataGradient(outputGradient: dy, rotated: rotated, into: target, adding: false)
      let once = plain.unpack(target)
      convolution.dataGradient(outputGradient: dy, rotated: rotated, into: target, adding: true)
      #expect(
        relativeError(plain.unpack(target), once.map { 2 * Double($0) }) < Self.tolerance,
        "adding a gradient to itself doubles it")
      dx = once
    }
    return (convolution.output.unpack(y), dx, gradient)
  }

  @Test(arguments: shapes) func matchesItsDefinition(_ shape: Shape) {
    let test = Case(shape)
    let weights = test.weights.doubles
    let dy = test.dy.doubles
    let y = NaiveConvolution.forward(
      test.x, weights, filters: shape.filters, stride: shape.stride)
    let dx = NaiveConvolution.dataGradient(
      dy, weights, x: test.x, filters: shape.filters, stride: shape.stride)
    let dw = NaiveConvolution.weightGradient(
      dy, x: test.x, filters: shape.filters, stride: shape.stride)
    for level in testedLevels {
      let result = passes(shape, test, level)
      #expect(relativeError(result.y, y.values) < Self.tolerance, "forward, \(level)")
      #expect(relativeError(result.dw, dw) < Self.tolerance, "weight gradient, \(level)")
      if let resultDX = result.dx {
        #expect(relativeError(resultDX, dx) < Self.tolerance, "data gradient, \(level)")
      }
    }
  }

  @Test(
    .enabled(if: testedLevels.count == 2, "SKIPPED: this CPU has no AVX-512"), arguments: shapes)
  func givesTheSameBitsOnBothLevels(_ shape: Shape) {
    let test = Case(shape)
    let a = passes(shape, test, .avx2)
    let b = passes(shape, test, .avx512)
    #expect(a.y == b.y && a.dx == b.dx && a.dw == b.dw)
  }
}
