import Core
import KernelInterface

/// Shapes of a convolution, and how its weights lie.
struct ConvolutionGeometry: Sendable {
  /// The bordered input and the plain output.
  let input: MapShape, output: MapShape
  let kernel: Int, stride: Int, padding: Int

  /// Taps of the kernel.
  var taps: Int { kernel * kernel }
  /// Channels that are summed in each input block.
  var summed: Int { input.lanes == Layout.lanes ? Layout.lanes : input.channels }
  /// Whether the input is an image, whose pixels hold few channels.
  var isNarrow: Bool { input.lanes != Layout.lanes }
  /// Floats of the weights of a pair of blocks, and of all.
  var pairCount: Int { taps * summed * Layout.lanes }
  var weightCount: Int { output.blocks * input.blocks * pairCount }
  /// From the start of a map to the first tap of output (0, 0).
  var firstTap: Int { (input.halo - padding) * (input.rowStride + input.lanes) }

  /// The same convolution of a map of whole blocks of channels.
  var widened: ConvolutionGeometry {
    ConvolutionGeometry(
      input: MapShape(
        channels: input.channels, height: input.height, width: input.width, halo: input.halo),
      output: output, kernel: kernel, stride: stride, padding: padding)
  }

  /// Overwrites `wide` by an image's weights as the widened convolution has them, zero for the channels
  /// that are not there, and returns what it filled.
  func widen(_ weights: FloatSlice, into wide: FloatSlice) -> FloatSlice {
    let widened = widened
    let result = wide[0..<widened.weightCount]
    result.fill(0)
    for kBlock in 0..<output.blocks {
      for tap in 0..<taps {
        let from = weightIndex(kBlock * Layout.lanes, 0, tap)
        let to = widened.weightIndex(kBlock * Layout.lanes, 0, tap)
        let floats = summed * Layout.lanes
        result[to..<to + floats].copy(from: weights[from..<from + floats])
      }
    }
    return result
  }

  /// Images whose values form one chain of a weight gradient: so many that it has `length` values
  /// and pays for its start. A rule of the shape alone, since it decides the order of additions.
  static func chainImages(length: Int, valuesPerImage: Int) -> Int {
    max(1, (length + valuesPerImage - 1) / valuesPerImage)
  }

  /// Overwrites `rotated` by the weights with channels exchanged and taps reversed,
  /// [C/16][K/16][taps, last first][16 k][16 c], and returns what it filled.
  func rotate(_ weights: FloatSlice, into rotated: FloatSlice, team: ThreadTeam) -> FloatSlice {
    precondition(!isNarrow, "an image's weights are widened first")
    precondition(weights.count == weightCount, "weights do not fit")
    let result = rotated[0..<weightCount]
    let w = weights.pointer
    let r = result.pointer
    let lanes = Layout.lanes
    let square = lanes * lanes
    team.forEach(input.blocks) { cBlock, _ in
      for kBlock in 0..<output.blocks {
        for tap in 0..<taps {
          let from = w + ((kBlock * input.blocks + cBlock) * taps + tap) * square
          let to = r + ((cBlock * output.blocks + kBlock) * taps + taps - 1 - tap) * square
          Self.transpose(from, to)
        }
      }
    }
    return result
  }

  /// Overwrites `to` by the transpose of a square of lanes, 4 × 4 at a time.
  private static func transpose(_ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>) {
    let lanes = Layout.lanes
    for c in Swift.stride(from: 0, to: lanes, by: 4) {
      for k in Swift.stride(from: 0, to: lanes, by: 4) {
        func row(_ i: Int) -> SIMD4<Float> {
          UnsafeRawPointer(from + ((c + i) * lanes + k)).loadUnaligned(as: SIMD4<Float>.self)
        }
        let (first, second, third, fourth) = (row(0), row(1), row(2), row(3))
        for i in 0..<4 {
          UnsafeMutableRawPointer(to + ((k + i) * lanes + c)).storeBytes(
            of: SIMD4(first[i], second[i], third[i], fourth[i]), as: SIMD4<Float>.self)
        }
      }
    }
  }

  /// Where weight (k, c, tap) lies in the blocked layout.
  func weightIndex(_ k: Int, _ c: Int, _ tap: Int) -> Int {
    let block = k / Layout.lanes * input.blocks + c / input.lanes
    return ((block * taps + tap) * summed + c % input.lanes) * Layout.lanes + k % Layout.lanes
  }
}
