import Core
import KernelInterface

/// A 3×3 convolution with padding 1 and stride 1 or 2, without bias, over images in blocked layout.
///
/// Weights lie as `Layout` says; `pack` and `unpack` translate from and to OIHW.
public final class Convolution: Sendable {
  /// The bordered input and the plain output.
  public let input: MapShape, output: MapShape
  /// Rows and columns between neighbouring outputs.
  public let stride: Int

  private let kernels: any KernelSet.Type
  private let forwardTaps: Taps
  private let dataGradientParts: [DataGradientPart]

  /// A convolution from a bordered map to `filters` channels.
  public init(input: MapShape, filters: Int, stride: Int, level: CPULevel) {
    precondition(input.halo == 1, "the input of a 3×3 convolution has a border")
    precondition(stride == 1 || stride == 2, "stride \(stride) is not 1 or 2")
    self.input = input
    self.stride = stride
    output = MapShape(
      channels: filters, height: (input.height - 1) / stride + 1,
      width: (input.width - 1) / stride + 1, halo: 0)
    kernels = level.kernels
    let summed = input.lanes == Layout.lanes ? Layout.lanes : input.channels
    forwardTaps = Taps(
      (0..<9).map { tap in
        (tap / 3 * input.rowStride + tap % 3 * input.lanes, tap * summed * Layout.lanes)
      })
    dataGradientParts = Self.dataGradientParts(input: input, output: output, stride: stride)
  }

  /// Channels that are summed in each input block.
  private var summed: Int { input.lanes == Layout.lanes ? Layout.lanes : input.channels }

  /// Floats of the blocked weights.
  public var weightCount: Int { output.blocks * input.blocks * 9 * summed * Layout.lanes }

  /// Overwrites y of one image by the convolution of x.
  public func forward(_ x: FloatSlice, weights: FloatSlice, into y: FloatSlice) {
    precondition(x.count == input.count && y.count == output.count, "maps do not fit")
    precondition(weights.count == weightCount, "weights do not fit")
    let pass = ConvolutionPass(
      inputBlocks: input.blocks, channelsPerBlock: summed, inputBlockStride: input.blockStride,
      inputRowStride: stride * input.rowStride, inputPixelStride: stride * input.lanes,
      outputBlocks: output.blocks, outputBlockStride: output.blockStride,
      outputRowStride: output.rowStride, outputPixelStride: output.lanes, rows: output.height,
      columns: output.width, tapCount: 9, tapInputOffsets: forwardTaps.inputs,
      tapWeightOffsets: forwardTaps.weights,
      weightBlockStride: 9 * summed * Layout.lanes, adds: false)
    kernels.convolve(pass, input: x.pointer, weights: weights.pointer, output: y.pointer)
  }

  /// Adds to `gradient` (blocked) the weight gradient of one image: bordered x, bordered dy.
  public func addWeightGradient(
    _ x: FloatSlice, outputGradient dy: FloatSlice, to gradient: FloatSlice
  ) {
    let bordered = output.withHalo(1)
    precondition(x.count == input.count && dy.count == bordered.count, "maps do not fit")
    precondition(gradient.count == weightCount, "gradient does not fit")
    let pass = WeightGradientPass(
      inputBlocks: input.blocks, channelsPerBlock: summed, inputLanes: input.lanes,
      inputBlockStride: input.blockStride, inputMapRowStride: input.rowStride,
      inputRowStride: stride * input.rowStride, inputPixelStride: stride * input.lanes,
      outputBlocks: output.blocks, outputBlockStride: bordered.blockStride,
      outputRowStride: bordered.rowStride, rows: output.height, columns: output.width)
    kernels.weightGradient(
      pass, input: x.pointer, outputGradient: dy.pointer + bordered.index(0, 0, 0),
      gradient: gradient.pointer)
  }

  /// Overwrites plain dx of one image by the data gradient of bordered dy, or adds it to dx.
  /// `rotated` is what `rotate` makes of the weights.
  public func dataGradient(
    outputGradient dy: FloatSlice, rotated: FloatSlice, into dx: FloatSlice, adding: Bool
  ) {
    let bordered = output.withHalo(1)
    let plain = input.withHalo(0)
    precondition(input.lanes == Layout.lanes, "an image needs no gradient")
    precondition(dx.count == plain.count && dy.count == bordered.count, "maps do not fit")
    precondition(rotated.count == weightCount, "weights do not fit")
    for part in dataGradientParts {
      let pass = ConvolutionPass(
        inputBlocks: output.blocks, channelsPerBlock: Layout.lanes,
        inputBlockStride: bordered.blockStride, inputRowStride: bordered.rowStride,
        inputPixelStride: Layout.lanes, outputBlocks: input.blocks,
        outputBlockStride: plain.blockStride, outputRowStride: stride * plain.rowStride,
        outputPixelStride: stride * Layout.lanes, rows: part.rows, columns: part.columns,
        tapCount: part.taps.count, tapInputOffsets: part.taps.inputs,
        tapWeightOffsets: part.taps.weights,
        weightBlockStride: 9 * Layout.lanes * Layout.lanes, adds: adding)
      kernels.convolve(
        pass, input: dy.pointer, weights: rotated.pointer, output: dx.pointer + part.outputOffset)
    }
  }

