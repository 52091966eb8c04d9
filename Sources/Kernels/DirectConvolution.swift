import Core
import KernelInterface

/// A convolution as sums over taps: any kernel, stride and padding.
///
/// Orders of addition: `ConvolutionPass`, `WeightGradientPass`. The weight gradient's chains span
/// `chainImages` images and are added in the order of images; a group is made of whole chains.
final class DirectConvolution: ConvolutionPasses {
  let geometry: ConvolutionGeometry
  let outputGradientHalo: Int
  private let kernels: any KernelSet.Type
  private let forwardTaps: Taps
  private let dataGradientParts: [DataGradientPart]
  /// Images whose pixels form one chain of the weight gradient.
  private let chainImages: Int

  init(_ geometry: ConvolutionGeometry, kernels: any KernelSet.Type) {
    self.geometry = geometry
    self.kernels = kernels
    let input = geometry.input
    let square = geometry.summed * Layout.lanes
    let perRow = Self.slidesForward(geometry) ? geometry.kernel : 1
    forwardTaps = Taps(
      stride(from: 0, to: geometry.taps, by: perRow).map { tap in
        let (row, column) = tap.quotientAndRemainder(dividingBy: geometry.kernel)
        return (row * input.rowStride + column * input.lanes, tap * square)
      }, perRow: perRow)
    let hasDataGradient = !geometry.isNarrow
    outputGradientHalo = hasDataGradient ? Self.outputGradientHalo(geometry) : 0
    dataGradientParts =
      hasDataGradient ? Self.dataGradientParts(geometry, halo: outputGradientHalo) : []
    chainImages = ConvolutionGeometry.chainImages(
      length: 256, valuesPerImage: geometry.output.pixels)
  }

  /// Whether the forward pass takes its taps in rows of three: with one block of output channels,
  /// whose outputs then share what they read. A rule of the shape alone, on every CPU: it decides the
  /// order of additions.
  private static func slidesForward(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.output.blocks == 1 && geometry.kernel == 3 && geometry.stride == 1
  }

  /// Whether the data gradient does, by the same rule.
  private static func slidesBackward(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.input.blocks == 1 && geometry.kernel == 3
      && (geometry.stride == 1 || geometry.stride == 2 && geometry.padding == 1)
  }

  var scratch: ConvolutionScratch { ConvolutionScratch() }
  /// Where the weights exceed the second-level cache, as many images as have 1024 pixels, at most 8:
  /// they share each reading of the weights.
  var jobImages: Int {
    guard geometry.weightCount > 1 << 16 else { return 1 }
    return max(1, min(8, 1024 / geometry.output.pixels))
  }

  func groupSize(threads: Int) -> Int {
    // As many images as have the floats of the weight gradient, which each group reads and writes, or
    // a quarter of a megabyte; and enough work between two meetings of the threads.
    let maps = geometry.input.count + geometry.output.count
    let meeting = threads == 1 ? 1 : max(threads, (1 << 18) / geometry.output.count)
    let images = max(meeting, max(geometry.weightCount, 1 << 16) / maps)
    return (images + chainImages - 1) / chainImages * chainImages
  }

  /// The input and the output of a pass are runs of pixels: one row, where rows follow each other.
  private func flattened(_ pass: ConvolutionPass) -> ConvolutionPass {
    guard pass.inputRowStride == pass.columns * pass.inputPixelStride,
      pass.outputRowStride == pass.columns * pass.outputPixelStride
    else { return pass }
    var flat = pass
    (flat.rows, flat.columns) = (1, pass.rows * pass.columns)
    return flat
  }

  func forward(
    _ x: Map, weights: FloatSlice, images: Range<Int>, into y: Map, scratch: FloatSlice
  ) {
    let (input, output) = (geometry.input, geometry.output)
    var pass = flattened(
      ConvolutionPass(
        inputBlocks: input.blocks, channelsPerBlock: geometry.summed,
        inputBlockStride: input.blockStride, inputRowStride: geometry.stride * input.rowStride,
        inputPixelStride: geometry.stride * input.lanes, outputBlocks: output.blocks,
        outputBlockStride: output.blockStride, outputRowStride: output.rowStride,
        outputPixelStride: output.lanes, rows: output.height, columns: output.width,
        tapCount: forwardTaps.count, tapInputOffsets: forwardTaps.inputs,
        tapWeightOffsets: forwardTaps.weights, weightBlockStride: geometry.pairCount, adds: false))
    pass.tapsPerRow = forwardTaps.perRow
    pass.images = images.count
    (pass.inputImageStride, pass.outputImageStride) = (input.count, output.count)
    kernels.convolve(
      pass, input: x[images.lowerBound].pointer + geometry.firstTap, weights: weights.pointer,
      output: y[images.lowerBound].pointer)
  }

