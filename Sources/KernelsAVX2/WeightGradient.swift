import KernelInterface

/// A register tile of a weight gradient: the 3 taps of a kernel row × some input channels, over
/// the pixels of one image.
private struct WeightGradientTile<let Channels: Int, let Lanes: Int> {
  @inline(__always)
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    typealias Sums = InlineArray<Channels, Vector>
    var left = Sums(repeating: Vector())
    var middle = Sums(repeating: Vector())
    var right = Sums(repeating: Vector())
    for row in 0..<pass.rows {
      var x = input + row * pass.inputRowStride
      var dy = outputGradient + row * pass.outputRowStride
      for _ in 0..<pass.columns {
        let d = load(dy)
        for c in 0..<Channels { left[c].addProduct(Vector(repeating: x[c]), d) }
        for c in 0..<Channels { middle[c].addProduct(Vector(repeating: x[Lanes + c]), d) }
        for c in 0..<Channels { right[c].addProduct(Vector(repeating: x[2 * Lanes + c]), d) }
        x += pass.inputPixelStride
        dy += Layout.lanes
      }
    }
    let tap = pass.channelsPerBlock * Layout.lanes
    for c in 0..<Channels {
      let g = gradient + c * Layout.lanes
      store(load(g) + left[c], g)
      store(load(g + tap) + middle[c], g + tap)
      store(load(g + 2 * tap) + right[c], g + 2 * tap)
    }
  }
}

/// Walks the channels of an input block in tiles.
private struct WeightGradientChannels<let Lanes: Int> {
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    var c = 0
    while c < pass.channelsPerBlock {
      let rest = pass.channelsPerBlock - c
      let x = input + c
      let g = gradient + c * Layout.lanes
      if Tiling.gradientChannels == 8 && rest >= 8 {
        WeightGradientTile<8, Lanes>.run(pass, x, outputGradient, g)
        c += 8
      } else if rest >= 2 {
        WeightGradientTile<2, Lanes>.run(pass, x, outputGradient, g)
        c += 2
      } else {
        WeightGradientTile<1, Lanes>.run(pass, x, outputGradient, g)
        c += 1
      }
    }
  }
}

extension VectorKernels {
  package static func weightGradient(
    _ pass: WeightGradientPass, input: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    let tapRow = 3 * pass.channelsPerBlock * Layout.lanes
    for k in 0..<pass.outputBlocks {
      let dy = outputGradient + k * pass.outputBlockStride
      for block in 0..<pass.inputBlocks {
        for i in 0..<3 {
          let x = input + (block * pass.inputBlockStride + i * pass.inputMapRowStride)
          let g = gradient + ((k * pass.inputBlocks + block) * 3 + i) * tapRow
          if pass.inputLanes == Layout.lanes {
            WeightGradientChannels<16>.run(pass, x, dy, g)
          } else {
            WeightGradientChannels<4>.run(pass, x, dy, g)
          }
        }
      }
    }
  }
}