  /// Outputs of a data gradient whose rows and columns share a parity (with stride 1: all).
  private struct DataGradientPart {
    let rows: Int, columns: Int, outputOffset: Int
    let taps: Taps
  }

  /// dx[u] = Σ_i dy[(u + 1 − i) / s] · w[i] over the i that divide. With t = 2 − i (the rotated
  /// kernel) and u = s·m + a: for s = 1 dy's bordered row is m + t; for s = 2 a = 0 takes t = 1 at
  /// row m + 1, and a = 1 takes t = 0 at m + 1 and t = 2 at m + 2.
  private static func dataGradientParts(input: MapShape, output: MapShape, stride: Int)
    -> [DataGradientPart]
  {
    guard input.lanes == Layout.lanes else { return [] }
    let bordered = output.withHalo(1)
    let plain = input.withHalo(0)
    let tapsOfParity: [[(t: Int, row: Int)]] =
      stride == 1 ? [[(0, 0), (1, 1), (2, 2)]] : [[(1, 1)], [(0, 1), (2, 2)]]
    var parts: [DataGradientPart] = []
    for a in 0..<stride {
      for b in 0..<stride {
        let rows = (input.height - a + stride - 1) / stride
        let columns = (input.width - b + stride - 1) / stride
        guard rows > 0 && columns > 0 else { continue }
        let taps = tapsOfParity[a].flatMap { i in
          tapsOfParity[b].map { j in
            (
              i.row * bordered.rowStride + j.row * Layout.lanes,
              (i.t * 3 + j.t) * Layout.lanes * Layout.lanes
            )
          }
        }
        parts.append(
          DataGradientPart(
            rows: rows, columns: columns,
            outputOffset: a * plain.rowStride + b * Layout.lanes, taps: Taps(taps)))
      }
    }
    return parts
  }

  // MARK: Layouts of the weights

  /// Overwrites `rotated` by the weights with channels exchanged and taps reversed:
  /// [C/16][K/16][2 − row][2 − column][16 k][16 c].
  public func rotate(_ weights: FloatSlice, into rotated: FloatSlice) {
    precondition(weights.count == weightCount && rotated.count == weightCount, "weights do not fit")
    precondition(input.lanes == Layout.lanes, "an image needs no gradient")
    let w = weights.pointer
    let r = rotated.pointer
    let lanes = Layout.lanes
    let square = lanes * lanes
    for kBlock in 0..<output.blocks {
      for cBlock in 0..<input.blocks {
        for tap in 0..<9 {
          let from = w + ((kBlock * input.blocks + cBlock) * 9 + tap) * square
          let to = r + ((cBlock * output.blocks + kBlock) * 9 + 8 - tap) * square
          for c in 0..<lanes { for k in 0..<lanes { to[k * lanes + c] = from[c * lanes + k] } }
        }
      }
    }
  }

  /// Where weight (k, c, tap) lies in the blocked layout.
  public func weightIndex(_ k: Int, _ c: Int, _ tap: Int) -> Int {
    let block = k / Layout.lanes * input.blocks + c / input.lanes
    return ((block * 9 + tap) * summed + c % input.lanes) * Layout.lanes + k % Layout.lanes
  }
}

/// Tap offsets at addresses that stay.
private final class Taps: @unchecked Sendable {
  let count: Int
  let inputs: UnsafePointer<Int>, weights: UnsafePointer<Int>
  private let storage: UnsafeMutablePointer<Int>

  init(_ taps: [(input: Int, weight: Int)]) {
    count = taps.count
    storage = .allocate(capacity: 2 * count)
    storage.initialize(repeating: 0, count: 2 * count)
    for (i, tap) in taps.enumerated() {
      storage[i] = tap.input
      storage[count + i] = tap.weight
    }
    inputs = UnsafePointer(storage)
    weights = UnsafePointer(storage + count)
  }

  deinit { storage.deallocate() }
}
