/// How activations, weights and gradients lie in memory.
///
/// Letters: N images, C input channels, K output channels (filters), H rows, W columns.
/// Channels come in blocks of 16 lanes, so that a vector holds 16 channels of one pixel:
///
/// - map:  [N][K/16][H + 2·halo][W + 2·halo][16], the halo a border of zeros
/// - narrow map (an image of at most 4 channels): [N][1][H + 2·halo][W + 2·halo][4]
/// - weights: [K/16][C/16][kernel row][kernel column][16 c][16 k]; with a narrow input [C c] for [16 c]
///
/// Lanes past the last channel hold zeros.
///
/// Public and inlinable, so that kernels see constants.
public enum Layout {
  /// Channels of a block, and floats of a vector.
  @inlinable public static var lanes: Int { 16 }
  /// Channels of a narrow map's only block.
  @inlinable public static var narrowLanes: Int { 4 }

  /// Blocks that hold `channels`.
  @inlinable public static func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }
}

/// One pass of a direct convolution over one image, as a sum over taps:
///
///     y[k][h][w] = Σ_block Σ_tap Σ_c x[block][h·rows + tap row][w·columns + tap column][c] · weight
///
/// Forward passes and data gradients differ only in their taps. Strides count floats. Each output
/// is one chain of fused multiply-adds in the order block, tap, channel, starting from 0 (or from
/// what y holds, when the pass adds): the chain depends on neither tile nor vector width.
package struct ConvolutionPass {
  /// Input blocks, and channels that are summed in each (16, or a narrow map's own).
  package var inputBlocks: Int, channelsPerBlock: Int
  /// From one input block to the next; from one output row, or pixel, to the next, in the input.
  package var inputBlockStride: Int, inputRowStride: Int, inputPixelStride: Int
  /// Output blocks and the strides of the output.
  package var outputBlocks: Int
  package var outputBlockStride: Int, outputRowStride: Int, outputPixelStride: Int
  /// Output rows and columns of this pass.
  package var rows: Int, columns: Int
  /// For each tap its offset in the input, and its offset in the weights of a block pair.
  package var tapCount: Int
  package var tapInputOffsets: UnsafePointer<Int>, tapWeightOffsets: UnsafePointer<Int>
  /// Weights from one block pair to the next (input block fastest).
  package var weightBlockStride: Int
  /// Whether the pass adds to y instead of overwriting it.
  package var adds: Bool

  package init(
    inputBlocks: Int, channelsPerBlock: Int, inputBlockStride: Int, inputRowStride: Int,
    inputPixelStride: Int, outputBlocks: Int, outputBlockStride: Int, outputRowStride: Int,
    outputPixelStride: Int, rows: Int, columns: Int, tapCount: Int,
    tapInputOffsets: UnsafePointer<Int>, tapWeightOffsets: UnsafePointer<Int>,
    weightBlockStride: Int, adds: Bool
  ) {
    self.inputBlocks = inputBlocks
    self.channelsPerBlock = channelsPerBlock
    self.inputBlockStride = inputBlockStride
    self.inputRowStride = inputRowStride
    self.inputPixelStride = inputPixelStride
    self.outputBlocks = outputBlocks
    self.outputBlockStride = outputBlockStride
    self.outputRowStride = outputRowStride
    self.outputPixelStride = outputPixelStride
    self.rows = rows
    self.columns = columns
    self.tapCount = tapCount
    self.tapInputOffsets = tapInputOffsets
    self.tapWeightOffsets = tapWeightOffsets
    self.weightBlockStride = weightBlockStride
    self.adds = adds
  }
}

/// The weight gradient of a 3×3 convolution over one image:
///
///     dw[k block][c block][i][j][c][k] += Σ_h Σ_w x[c block][h·s + i][w·s + j][c] · dy[k block][h][w][k]
///
/// Strides count floats. Each entry adds one chain of fused multiply-adds over rows, then columns.
package struct WeightGradientPass {
  /// Input blocks, channels in each, and lanes of a pixel (16, or 4 for a narrow map).
  package var inputBlocks: Int, channelsPerBlock: Int, inputLanes: Int
  /// Input strides: between blocks, between rows of the map, between the rows and the pixels that
  /// meet neighbouring outputs.
  package var inputBlockStride: Int, inputMapRowStride: Int
  package var inputRowStride: Int, inputPixelStride: Int
  /// Output blocks and the strides of dy; its pixels are 16 apart.
  package var outputBlocks: Int, outputBlockStride: Int, outputRowStride: Int
  /// Rows and columns of dy.
  package var rows: Int, columns: Int

  package init(
    inputBlocks: Int, channelsPerBlock: Int, inputLanes: Int, inputBlockStride: Int,
    inputMapRowStride: Int, inputRowStride: Int, inputPixelStride: Int, outputBlocks: Int,
    outputBlockStride: Int, outputRowStride: Int, rows: Int, columns: Int
  ) {
    self.inputBlocks = inputBlocks
    self.channelsPerBlock = channelsPerBlock
    self.inputLanes = inputLanes
    self.inputBlockStride = inputBlockStride
    self.inputMapRowStride = inputMapRowStride
    self.inputRowStride = inputRowStride
    self.inputPixelStride = inputPixelStride
    self.outputBlocks = outputBlocks
    self.outputBlockStride = outputBlockStride
    self.outputRowStride = outputRowStride
    self.rows = rows
    self.columns = columns
  }
}

/// The extent of one image's map of K/16 blocks.
package struct MapExtent {
  /// Blocks, rows and columns.
  package var blocks: Int, rows: Int, columns: Int

  package init(blocks: Int, rows: Int, columns: Int) {
    self.blocks = blocks
    self.rows = rows
    self.columns = columns
  }
}
