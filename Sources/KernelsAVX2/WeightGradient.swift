import KernelInterface

/// A register tile of a weight gradient: some neighbouring taps of a kernel row × some channels of
/// a block, over some rows of pixels (counted over all images of the pass). Chains begin at 0 or
/// continue those in `chains`; they end there, or, with the pass, as an addition to `gradient`.
private struct WeightGradientTile<let Taps: Int, let Channels: Int> {
  @inline(__always)
  static func run(
    _ pass: WeightGradientPass, rows: GradientRows, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, chains: UnsafeMutablePointer<Float>?,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    var sums = InlineArray<Taps, InlineArray<Channels, Vector>>(
      repeating: .init(repeating: Vector()))
    if let chains, !rows.begins {
      for t in 0..<Taps {
        for c in 0..<Channels { sums[t][c] = load(chains + (t * pass.channels + c) * Layout.lanes) }
      }
    }
    var (image, row) = (rows.image, rows.row)
    for _ in 0..<rows.count {
      var x = input + (image * pass.inputImageStride + row * pass.inputRowStride)
      var dy = outputGradient + (image * pass.outputImageStride + row * pass.outputRowStride)
      for _ in 0..<pass.columns {
        let d = load(dy)
        for t in 0..<Taps {
          for c in 0..<Channels {
            sums[t][c].addProduct(Vector(repeating: x[t * Layout.lanes + c]), d)
          }
        }
        x += pass.inputPixelStride
        dy += Layout.lanes
      }
      row += 1
      if row == pass.rows { (image, row) = (image + 1, 0) }
    }
    if let chains, !rows.ends {
      for t in 0..<Taps {
        for c in 0..<Channels { store(sums[t][c], chains + (t * pass.channels + c) * Layout.lanes) }
      }
    } else {
      for t in 0..<Taps {
        for c in 0..<Channels {
          let g = gradient + (t * pass.channels + c) * Layout.lanes
          store(load(g) + sums[t][c], g)
        }
      }
    }
  }
}

/// Walks the channels of some taps in tiles.
private struct WeightGradientChannels<let Taps: Int> {
  @inline(never)
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    walkRows(pass) { rows, chains in
      let most = Taps == 1 ? Tiling.gradientChannels.one : Tiling.gradientChannels.three
      var c = 0
      while c < pass.channels {
        let width = Tiling.gradientWidth(rest: pass.channels - c, most: most)
        let x = input + c
        let at = chains.map { $0 + c * Layout.lanes }
        let g = gradient + c * Layout.lanes
        switch width {
        #if KERNELS_AVX512
          case 16:
            WeightGradientTile<Taps, 16>.run(pass, rows: rows, x, outputGradient, chains: at, g)
          case 8:
            WeightGradientTile<Taps, 8>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        #else
          case 6:
            WeightGradientTile<Taps, 6>.run(pass, rows: rows, x, outputGradient, chains: at, g)
          case 5:
            WeightGradientTile<Taps, 5>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        #endif
        case 4:
          WeightGradientTile<Taps, 4>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        case 3:
          WeightGradientTile<Taps, 3>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        case 2:
          WeightGradientTile<Taps, 2>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        default:
          WeightGradientTile<Taps, 1>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        }
        c += width
      }
    }
  }
}

/// Some rows of a pass, counted over all its images.
struct GradientRows {
  /// The image and the row of the first one.
  var image = 0, row = 0
  var count: Int
  /// Whether chains begin, or end, with these rows.
  var begins: Bool, ends: Bool
}

/// Walks some rows at a time, which stay in the first-level cache: `body` for each; the chains of
/// at most 48 entries (tap, channel) wait in memory meanwhile.
@inline(__always)
func walkRows(
  _ pass: WeightGradientPass,
  _ body: (_ rows: GradientRows, _ chains: UnsafeMutablePointer<Float>?) -> Void
) {
  let count = pass.images * pass.rows
  let most = Tiling.gradientRows(pass)
  guard count > most else {
    return body(GradientRows(count: count, begins: true, ends: true), nil)
  }
  let parts = (count + most - 1) / most
  let step = (count + parts - 1) / parts
  var chains = InlineArray<768, Float>(repeating: 0)  // 48 entries × 16 filters
  var span = chains.mutableSpan
  span.withUnsafeMutableBufferPointer { chains in
    var rows = GradientRows(count: step, begins: true, ends: false)
    var first = 0
    while first < count {
      rows.count = min(step, count - first)
      rows.begins = first == 0
      first += rows.count
      rows.ends = first == count
      body(rows, chains.baseAddress)
      rows.row += rows.count
      while rows.row >= pass.rows {
        rows.row -= pass.rows
        rows.image += 1
      }
    }
  }
}

extension VectorKernels {
  package static func weightGradient(
    _ pass: WeightGradientPass, input: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    guard pass.lanes == Layout.lanes else {
      return NarrowWeightGradient.run(pass, input, outputGradient, gradient)
    }
    for row in 0..<pass.kernelRows {
      // Three taps at a time, the rest one by one.
      var tap = 0
      while tap < pass.taps {
        let x = input + (row * pass.kernelRowStride + tap * Layout.lanes)
        let g = gradient + (row * pass.taps + tap) * pass.channels * Layout.lanes
        if pass.taps - tap >= 3 {
          WeightGradientChannels<3>.run(pass, x, outputGradient, g)
          tap += 3
        } else {
          WeightGradientChannels<1>.run(pass, x, outputGradient, g)
          tap += 1
        }
      }
    }
  }
}
