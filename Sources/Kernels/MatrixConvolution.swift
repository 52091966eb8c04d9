import COpenBLAS
import Core
import KernelInterface

/// A convolution as matrix products of OpenBLAS: im2col, any shape.
///
/// With patches [pixels][C/16][taps][c], one block of y, which lies as [pixels][16], is patches ·
/// weights of that block. The bits are OpenBLAS's: they depend on the CPU.
final class MatrixConvolution: ConvolutionPasses {
  let geometry: ConvolutionGeometry
  var outputGradientHalo: Int { 0 }
  var jobImages: Int { 1 }
  var weightGradientJobs: Int { geometry.output.blocks }

  init(_ geometry: ConvolutionGeometry) {
    self.geometry = geometry
    openblas_set_num_threads(1)  // the team's threads are all there are
  }

  /// Columns of the patch matrix.
  private var depth: Int { geometry.input.blocks * geometry.taps * geometry.summed }
  private var pixels: Int { geometry.output.pixels }

  var scratch: ConvolutionScratch { ConvolutionScratch(thread: pixels * depth) }
  func groupSize(threads: Int) -> Int { threads }

  func prepareDataGradient(_ weights: FloatSlice, in workspace: ConvolutionWorkspace) -> FloatSlice
  {
    weights
  }

  func forward(
    _ x: Map, weights: FloatSlice, images: Range<Int>, into y: Map, scratch: FloatSlice
  ) {
    for n in images {
      gather(x[n], into: scratch)
      for block in 0..<geometry.output.blocks {
        multiply(
          CblasNoTrans, CblasNoTrans, pixels, Layout.lanes, depth, scratch.pointer, depth,
          weights.pointer + block * depth * Layout.lanes, Layout.lanes, adds: false,
          y[n].pointer + block * geometry.output.blockStride, Layout.lanes)
      }
    }
  }

  func dataGradient(
    _ dy: Map, weights: FloatSlice, first: Int, members: Range<Int>, into dx: Map, adding: Bool,
    scratch: FloatSlice
  ) {
    for n in members {
      for block in 0..<geometry.output.blocks {
        multiply(
          CblasNoTrans, CblasTrans, pixels, depth, Layout.lanes,
          dy[n].pointer + block * geometry.output.blockStride, Layout.lanes,
          weights.pointer + block * depth * Layout.lanes, Layout.lanes, adds: block > 0,
          scratch.pointer, depth)
      }
      if !adding { dx[first + n].fill(0) }
      scatter(scratch, addingTo: dx[first + n])
    }
  }

  func addWeightGradient(
    _ x: Map, _ dy: Map, first: Int, groupCount: Int, job block: Int, to gradient: FloatSlice,
    in workspace: ConvolutionWorkspace, scratch: FloatSlice
  ) {
    for n in 0..<groupCount {
      gather(x[first + n], into: scratch)
      multiply(
        CblasTrans, CblasNoTrans, depth, Layout.lanes, pixels, scratch.pointer, depth,
        dy[n].pointer + block * geometry.output.blockStride, Layout.lanes, adds: true,
        gradient.pointer + block * depth * Layout.lanes, Layout.lanes)
    }
  }

  /// c ← a · b, or c + a · b; a is m × k, b is k × n, row-major.
  private func multiply(
    _ transposeA: CBLAS_TRANSPOSE, _ transposeB: CBLAS_TRANSPOSE, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, _ strideA: Int, _ b: UnsafePointer<Float>, _ strideB: Int,
    adds: Bool, _ c: UnsafeMutablePointer<Float>, _ strideC: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, transposeA, transposeB, Int32(m), Int32(n), Int32(k), 1, a, Int32(strideA), b,
      Int32(strideB), adds ? 1 : 0, c, Int32(strideC))
  }

  /// Overwrites the patch matrix of one image.
  private func gather(_ x: FloatSlice, into patches: FloatSlice) {
    let source = x.pointer + geometry.firstTap
    let target = patches.pointer
    let summed = geometry.summed
    forEachTap { pixel, tap, offset in
      (target + (pixel * depth + tap * summed)).update(from: source + offset, count: summed)
    }
  }

  /// Adds a patch matrix to plain dx, pixel by pixel, block by block, tap by tap.
  private func scatter(_ patches: FloatSlice, addingTo dx: FloatSlice) {
    let plain = geometry.input.withHalo(0)
    let (stride, padding) = (geometry.stride, geometry.padding)
    let lanes = Layout.lanes
    for pixel in 0..<pixels {
      let (h, w) = pixel.quotientAndRemainder(dividingBy: geometry.output.width)
      for block in 0..<plain.blocks {
        for tap in 0..<geometry.taps {
          let row = h * stride + tap / geometry.kernel - padding
          let column = w * stride + tap % geometry.kernel - padding
          guard (0..<plain.height).contains(row), (0..<plain.width).contains(column) else {
            continue
          }
          let from = patches.pointer + pixel * depth + (block * geometry.taps + tap) * lanes
          let to = dx.pointer + plain.index(block * lanes, row, column)
          for c in 0..<lanes { to[c] += from[c] }
        }
      }
    }
  }

  /// Calls `body` with pixel, place of block and tap, and the offset in the input of its channels.
  private func forEachTap(_ body: (Int, Int, Int) -> Void) {
    let (input, output) = (geometry.input, geometry.output)
    for pixel in 0..<pixels {
      let (h, w) = pixel.quotientAndRemainder(dividingBy: output.width)
      let start = geometry.stride * (h * input.rowStride + w * input.lanes)
      for block in 0..<input.blocks {
        for tap in 0..<geometry.taps {
          let (i, j) = tap.quotientAndRemainder(dividingBy: geometry.kernel)
          body(
            pixel, block * geometry.taps + tap,
            start + block * input.blockStride + i * input.rowStride + j * input.lanes)
        }
      }
    }
  }
}
