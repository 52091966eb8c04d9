import KernelInterface

/// Register tiles of one block of output channels whose taps come in rows of three. AVX-512
/// broadcasts each pixel of the input once for the up to three outputs that it reaches, so that tiles
/// of one block are not bound by their loads; AVX2 goes tap by tap in the same order.
///
/// `PerInput` outputs lie at each input pixel q: tap j brings it to output
/// PerInput · q + PerInput − 1 − j. `Channels` are summed in each input block; 0: as many as the
/// pass says.
struct SlidingTiles<let PerInput: Int, let Step: Int, let Channels: Int>: RowTiles {
  static var blocks: Int { 1 }
  static var outputsPerInput: Int { PerInput }
  static var step: Int { Step }

  @inline(__always)
  static func run<let P: Int>(
    _ width: Width<P>, _ pass: ConvolutionPass, _ input: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    let channels = Channels == 0 ? pass.channelsPerBlock : Channels
    var sums = InlineArray<P, Vector>(repeating: Vector())
    if pass.adds {
      for p in 0..<P { sums[p] = load(output + p * pass.outputPixelStride) }
    }
    for block in 0..<pass.inputBlocks {
      for row in 0..<pass.tapCount {
        let x = input + (block * pass.inputBlockStride + pass.tapInputOffsets[row])
        let w = weights + (block * pass.weightBlockStride + pass.tapWeightOffsets[row])
        for c in 0..<channels {
          add(
            pass, x + c, w + c * Layout.lanes, tapStride: channels * Layout.lanes, to: &sums)
        }
      }
    }
    for p in 0..<P { store(sums[p], output + p * pass.outputPixelStride) }
  }

  /// Adds the products of one channel with the three taps of a row.
  @inline(__always)
  private static func add<let P: Int>(
    _ pass: ConvolutionPass, _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    tapStride: Int, to sums: inout InlineArray<P, Vector>
  ) {
    #if KERNELS_AVX512
      let first = load(weights)
      let second = load(weights + tapStride)
      let third = load(weights + 2 * tapStride)
      unrolled18(P / PerInput + 2 / PerInput) { q in
        let pixel = Vector(repeating: x[q * Step])
        let p = PerInput * q + PerInput - 1
        if p < P { sums[p].addProduct(pixel, first) }
        if p >= 1 && p - 1 < P { sums[p - 1].addProduct(pixel, second) }
        if p >= 2 && p - 2 < P { sums[p - 2].addProduct(pixel, third) }
      }
    #else
      // Too few registers to slide: tap by tap. A step that the compiler does not know to be `Step`,
      // or a number of taps that it does not know, keeps it from holding pixels for the next tap.
      let taps = PerInput == 1 ? 3 : pass.tapsPerRow
      unrolled4(PerInput) { first in
        var (x, tap) = (x, first)
        while tap < taps {
          let weight = load(weights + tap * tapStride)
          unrolled7(P) { p in
            guard (p + first + 1) % PerInput == 0 else { return }
            sums[p].addProduct(Vector(repeating: x[p / PerInput * Step]), weight)
          }
          x += PerInput == 1 ? pass.inputPixelStride : Step
          tap += PerInput
        }
      }
    #endif
  }
}
