import Core
import KernelInterface

/// A 3×3 convolution at stride 1 by Winograd's F(4×4, 3×3): transformed maps in 36 planes
/// [blocks][tiles][16], and in each plane a product over channels.
///
/// Order of additions: in a plane each product is one chain over input channels (forward, data
/// gradient) or over tiles (weight gradient: images, then tiles row by row); transforms as the
/// kernels write them. The weight gradient's chains span `chainImages` images and are added in the
/// order of images; groups are whole numbers of chains.
final class WinogradConvolution: ConvolutionPasses, @unchecked Sendable {
  let geometry: ConvolutionGeometry
  var outputGradientHalo: Int { 1 }

  private let kernels: any KernelSet.Type
  /// Tiles of an image.
  private let tiles: Int
  /// Images of a chain of the weight gradient.
  private let chainImages: Int
  /// Tiles of the forward pass that are transformed at a time.
  private let tileBatch: Int
  /// The only tap of a plane's product.
  private let zero: UnsafeMutablePointer<Int>

  static let planes = 36

  init(_ geometry: ConvolutionGeometry, kernels: any KernelSet.Type) {
    self.geometry = geometry
    self.kernels = kernels
    let output = geometry.output
    tiles = (output.height + 3) / 4 * ((output.width + 3) / 4)
    chainImages = ConvolutionGeometry.chainImages(length: 64, valuesPerImage: tiles)
    // Narrow nets: planes in the second-level cache. Wide ones: weights that serve many tiles.
    let channels = geometry.input.blocks + output.blocks
    tileBatch = channels <= 2 ? 48 : 64
    zero = .allocate(capacity: 1)
    zero.initialize(to: 0)
  }

  deinit { zero.deallocate() }

  /// A plane of `count` floats, off multiples of 4 KiB, where planes would share cache sets.
  private static func planeStride(_ count: Int) -> Int { count + Layout.lanes }

  private var inputBlocks: Int { geometry.input.blocks }
  private var outputBlocks: Int { geometry.output.blocks }
  private var pairs: Int { inputBlocks * outputBlocks }
  private static let square = Layout.lanes * Layout.lanes
  private var weightPlane: Int { Self.planeStride(pairs * Self.square) }

  private func plane(blocks: Int, tiles: Int) -> Int {
    Self.planeStride(blocks * tiles * Layout.lanes)
  }

  var scratch: ConvolutionScratch {
    let batch = Self.planes * plane(blocks: inputBlocks + outputBlocks, tiles: tileBatch)
    let perImage = Self.planes * (inputBlocks + outputBlocks) * tiles * Layout.lanes
    return ConvolutionScratch(
      thread: batch + Self.planes * Layout.lanes, prepared: Self.planes * weightPlane,
      transformedPerImage: perImage, transformed: 2 * Self.planes * Layout.lanes,
      weightGradient: Self.planes * weightPlane)
  }

  var jobImages: Int { max(1, tileBatch / tiles) }

  func groupSize(threads: Int) -> Int {
    guard threads > 1 else { return max(chainImages, jobImages) }
    // Enough work between two meetings of the threads.
    let meeting = (1 << 18) / geometry.output.count
    return max(threads, (meeting + chainImages - 1) / chainImages) * chainImages
  }

  // MARK: Forward and data gradient

  func prepareDataGradient(_ weights: FloatSlice, in workspace: ConvolutionWorkspace) -> FloatSlice
  {
    prepareForward(
      geometry.rotate(weights, into: workspace.rotated, team: workspace.team), in: workspace)
  }

  func prepareForward(_ weights: FloatSlice, in workspace: ConvolutionWorkspace) -> FloatSlice {
    let prepared = workspace.prepared[0..<Self.planes * weightPlane]
    workspace.team.forEachRange(of: pairs, size: 16) { range, _ in
      for pair in range {
        kernels.winogradWeights(
          weights.pointer + pair * geometry.pairCount,
          planes: prepared.pointer + pair * Self.square, planeStride: weightPlane)
      }
    }
    return prepared
  }