  // MARK: Weight gradient

  /// Pairs of output blocks × input blocks: what jobs are made of.
  private var blockJobs: Int { (geometry.output.blocks + 1) / 2 * geometry.input.blocks }

  /// Kernel rows of a job: all, where there are enough blocks for many threads, or where one row of
  /// few channels would fill no register tile; else one. Chains of a narrow map wait for all rows of a
  /// job together, and have room for 96.
  private var jobRows: Int {
    let isSmall = geometry.taps * geometry.summed <= 48
    return blockJobs >= 16 && !geometry.isNarrow || isSmall ? geometry.kernel : 1
  }

  var weightGradientJobs: Int { blockJobs * geometry.kernel / jobRows }

  func addWeightGradient(
    _ x: Map, _ dy: Map, first: Int, groupCount: Int, job: Int, to gradient: FloatSlice,
    in workspace: ConvolutionWorkspace, scratch: FloatSlice
  ) {
    let (input, bordered) = (geometry.input, dy.shape)
    let jobRows = jobRows
    let (blockJob, part) = job.quotientAndRemainder(dividingBy: geometry.kernel / jobRows)
    let (kPair, cBlock) = blockJob.quotientAndRemainder(dividingBy: input.blocks)
    let kBlock = 2 * kPair
    var pass = WeightGradientPass(
      channels: geometry.summed, lanes: input.lanes, taps: geometry.kernel,
      inputRowStride: geometry.stride * input.rowStride,
      inputPixelStride: geometry.stride * input.lanes, outputRowStride: bordered.rowStride,
      rows: bordered.height, columns: bordered.width, images: 1, inputImageStride: input.count,
      outputImageStride: bordered.count)
    (pass.kernelRows, pass.kernelRowStride) = (jobRows, input.rowStride)
    if pass.inputRowStride == pass.columns * pass.inputPixelStride && bordered.halo == 0 {
      (pass.rows, pass.columns) = (1, pass.rows * pass.columns)
    }
    pass.outputBlocks = min(2, bordered.blocks - kBlock)
    pass.outputBlockStride = bordered.blockStride
    pass.gradientBlockStride = input.blocks * geometry.pairCount
    let place =
      (kBlock * input.blocks + cBlock) * geometry.pairCount
      + part * jobRows * geometry.kernel * geometry.summed * Layout.lanes
    let inputOffset = geometry.firstTap + cBlock * input.blockStride + part * input.rowStride
    for n in stride(from: 0, to: groupCount, by: chainImages) {
      pass.images = min(chainImages, groupCount - n)
      kernels.weightGradient(
        pass, input: x[first + n].pointer + inputOffset,
        outputGradient: dy[n].pointer + bordered.index(kBlock * Layout.lanes, 0, 0),
        gradient: gradient.pointer + place)
    }
  }

  // MARK: Data gradient

  func prepareDataGradient(_ weights: FloatSlice, in workspace: ConvolutionWorkspace) -> FloatSlice
  {
    geometry.rotate(weights, into: workspace.rotated, team: workspace.team)
  }

  func dataGradient(
    _ dy: Map, weights: FloatSlice, first: Int, members: Range<Int>, into dx: Map, adding: Bool,
    scratch: FloatSlice
  ) {
    let (bordered, plain) = (dy.shape, dx.shape)
    for part in dataGradientParts where part.taps.count > 0 || !adding {
      var pass = flattened(
        ConvolutionPass(
          inputBlocks: bordered.blocks, channelsPerBlock: Layout.lanes,
          inputBlockStride: bordered.blockStride, inputRowStride: bordered.rowStride,
          inputPixelStride: Layout.lanes, outputBlocks: plain.blocks,
          outputBlockStride: plain.blockStride, outputRowStride: geometry.stride * plain.rowStride,
          outputPixelStride: part.columnStride * Layout.lanes, rows: part.rows,
          columns: part.columns, tapCount: part.taps.count, tapInputOffsets: part.taps.inputs,
          tapWeightOffsets: part.taps.weights, weightBlockStride: geometry.pairCount,
          adds: adding))
      pass.tapsPerRow = part.taps.perRow
      pass.outputsPerInput = geometry.stride / part.columnStride
      pass.images = members.count
      (pass.inputImageStride, pass.outputImageStride) = (bordered.count, plain.count)
      kernels.convolve(
        pass, input: dy[members.lowerBound].pointer, weights: weights.pointer,
        output: dx[first + members.lowerBound].pointer + part.outputOffset)
    }
  }

