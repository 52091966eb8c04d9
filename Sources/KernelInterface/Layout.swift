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

/// One pass of a direct convolution over some images, as a sum over taps:
///
///     y[k][h][w] = Σ_block Σ_tap Σ_c x[block][h·rows + tap row][w·columns + tap column][c] · weight
///
/// Forward passes and data gradients differ only in their taps. Strides count floats. Each output
/// is one chain of fused multiply-adds in the order block, tap, channel, starting from 0 (or from
/// what y holds, when the pass adds): the chain depends on neither tile nor vector width.
///
/// A pass may take its taps in rows of three, j = 0, 1, 2; the order is then block, row, channel, j.
/// Its `outputsPerInput` s may be 2, the data gradient of a convolution with stride 2: of the taps of
/// a row those reach output w that have an input pixel (w + j − (s − 1)) / s.
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
  /// Taps that an offset stands for (1, or a row of 3), and outputs of a row at each input pixel (1,
  /// or 2).
  package var tapsPerRow = 1, outputsPerInput = 1
  /// For each tap, or row of them, its offset in the input, and its offset in the weights of a block
  /// pair.
  package var tapCount: Int
  package var tapInputOffsets: UnsafePointer<Int>, tapWeightOffsets: UnsafePointer<Int>
  /// From the weights of one input block, and of one output block, to those of the next.
  package var weightBlockStride: Int, weightOutputStride: Int
  /// Whether the pass adds to y instead of overwriting it.
  package var adds: Bool
  /// Images of the pass, and from one to the next in x and in y.
  package var images = 1, inputImageStride = 0, outputImageStride = 0

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
    weightOutputStride = inputBlocks * weightBlockStride
    self.adds = adds
  }
}

/// The weight gradient of some kernel rows i of a direct convolution, between one block of input and
/// one of output channels:
///
///     dw[i][j][c][k] += Σ_h Σ_w x[h·s + i][w·s + j][c] · dy[h][w][k]
///
/// and over some images. Strides count floats. Each entry is one chain of fused multiply-adds from 0
/// over images, rows and columns, added to dw at its end: the order depends on neither tile nor
/// vector width.
package struct WeightGradientPass {
  /// Channels of the input block, and lanes of its pixels (16, or 4 for a narrow map).
  package var channels: Int, lanes: Int
  /// Kernel rows, the input's stride between them, and taps of each.
  package var kernelRows = 1, kernelRowStride = 0
  package var taps: Int
  /// Input strides between the rows and the pixels that meet neighbouring outputs.
  package var inputRowStride: Int, inputPixelStride: Int
  /// From one row of dy to the next; its pixels are 16 apart.
  package var outputRowStride: Int
  /// Rows and columns of dy.
  package var rows: Int, columns: Int
  /// Images of the pass, and from one to the next in x and in dy.
  package var images: Int, inputImageStride: Int, outputImageStride: Int
  /// Blocks of output channels, and from one to the next in dy and in dw.
  package var outputBlocks = 1, outputBlockStride = 0, gradientBlockStride = 0

  package init(
    channels: Int, lanes: Int, taps: Int, inputRowStride: Int, inputPixelStride: Int,
    outputRowStride: Int, rows: Int, columns: Int, images: Int, inputImageStride: Int,
    outputImageStride: Int
  ) {
    self.images = images
    self.inputImageStride = inputImageStride
    self.outputImageStride = outputImageStride
    self.channels = channels
    self.lanes = lanes
    self.taps = taps
    self.inputRowStride = inputRowStride
    self.inputPixelStride = inputPixelStride
    self.outputRowStride = outputRowStride
    self.rows = rows
    self.columns = columns
  }
}

/// The tiles of one image for Winograd's F(4×4, 3×3): every tile computes 4 × 4 outputs from
/// 6 × 6 inputs, and tiles at the right and at the bottom may reach past the map.
///
/// The transformed side is a set of 36 planes [blocks][tiles][16]; see `Winograd`. A pass serves
/// some consecutive tiles (row by row) of one image.
package struct WinogradPass {
  /// Blocks of channels, rows and columns of the map without its halo.
  package var blocks: Int, rows: Int, columns: Int
  /// Strides of the map.
  package var blockStride: Int, rowStride: Int
  /// From one plane, and from one block of a plane, to the next.
  package var planeStride: Int, planeBlockStride: Int
  /// Tiles of the pass.
  package var firstTile: Int, tileCount: Int

  package init(
    blocks: Int, rows: Int, columns: Int, blockStride: Int, rowStride: Int, planeStride: Int,
    planeBlockStride: Int, firstTile: Int, tileCount: Int
  ) {
    self.blocks = blocks
    self.rows = rows
    self.columns = columns
    self.blockStride = blockStride
    self.rowStride = rowStride
    self.planeStride = planeStride
    self.planeBlockStride = planeBlockStride
    self.firstTile = firstTile
    self.tileCount = tileCount
  }

  /// Tiles in a row of tiles.
  @inlinable package var tilesAcross: Int { (columns + 3) / 4 }
}

/// Pooling windows of `size`² pixels over one image's map, cut at the map's edge.
package struct PoolingPass {
  /// Blocks; rows and columns of the output and of the input.
  package var blocks: Int, rows: Int, columns: Int, inputRows: Int, inputColumns: Int
  /// Side of a window, rows and columns between neighbours, and before the map's first pixel.
  package var size: Int, stride: Int, padding: Int
  /// Strides of the input and of the output. The input's gradient is a plain map.
  package var inputBlockStride: Int, inputRowStride: Int
  package var outputBlockStride: Int, outputRowStride: Int

  package init(
    blocks: Int, rows: Int, columns: Int, inputRows: Int, inputColumns: Int, size: Int,
    stride: Int, padding: Int, inputBlockStride: Int, inputRowStride: Int, outputBlockStride: Int,
    outputRowStride: Int
  ) {
    self.blocks = blocks
    self.rows = rows
    self.columns = columns
    self.inputRows = inputRows
    self.inputColumns = inputColumns
    self.size = size
    self.stride = stride
    self.padding = padding
    self.inputBlockStride = inputBlockStride
    self.inputRowStride = inputRowStride
    self.outputBlockStride = outputBlockStride
    self.outputRowStride = outputRowStride
  }
}

/// The extent of one image's map of K/16 blocks, and the halo of its bordered partner.
package struct MapExtent {
  /// Blocks, rows and columns.
  package var blocks: Int, rows: Int, columns: Int
  /// Width of the border of bordered maps of this extent.
  package var halo: Int

  package init(blocks: Int, rows: Int, columns: Int, halo: Int) {
    self.blocks = blocks
    self.rows = rows
    self.columns = columns
    self.halo = halo
  }

  /// Where the first pixel of a row of a block lies in a bordered map.
  @inlinable package func bordered(block: Int, row: Int, halo: Int) -> Int {
    let height = rows + 2 * halo
    let width = columns + 2 * halo
    return ((block * height + row + halo) * width + halo) * Layout.lanes
  }
}
