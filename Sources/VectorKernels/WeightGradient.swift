import KernelInterface

/// A register tile of a weight gradient: some neighbouring taps of a kernel row × some channels of
/// a block × some blocks of output channels, over some rows of pixels (counted over all images of
/// the pass). Chains begin at 0 or continue those in `chains`; they end there, or, with the pass, as
/// an addition to `gradient`.
private struct WeightGradientTile<let Taps: Int, let Channels: Int, let Blocks: Int> {
  private typealias Sums = InlineArray<
    Blocks, InlineArray<Taps, InlineArray<Channels, Vector>>
  >

  @inline(__always)
  static func run(
    _ pass: WeightGradientPass, rows: GradientRows, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, chains: UnsafeMutablePointer<Float>?,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    var sums = Sums(repeating: .init(repeating: .init(repeating: Vector())))
    if let chains, !rows.begins {
      forEach { k, t, c in sums[k][t][c] = load(chains + place(k, t, c, pass)) }
    }
    rows.forEach(pass, input, outputGradient) { x, dy in
      var (x, dy) = (x, dy)
      for _ in 0..<pass.columns {
        var d = InlineArray<Blocks, Vector>(repeating: Vector())
        for k in 0..<Blocks { d[k] = load(dy + k * pass.outputBlockStride) }
        for t in 0..<Taps {
          for c in 0..<Channels {
            let pixel = Vector(repeating: x[t * Layout.lanes + c])
            for k in 0..<Blocks { sums[k][t][c].addProduct(pixel, d[k]) }
          }
        }
        x += pass.inputPixelStride
        dy += Layout.lanes
      }
    }
    if let chains, !rows.ends {
      forEach { k, t, c in store(sums[k][t][c], chains + place(k, t, c, pass)) }
    } else {
      forEach { k, t, c in
        let g = gradient + (k * pass.gradientBlockStride + (t * pass.channels + c) * Layout.lanes)
        store(load(g) + sums[k][t][c], g)
      }
    }
  }

  /// Where a chain waits: [blocks][taps][channels][16].
  @inline(__always)
  private static func place(_ k: Int, _ t: Int, _ c: Int, _ pass: WeightGradientPass) -> Int {
    ((k * Taps + t) * pass.channels + c) * Layout.lanes
  }

  @inline(__always)
  private static func forEach(_ body: (_ block: Int, _ tap: Int, _ channel: Int) -> Void) {
    for k in 0..<Blocks {
      for t in 0..<Taps {
        for c in 0..<Channels { body(k, t, c) }
      }
    }
  }
}

/// Walks the channels of some taps of some blocks in tiles.
private struct WeightGradientChannels<let Taps: Int, let Blocks: Int> {
  @inline(never)
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    walkRows(pass, blocks: Blocks) { rows, chains in
      let most = Tiling.gradientChannels(taps: Taps, blocks: Blocks)
      var c = 0
      while c < pass.channels {
        let width = Tiling.gradientWidth(rest: pass.channels - c, most: most)
        let x = input + c
        let at = chains.map { $0 + c * Layout.lanes }
        let g = gradient + c * Layout.lanes
        switch width {
        #if KERNELS_AVX512
          case 16: Tile<16>.run(pass, rows: rows, x, outputGradient, chains: at, g)
          case 8: Tile<8>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        #else
          case 6: Tile<6>.run(pass, rows: rows, x, outputGradient, chains: at, g)
          case 5: Tile<5>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        #endif
        case 4: Tile<4>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        case 3: Tile<3>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        case 2: Tile<2>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        default: Tile<1>.run(pass, rows: rows, x, outputGradient, chains: at, g)
        }
        c += width
      }
    }
  }

  private typealias Tile<let Channels: Int> = WeightGradientTile<Taps, Channels, Blocks>
}

extension VectorKernels {
  package static func weightGradient(
    _ pass: WeightGradientPass, input: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    var block = 0
    while block < pass.outputBlocks {
      let dy = outputGradient + block * pass.outputBlockStride
      let g = gradient + block * pass.gradientBlockStride
      #if KERNELS_AVX512
        if SlidingWeightGradient.run(pass, input, dy, g) {
          block += 1
          continue
        }
      #endif
      if pass.lanes != Layout.lanes {
        NarrowWeightGradient.run(pass, input, dy, g)
        block += 1
      } else if Tiling.pairsBlocks && block + 2 <= pass.outputBlocks {
        WeightGradientTaps<2>.run(pass, input, dy, g)
        block += 2
      } else {
        WeightGradientTaps<1>.run(pass, input, dy, g)
        block += 1
      }
    }
  }
}

/// Walks the taps of some blocks: three of a kernel row at a time, the rest one by one.
private struct WeightGradientTaps<let Blocks: Int> {
  @inline(__always)
  static func run(
    _ pass: WeightGradientPass, _ input: UnsafePointer<Float>,
    _ outputGradient: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<pass.kernelRows {
      var tap = 0
      while tap < pass.taps {
        let x = input + (row * pass.kernelRowStride + tap * Layout.lanes)
        let g = gradient + (row * pass.taps + tap) * pass.channels * Layout.lanes
        if pass.taps - tap >= 3 {
          WeightGradientChannels<3, Blocks>.run(pass, x, outputGradient, g)
          tap += 3
        } else {
          WeightGradientChannels<1, Blocks>.run(pass, x, outputGradient, g)
          tap += 1
        }
      }
    }
  }
}
