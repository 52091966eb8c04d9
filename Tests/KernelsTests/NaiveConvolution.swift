import Kernels

/// Convolutions by their definition, in Double, over plain arrays [C][H][W] and OIHW weights.
enum NaiveConvolution {
  typealias Tensor = (channels: Int, height: Int, width: Int, values: [Double])

  static func forward(_ x: Tensor, _ weights: [Double], filters: Int, stride: Int) -> Tensor {
    let height = (x.height - 1) / stride + 1
    let width = (x.width - 1) / stride + 1
    var y = [Double](repeating: 0, count: filters * height * width)
    visit(x, filters: filters, stride: stride) { xIndex, yIndex, wIndex in
      y[yIndex] += x.values[xIndex] * weights[wIndex]
    }
    return (filters, height, width, y)
  }

  static func dataGradient(
    _ dy: [Double], _ weights: [Double], x: Tensor, filters: Int, stride: Int
  ) -> [Double] {
    var dx = [Double](repeating: 0, count: x.values.count)
    visit(x, filters: filters, stride: stride) { xIndex, yIndex, wIndex in
      dx[xIndex] += dy[yIndex] * weights[wIndex]
    }
    return dx
  }

  static func weightGradient(_ dy: [Double], x: Tensor, filters: Int, stride: Int) -> [Double] {
    var dw = [Double](repeating: 0, count: filters * x.channels * 9)
    visit(x, filters: filters, stride: stride) { xIndex, yIndex, wIndex in
      dw[wIndex] += dy[yIndex] * x.values[xIndex]
    }
    return dw
  }

  /// Calls `body` with the places in x, y and w of every product of the convolution.
  private static func visit(
    _ x: Tensor, filters: Int, stride: Int, _ body: (Int, Int, Int) -> Void
  ) {
    let height = (x.height - 1) / stride + 1
    let width = (x.width - 1) / stride + 1
    for k in 0..<filters {
      for c in 0..<x.channels {
        for h in 0..<height {
          for w in 0..<width {
            for tap in 0..<9 {
              let row = h * stride + tap / 3 - 1
              let column = w * stride + tap % 3 - 1
              guard row >= 0, row < x.height, column >= 0, column < x.width else { continue }
              body(
                (c * x.height + row) * x.width + column, (k * height + h) * width + w,
                (k * x.channels + c) * 9 + tap)
            }
          }
        }
      }
    }
  }
}
