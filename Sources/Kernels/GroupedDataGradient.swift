import Core
import KernelInterface

/// The data gradient of a convolution at stride 2 or 4 by an image: four pixels of four channels at a time,
/// which lie beside each other and fill a register, instead of one pixel whose sixteen lanes are mostly empty.
///
/// Output column u = 4q + j takes from column (4/s)·q + t of dy the kernel's column j + p − s·t, where the
/// kernel has one. Order of additions: as `ConvolutionPass` has it, taps by the kernel's rows, last first, and
/// in each from the first column of dy to the last.
final class GroupedDataGradient: DataGradientPasses {
  let geometry: ConvolutionGeometry
  let outputGradientHalo: Int
  var inputGradient: MapShape { geometry.input.withHalo(0) }
  private let kernels: any KernelSet.Type
  private let parts: [Part]
  /// Taps of all parts, each a square of weights; the kernel's row and the column of dy of each.
  private let taps: [(row: Int, column: Int)]

  /// Rows of dx that leave the same remainder by the stride.
  private struct Part {
    let remainder: Int, rows: Int
    let taps: Taps
  }

  private static let square = Layout.lanes * Layout.lanes
  private static let pixels = Layout.lanes / Layout.narrowLanes

  /// Whether a shape can be taken so.
  static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.isNarrow && [2, 4].contains(geometry.stride) && geometry.input.width % pixels == 0
  }

  init(_ geometry: ConvolutionGeometry, kernels: any KernelSet.Type) {
    self.geometry = geometry
    self.kernels = kernels
    let (input, output) = (geometry.input, geometry.output)
    let (stride, padding) = (geometry.stride, geometry.padding)
    let advance = Self.pixels / stride
    func floor(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }
    // From the column whose last tap reaches the group's first pixel to the one whose first reaches its last.
    let columns =
      -floor(geometry.kernel - 1 - padding, stride)...floor(Self.pixels - 1 + padding, stride)
    var halo = max(
      0, -columns.lowerBound,
      advance * (input.width / Self.pixels - 1) + columns.upperBound - (output.width - 1))
    func rowTaps(_ a: Int) -> [(tap: Int, row: Int)] {
      (0..<geometry.kernel).reversed().compactMap { i in
        let distance = a + padding - i
        return distance % stride == 0 ? (i, distance / stride) : nil
      }
    }
    let remainders = (0..<stride).filter { $0 < input.height }
    for a in remainders {
      let last = (input.height - a + stride - 1) / stride - 1
      for (_, row) in rowTaps(a) { halo = max(halo, -row, last + row - (output.height - 1)) }
    }
    let bordered = output.withHalo(halo)
    var taps: [(row: Int, column: Int)] = []
    var parts: [Part] = []
    for a in remainders {
      let own = rowTaps(a).flatMap { i in
        columns.map { column in
          defer { taps.append((i.tap, column)) }
          return (
            (i.row + halo) * bordered.rowStride + (column + halo) * Layout.lanes,
            taps.count * Self.square
          )
        }
      }
      parts.append(
        Part(
          remainder: a, rows: (input.height - a + stride - 1) / stride,
          taps: Taps(own, perRow: 1)))
    }
    outputGradientHalo = halo
    self.parts = parts
    self.taps = taps
  }

  /// Floats of all weights of a block of dy's channels.
  private var blockCount: Int { taps.count * Self.square }
  var preparedGradientCount: Int { geometry.output.blocks * blockCount }
  var scratch: ConvolutionScratch { ConvolutionScratch() }

  /// [K/16][taps][16 k][4 pixels][4 channels].
  func prepareDataGradient(_ weights: FloatSlice, in workspace: ConvolutionWorkspace) -> FloatSlice
  {
    let prepared = workspace.rotated[0..<preparedGradientCount]
    prepared.fill(0)
    for (number, tap) in taps.enumerated() {
      for j in 0..<Self.pixels {
        let column = j + geometry.padding - geometry.stride * tap.column
        guard (0..<geometry.kernel).contains(column) else { continue }
        for k in 0..<geometry.output.channels {
          let place =
            k / Layout.lanes * blockCount + number * Self.square + k % Layout.lanes * Layout.lanes
            + j * Layout.narrowLanes
          for c in 0..<geometry.input.channels {
            prepared[place + c] =
              weights[geometry.weightIndex(k, c, tap.row * geometry.kernel + column)]
          }
        }
      }
    }
    return prepared
  }

  func dataGradient(
    _ dy: Map, weights: FloatSlice, first: Int, members: Range<Int>, into dx: Map, adding: Bool,
    scratch: FloatSlice
  ) {
    let (bordered, plain) = (dy.shape, dx.shape)
    for part in parts where part.taps.count > 0 || !adding {
      var pass = ConvolutionPass(
        inputBlocks: bordered.blocks, channelsPerBlock: Layout.lanes,
        inputBlockStride: bordered.blockStride, inputRowStride: bordered.rowStride,
        inputPixelStride: Self.pixels / geometry.stride * Layout.lanes, outputBlocks: 1,
        outputBlockStride: plain.blockStride, outputRowStride: geometry.stride * plain.rowStride,
        outputPixelStride: Layout.lanes, rows: part.rows, columns: plain.width / Self.pixels,
        tapCount: part.taps.count, tapInputOffsets: part.taps.inputs,
        tapWeightOffsets: part.taps.weights, weightBlockStride: blockCount, adds: adding)
      pass.images = members.count
      (pass.inputImageStride, pass.outputImageStride) = (bordered.count, plain.count)
      kernels.convolve(
        pass, input: dy[members.lowerBound].pointer, weights: weights.pointer,
        output: dx[first + members.lowerBound].pointer + part.remainder * plain.rowStride)
    }
  }
}
