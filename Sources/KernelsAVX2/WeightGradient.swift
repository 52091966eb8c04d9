import KernelInterface

/// A register tile of a weight gradient: some neighbouring taps of a kernel row × some input
/// channels, over the pixels of some images.
private struct WeightGradientTile<let Taps: Int, let Channels: Int, let Lanes: Int> {
  @inline(__always)
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    var sums = InlineArray<Taps, InlineArray<Channels, Vector>>(
      repeating: .init(repeating: Vector()))
    for image in 0..<pass.images {
      for row in 0..<pass.rows {
        var x = input + (image * pass.inputImageStride + row * pass.inputRowStride)
        var dy = outputGradient + (image * pass.outputImageStride + row * pass.outputRowStride)
        for _ in 0..<pass.columns {
          let d = load(dy)
          for t in 0..<Taps {
            for c in 0..<Channels { sums[t][c].addProduct(Vector(repeating: x[t * Lanes + c]), d) }
          }
          x += pass.inputPixelStride
          dy += Layout.lanes
        }
      }
    }
    for t in 0..<Taps {
      for c in 0..<Channels {
        let g = gradient + (t * pass.channels + c) * Layout.lanes
        store(load(g) + sums[t][c], g)
      }
    }
  }
}

/// Walks the channels of some taps in tiles.
private struct WeightGradientChannels<let Taps: Int, let Lanes: Int> {
  @inline(never)
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    let most = Taps == 1 ? Tiling.gradientChannels.one : Tiling.gradientChannels.three
    var c = 0
    while c < pass.channels {
      let width = Tiling.gradientWidth(rest: pass.channels - c, most: most)
      let x = input + c
      let g = gradient + c * Layout.lanes
      switch width {
      #if KERNELS_AVX512
        case 16: WeightGradientTile<Taps, 16, Lanes>.run(pass, x, outputGradient, g)
        case 8: WeightGradientTile<Taps, 8, Lanes>.run(pass, x, outputGradient, g)
      #else
        case 6: WeightGradientTile<Taps, 6, Lanes>.run(pass, x, outputGradient, g)
        case 5: WeightGradientTile<Taps, 5, Lanes>.run(pass, x, outputGradient, g)
      #endif
      case 4: WeightGradientTile<Taps, 4, Lanes>.run(pass, x, outputGradient, g)
      case 3: WeightGradientTile<Taps, 3, Lanes>.run(pass, x, outputGradient, g)
      case 2: WeightGradientTile<Taps, 2, Lanes>.run(pass, x, outputGradient, g)
      default: WeightGradientTile<Taps, 1, Lanes>.run(pass, x, outputGradient, g)
      }
      c += width
    }
  }
}

/// Walks the taps of a kernel row: three at a time, the rest one by one.
private struct WeightGradientTaps<let Lanes: Int> {
  @inline(__always)
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    var tap = 0
    while tap < pass.taps {
      let x = input + tap * Lanes
      let g = gradient + tap * pass.channels * Layout.lanes
      if pass.taps - tap >= 3 {
        WeightGradientChannels<3, Lanes>.run(pass, x, outputGradient, g)
        tap += 3
      } else {
        WeightGradientChannels<1, Lanes>.run(pass, x, outputGradient, g)
        tap += 1
      }
    }
  }
}

extension VectorKernels {
  package static func weightGradient(
    _ pass: WeightGradientPass, input: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    if pass.lanes == Layout.lanes {
      WeightGradientTaps<16>.run(pass, input, outputGradient, gradient)
    } else {
      WeightGradientTaps<4>.run(pass, input, outputGradient, gradient)
    }
  }
}