  func forward(
    _ x: Map, weights: FloatSlice, images: Range<Int>, into y: Map, scratch: FloatSlice
  ) {
    convolve(
      x, first: images.lowerBound, weights: weights, into: y, first: images.lowerBound,
      count: images.count, adds: false, scratch: scratch)
  }

  func dataGradient(
    _ dy: Map, weights: FloatSlice, first: Int, members: Range<Int>, into dx: Map, adding: Bool,
    scratch: FloatSlice
  ) {
    convolve(
      dy, first: members.lowerBound, weights: weights, into: dx, first: first + members.lowerBound,
      count: members.count, adds: adding, scratch: scratch)
  }

  /// Convolves `count` images of bordered x into plain y, a batch of tiles at a time.
  private func convolve(
    _ x: Map, first: Int, weights: FloatSlice, into y: Map, first target: Int, count: Int,
    adds: Bool, scratch: FloatSlice
  ) {
    precondition(x.shape.halo == 1, "Winograd's tiles reach one pixel beyond the map")
    let (from, to) = (x.shape, y.shape)
    for start in stride(from: 0, to: count * tiles, by: tileBatch) {
      let batch = start..<min(start + tileBatch, count * tiles)
      let inputPlane = plane(blocks: from.blocks, tiles: batch.count)
      let outputPlane = plane(blocks: to.blocks, tiles: batch.count)
      let v = scratch.pointer
      let m = v + Self.planes * inputPlane
      precondition(Self.planes * (inputPlane + outputPlane) <= scratch.count, "scratch too small")
      forEachImage(of: batch) { image, tiles, offset in
        kernels.winogradInput(
          pass(from, tiles, plane: inputPlane, planeTiles: batch.count),
          input: x[first + image].pointer, planes: v + offset)
      }
      let product = ConvolutionPass(
        inputBlocks: from.blocks, channelsPerBlock: Layout.lanes,
        inputBlockStride: batch.count * Layout.lanes, inputRowStride: 0,
        inputPixelStride: Layout.lanes, outputBlocks: to.blocks,
        outputBlockStride: batch.count * Layout.lanes, outputRowStride: 0,
        outputPixelStride: Layout.lanes, rows: 1, columns: batch.count, tapCount: 1,
        tapInputOffsets: zero, tapWeightOffsets: zero, weightBlockStride: Self.square, adds: false)
      for p in 0..<Self.planes {
        kernels.convolve(
          product, input: v + p * inputPlane, weights: weights.pointer + p * weightPlane,
          output: m + p * outputPlane)
      }
      forEachImage(of: batch) { image, tiles, offset in
        kernels.winogradOutput(
          pass(to, tiles, plane: outputPlane, planeTiles: batch.count), planes: m + offset,
          output: y[target + image].pointer, adds: adds)
      }
    }
  }

  /// Calls `body` for the images whose tiles lie in `batch`: the image, its tiles, and where the
  /// first of them lies in a plane.
  private func forEachImage(of batch: Range<Int>, _ body: (Int, Range<Int>, Int) -> Void) {
    var tile = batch.lowerBound
    while tile < batch.upperBound {
      let image = tile / tiles
      let end = min((image + 1) * tiles, batch.upperBound)
      body(
        image, tile - image * tiles..<end - image * tiles,
        (tile - batch.lowerBound) * Layout.lanes)
      tile = end
    }
  }

  private func pass(_ map: MapShape, _ tiles: Range<Int>, plane: Int, planeTiles: Int)
    -> WinogradPass
  {
    WinogradPass(
      blocks: map.blocks, rows: map.height, columns: map.width, blockStride: map.blockStride,
      rowStride: map.rowStride, planeStride: plane, planeBlockStride: planeTiles * Layout.lanes,
      firstTile: tiles.lowerBound, tileCount: tiles.count)
  }

