import Core
import KernelInterface

/// Max pooling; windows are cut at the map's edge, as a border of −∞ would.
package struct MaxPooling: Sendable {
  /// The bordered maps on both sides.
  package let input: MapShape, output: MapShape
  private let size: Int, stride: Int, padding: Int
  private let kernels: any KernelSet.Type

  /// Windows of `size`² pixels, `stride` apart, the first `padding` pixels before the map.
  package init(
    input: MapShape, output: MapShape, size: Int, stride: Int, padding: Int, level: CPULevel
  ) {
    precondition(padding < size, "a window would lie outside the map")
    precondition(
      output.channels == input.channels
        && output.height == (input.height + 2 * padding - size) / stride + 1
        && output.width == (input.width + 2 * padding - size) / stride + 1, "maps do not fit")
    self.input = input
    self.output = output
    self.size = size
    self.stride = stride
    self.padding = padding
    kernels = level.kernels
  }

  private func pass(output: MapShape) -> PoolingPass {
    PoolingPass(
      blocks: output.blocks, rows: output.height, columns: output.width,
      inputRows: input.height, inputColumns: input.width, size: size, stride: stride,
      padding: padding, inputBlockStride: input.blockStride, inputRowStride: input.rowStride,
      outputBlockStride: output.blockStride, outputRowStride: output.rowStride)
  }

  /// Overwrites the inside of one image's bordered output.
  package func forward(_ x: FloatSlice, into y: FloatSlice) {
    precondition(x.count == input.count && y.count == output.count, "maps do not fit")
    kernels.maxPool(
      pass(output: output), input: x.pointer + input.index(0, 0, 0),
      output: y.pointer + output.index(0, 0, 0))
  }

  /// Overwrites plain dx of one image by the gradient that plain dy brings.
  package func gradient(_ dy: FloatSlice, input x: FloatSlice, into dx: FloatSlice) {
    let (plainInput, plainOutput) = (input.withHalo(0), output.withHalo(0))
    precondition(x.count == input.count && dx.count == plainInput.count, "maps do not fit")
    precondition(dy.count == plainOutput.count, "maps do not fit")
    dx.fill(0)
    kernels.maxPoolGradient(
      pass(output: plainOutput), input: x.pointer + input.index(0, 0, 0),
      outputGradient: dy.pointer, inputGradient: dx.pointer)
  }
}