  /// Pixels of dx whose row and column leave the same remainders by the stride; whole rows, where
  /// taps come in rows.
  private struct DataGradientPart {
    let rows: Int, columns: Int, columnStride: Int, outputOffset: Int
    let taps: Taps
  }

  /// The taps i that reach dx[s·m + a], last first, and the row of dy that each reads, less m:
  /// dx[u] = Σ_i dy[(u + p − i) / s] · w[i] over the i that divide.
  private static func reach(_ geometry: ConvolutionGeometry, remainder a: Int)
    -> [(tap: Int, row: Int)]
  {
    (0..<geometry.kernel).reversed().compactMap { i in
      let distance = a + geometry.padding - i
      return distance % geometry.stride == 0 ? (i, distance / geometry.stride) : nil
    }
  }

  private static func outputGradientHalo(_ geometry: ConvolutionGeometry) -> Int {
    let (input, output) = (geometry.input, geometry.output)
    var halo = 0
    for a in 0..<geometry.stride {
      for (size, outputs) in [(input.height, output.height), (input.width, output.width)] {
        let last = (size - a + geometry.stride - 1) / geometry.stride - 1
        for (_, row) in reach(geometry, remainder: a) where last >= 0 {
          halo = max(halo, -row, last + row - (outputs - 1))
        }
      }
    }
    return halo
  }

  private static func dataGradientParts(_ geometry: ConvolutionGeometry, halo: Int)
    -> [DataGradientPart]
  {
    let (input, stride) = (geometry.input, geometry.stride)
    let bordered = geometry.output.withHalo(halo)
    let plain = input.withHalo(0)
    let square = Layout.lanes * Layout.lanes
    let slides = slidesBackward(geometry)
    let columnStride = slides ? 1 : stride
    var parts: [DataGradientPart] = []
    for a in 0..<stride {
      for b in 0..<columnStride {
        let rows = (input.height - a + stride - 1) / stride
        let columns = (input.width - b + columnStride - 1) / columnStride
        guard rows > 0 && columns > 0 else { continue }
        // A row's first tap is the last column's, which the last remainder reaches.
        let columnTaps =
          slides
          ? Array(reach(geometry, remainder: stride - 1).prefix(1))
          : reach(geometry, remainder: b)
        let taps = reach(geometry, remainder: a).flatMap { i in
          columnTaps.map { j in
            (
              (i.row + halo) * bordered.rowStride + (j.row + halo) * Layout.lanes,
              (geometry.taps - 1 - (i.tap * geometry.kernel + j.tap)) * square
            )
          }
        }
        parts.append(
          DataGradientPart(
            rows: rows, columns: columns, columnStride: columnStride,
            outputOffset: a * plain.rowStride + b * Layout.lanes,
            taps: Taps(taps, perRow: slides ? geometry.kernel : 1)))
      }
    }
    return parts
  }
}

/// Offsets of taps, or of the first ones of rows of them, at addresses that stay.
final class Taps: @unchecked Sendable {
  let count: Int, perRow: Int
  let inputs: UnsafePointer<Int>, weights: UnsafePointer<Int>
  private let storage: UnsafeMutablePointer<Int>

  init(_ taps: [(input: Int, weight: Int)], perRow: Int) {
    count = taps.count
    self.perRow = perRow
    storage = .allocate(capacity: max(2 * count, 1))
    storage.initialize(repeating: 0, count: max(2 * count, 1))
    for (i, tap) in taps.enumerated() {
      storage[i] = tap.input
      storage[count + i] = tap.weight
    }
    inputs = UnsafePointer(storage)
    weights = UnsafePointer(storage + count)
  }

  deinit { storage.deallocate() }
}