  // MARK: Weight gradient

  private func inputPlanes(_ groupCount: Int) -> Int {
    Self.planes * plane(blocks: inputBlocks, tiles: groupCount * tiles)
  }

  func beginWeightGradient(in workspace: ConvolutionWorkspace) {
    let all = workspace.weightGradient
    workspace.team.forEach(Self.planes) { p, _ in
      all[p * weightPlane..<(p + 1) * weightPlane].fill(0)
    }
  }

  func prepareWeightGradient(
    _ x: Map, _ dy: Map, first: Int, members: Range<Int>, groupCount: Int,
    in workspace: ConvolutionWorkspace
  ) {
    let planeTiles = groupCount * tiles
    let inputPlane = plane(blocks: inputBlocks, tiles: planeTiles)
    let outputPlane = plane(blocks: outputBlocks, tiles: planeTiles)
    precondition(
      Self.planes * (inputPlane + outputPlane) <= workspace.transformed.count, "planes do not fit")
    let v = workspace.transformed.pointer
    let w = v + inputPlanes(groupCount)
    for n in members {
      let offset = n * tiles * Layout.lanes
      kernels.winogradInput(
        pass(x.shape, 0..<tiles, plane: inputPlane, planeTiles: planeTiles),
        input: x[first + n].pointer, planes: v + offset)
      kernels.winogradOutputGradient(
        pass(dy.shape, 0..<tiles, plane: outputPlane, planeTiles: planeTiles),
        gradient: dy[n].pointer + dy.shape.index(0, 0, 0), planes: w + offset)
    }
  }

  var weightGradientJobs: Int { Self.planes * ((outputBlocks + 1) / 2) }

  func addWeightGradient(
    _ x: Map, _ dy: Map, first: Int, groupCount: Int, job: Int, to gradient: FloatSlice,
    in workspace: ConvolutionWorkspace, scratch: FloatSlice
  ) {
    let (p, kPair) = job.quotientAndRemainder(dividingBy: (outputBlocks + 1) / 2)
    let kBlock = 2 * kPair
    let planeTiles = groupCount * tiles
    let v = workspace.transformed.pointer + p * plane(blocks: inputBlocks, tiles: planeTiles)
    let w =
      workspace.transformed.pointer + inputPlanes(groupCount)
      + p * plane(blocks: outputBlocks, tiles: planeTiles) + kBlock * planeTiles * Layout.lanes
    let sum = workspace.weightGradient.pointer + p * weightPlane
    for n in stride(from: 0, to: groupCount, by: chainImages) {
      var product = WeightGradientPass(
        channels: Layout.lanes, lanes: Layout.lanes, taps: 1, inputRowStride: 0,
        inputPixelStride: Layout.lanes, outputRowStride: 0, rows: 1,
        columns: min(chainImages, groupCount - n) * tiles, images: 1, inputImageStride: 0,
        outputImageStride: 0)
      product.outputBlocks = min(2, outputBlocks - kBlock)
      product.outputBlockStride = planeTiles * Layout.lanes
      product.gradientBlockStride = inputBlocks * Self.square
      let offset = n * tiles * Layout.lanes
      for cBlock in 0..<inputBlocks {
        kernels.weightGradient(
          product, input: v + cBlock * planeTiles * Layout.lanes + offset,
          outputGradient: w + offset,
          gradient: sum + (kBlock * inputBlocks + cBlock) * Self.square)
      }
    }
  }

  func endWeightGradient(to gradient: FloatSlice, in workspace: ConvolutionWorkspace) {
    workspace.team.forEachRange(of: pairs, size: 16) { range, _ in
      for pair in range {
        kernels.winogradWeightGradient(
          planes: workspace.weightGradient.pointer + pair * Self.square, planeStride: weightPlane,
          gradient: gradient.pointer + pair * geometry.pairCount)
      }
    }
  }
}
