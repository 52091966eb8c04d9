import KernelInterface

/// A register tile of a direct convolution: P pixels of a row × K blocks of output channels, the
/// pixels `Step` floats apart in the input. A step known when compiling lets the broadcast of a
/// pixel fold into the multiply-add.
struct ConvolutionTile<let P: Int, let K: Int, let Step: Int> {
  @inline(__always)
  static func run(
    _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    var sums = InlineArray<K, InlineArray<P, Vector>>(repeating: .init(repeating: Vector()))
    if pass.adds {
      for k in 0..<K {
        for p in 0..<P {
          sums[k][p] = load(output + (k * pass.outputBlockStride + p * pass.outputPixelStride))
        }
      }
    }
    for block in 0..<pass.inputBlocks {
      for tap in 0..<pass.tapCount {
        let x = input + (block * pass.inputBlockStride + pass.tapInputOffsets[tap])
        let w = weights + (block * pass.weightBlockStride + pass.tapWeightOffsets[tap])
        for c in 0..<pass.channelsPerBlock {
          var weight = InlineArray<K, Vector>(repeating: Vector())
          for k in 0..<K { weight[k] = load(w + (k * pass.weightOutputStride + c * Layout.lanes)) }
          for p in 0..<P {
            let pixel = Vector(repeating: x[p * Step + c])
            for k in 0..<K { sums[k][p].addProduct(pixel, weight[k]) }
          }
        }
      }
    }
    for k in 0..<K {
      for p in 0..<P {
        store(sums[k][p], output + (k * pass.outputBlockStride + p * pass.outputPixelStride))
      }
    }
  }
}

/// Runs tiles of K output blocks along rows.
private struct ConvolutionRows<let K: Int, let Step: Int> {
  /// Not inlined: one copy of the tiles for each K and Step.
  @inline(never)
  static func run(
    _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<pass.rows {
      var column = 0
      while column < pass.columns {
        let width = Tiling.width(columns: pass.columns, at: column, blocks: K)
        let x = input + (row * pass.inputRowStride + column * Step)
        let y = output + (row * pass.outputRowStride + column * pass.outputPixelStride)
        switch width {
        #if KERNELS_AVX512
          case 16: ConvolutionTile<16, K, Step>.run(pass, x, weights, y)
          case 14: ConvolutionTile<14, K, Step>.run(pass, x, weights, y)
          case 8: ConvolutionTile<8, K, Step>.run(pass, x, weights, y)
          case 7: ConvolutionTile<7, K, Step>.run(pass, x, weights, y)
        #else
          case 6: ConvolutionTile<6, K, Step>.run(pass, x, weights, y)
          case 5: ConvolutionTile<5, K, Step>.run(pass, x, weights, y)
          case 3: ConvolutionTile<3, K, Step>.run(pass, x, weights, y)
        #endif
        case 4: ConvolutionTile<4, K, Step>.run(pass, x, weights, y)
        case 2: ConvolutionTile<2, K, Step>.run(pass, x, weights, y)
        default: ConvolutionTile<1, K, Step>.run(pass, x, weights, y)
        }
        column += width
      }
    }
  }
}

/// Runs a pass whose pixels are `Step` floats apart, output blocks in pairs where the tiling says.
private struct ConvolutionBlocks<let Step: Int> {
  static func run(
    _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    var block = 0
    while block < pass.outputBlocks {
      let isPair = Tiling.pairsBlocks && block + 2 <= pass.outputBlocks
      // Some input blocks at a time, whose weights stay in the first-level cache for all pixels; the
      // sums wait in the output meanwhile.
      let inputBlocks = Tiling.inputBlocks(pass, outputBlocks: isPair ? 2 : 1)
      var part = pass
      for first in stride(from: 0, to: max(pass.inputBlocks, 1), by: inputBlocks) {
        part.inputBlocks = min(inputBlocks, pass.inputBlocks - first)
        part.adds = pass.adds || first > 0
        let x = input + first * pass.inputBlockStride
        let w = weights + (block * pass.weightOutputStride + first * pass.weightBlockStride)
        let y = output + block * pass.outputBlockStride
        if isPair {
          ConvolutionRows<2, Step>.run(part, x, w, y)
        } else {
          ConvolutionRows<1, Step>.run(part, x, w, y)
        }
      }
      block += isPair ? 2 : 1
    }
  }
}

extension VectorKernels {
  package static func convolve(
    _ pass: ConvolutionPass, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>
  ) {
    switch pass.inputPixelStride {
    case 4: ConvolutionBlocks<4>.run(pass, input, weights, output)
    case 8: ConvolutionBlocks<8>.run(pass, input, weights, output)
    case 16: ConvolutionBlocks<16>.run(pass, input, weights, output)
    default: ConvolutionBlocks<32>.run(pass, input, weights, output)
    }
  }
}
