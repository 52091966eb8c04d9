import KernelInterface

/// A number of outputs known when compiling.
struct Width<let P: Int> {}

/// Register tiles that run along the rows of an image.
protocol RowTiles {
  /// Blocks of output channels of a tile.
  static var blocks: Int { get }
  /// Outputs between which an input pixel lies: tiles begin at its multiples.
  static var outputsPerInput: Int { get }
  /// Floats between neighbouring pixels of the input.
  static var step: Int { get }

  /// Computes P neighbouring outputs.
  static func run<let P: Int>(
    _ width: Width<P>, _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>)
}

/// Runs tiles along the rows of one image: all rows for tiles of one width, then for those of the
/// next.
struct ConvolutionRows<Tiles: RowTiles> {
  /// Not inlined: one copy of the tiles of each kind.
  @inline(never)
  static func run(
    _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    var column = 0
    while column < pass.columns {
      let (width, count) = Tiling.tiles(
        columns: pass.columns, at: column, blocks: Tiles.blocks,
        outputsPerInput: Tiles.outputsPerInput)
      let x = input + column / Tiles.outputsPerInput * Tiles.step
      let y = output + column * pass.outputPixelStride
      switch width {
      #if KERNELS_AVX512
        case 16: row(Width<16>(), pass, count, x, weights, y)
        case 14: row(Width<14>(), pass, count, x, weights, y)
        case 8: row(Width<8>(), pass, count, x, weights, y)
        case 7: row(Width<7>(), pass, count, x, weights, y)
      #else
        case 6: row(Width<6>(), pass, count, x, weights, y)
        case 5: row(Width<5>(), pass, count, x, weights, y)
        case 3: row(Width<3>(), pass, count, x, weights, y)
      #endif
      case 4: row(Width<4>(), pass, count, x, weights, y)
      case 2: row(Width<2>(), pass, count, x, weights, y)
      default: row(Width<1>(), pass, count, x, weights, y)
      }
      column += width * count
    }
  }

  @inline(__always)
  private static func row<let P: Int>(
    _ width: Width<P>, _ pass: ConvolutionPass, _ tiles: Int, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<pass.rows {
      for tile in 0..<tiles {
        Tiles.run(
          width, pass,
          input + (row * pass.inputRowStride + tile * (P / Tiles.outputsPerInput * Tiles.step)),
          weights,
          output + (row * pass.outputRowStride + tile * (P * pass.outputPixelStride)))
      }
    }
  }
}
