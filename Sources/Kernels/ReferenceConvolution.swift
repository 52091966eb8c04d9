import Core

/// A convolution by its definition, in Double, one value at a time: the judge of every kernel.
///
/// x is [N][C][H][W], weights OIHW, dy [N][K][H'][W'], all row-major.
package struct ReferenceConvolution: Sendable {
  /// The shape.
  package let shape: ConvolutionShape
  /// What goes in.
  package let x: [Float], weights: [Float], outputGradient: [Float]
  /// Extent of the output.
  package let outputHeight: Int, outputWidth: Int

  /// Seeded values, uniform in [−1, 1).
  package init(_ shape: ConvolutionShape, images: Int, seed: UInt64) {
    self.shape = shape
    outputHeight = (shape.height + 2 * shape.padding - shape.kernel) / shape.stride + 1
    outputWidth = (shape.width + 2 * shape.padding - shape.kernel) / shape.stride + 1
    func values(_ count: Int, stream: Int) -> [Float] {
      let random = AddressedRandom(seed: seed, purpose: .augmentation, stream: stream)
      return (0..<count).map {
        let words = random.words($0)
        return Float(2 * AddressedRandom.unit(words[0], words[1]) - 1)
      }
    }
    x = values(images * shape.channels * shape.height * shape.width, stream: 0)
    weights = values(shape.filters * shape.channels * shape.kernel * shape.kernel, stream: 1)
    outputGradient = values(images * shape.filters * outputHeight * outputWidth, stream: 2)
  }

  private var taps: Int { shape.kernel * shape.kernel }
  /// Images.
  package var images: Int { x.count / (shape.channels * shape.height * shape.width) }

  private func place(_ n: Int, _ c: Int, _ h: Int, _ w: Int) -> Int {
    ((n * shape.channels + c) * shape.height + h) * shape.width + w
  }

  /// y at a row-major index.
  package func output(_ index: Int) -> Double {
    let (rest, w) = index.quotientAndRemainder(dividingBy: outputWidth)
    let (map, h) = rest.quotientAndRemainder(dividingBy: outputHeight)
    let (n, k) = map.quotientAndRemainder(dividingBy: shape.filters)
    var sum = 0.0
    for c in 0..<shape.channels {
      for tap in 0..<taps {
        let row = h * shape.stride + tap / shape.kernel - shape.padding
        let column = w * shape.stride + tap % shape.kernel - shape.padding
        guard row >= 0, row < shape.height, column >= 0, column < shape.width else { continue }
        sum +=
          Double(x[place(n, c, row, column)])
          * Double(weights[(k * shape.channels + c) * taps + tap])
      }
    }
    return sum
  }

  /// The gradient of Σ y·dy by x at a row-major index.
  package func dataGradient(_ index: Int) -> Double {
    let (rest, w) = index.quotientAndRemainder(dividingBy: shape.width)
    let (map, h) = rest.quotientAndRemainder(dividingBy: shape.height)
    let (n, c) = map.quotientAndRemainder(dividingBy: shape.channels)
    var sum = 0.0
    for tap in 0..<taps {
      let row = h + shape.padding - tap / shape.kernel
      let column = w + shape.padding - tap % shape.kernel
      guard row >= 0, column >= 0, row % shape.stride == 0, column % shape.stride == 0,
        row / shape.stride < outputHeight, column / shape.stride < outputWidth
      else { continue }
      let pixel = row / shape.stride * outputWidth + column / shape.stride
      for k in 0..<shape.filters {
        sum +=
          Double(outputGradient[(n * shape.filters + k) * outputHeight * outputWidth + pixel])
          * Double(weights[(k * shape.channels + c) * taps + tap])
      }
    }
    return sum
  }

  /// The gradient of Σ y·dy by the weight at a row-major index.
  package func weightGradient(_ index: Int) -> Double {
    let (pair, tap) = index.quotientAndRemainder(dividingBy: taps)
    let (k, c) = pair.quotientAndRemainder(dividingBy: shape.channels)
    var sum = 0.0
    for n in 0..<images {
      for h in 0..<outputHeight {
        let row = h * shape.stride + tap / shape.kernel - shape.padding
        guard row >= 0 && row < shape.height else { continue }
        for w in 0..<outputWidth {
          let column = w * shape.stride + tap % shape.kernel - shape.padding
          guard column >= 0 && column < shape.width else { continue }
          sum +=
            Double(x[place(n, c, row, column)])
            * Double(
              outputGradient[((n * shape.filters + k) * outputHeight + h) * outputWidth + w])
        }
      }
    }
    return sum
  }
}
