import Core
import Kernels

/// Convolution → bias → ReLU, the unit of nets without batch norm; over rows of samples
/// (`SampleRows`) also their linear layers.
final class ConvolutionBias: ConvolutionUnit {
  let convolution: Convolution
  /// Convolution outputs y [N][K][H][W], plain, and activations z, bordered.
  private let y: Map
  let z: Map

  private let kernels: MapKernels
  private let workspace: ConvolutionWorkspace
  private let weight: Range<Int>, bias: Range<Int>
  /// Whether z is rectified: all but the last layer.
  private let rectifies: Bool

  // Per channel: the affine map of the forward pass, and zeros.
  private let shift: FloatSlice, ones: FloatSlice, zeros: FloatSlice
  /// Sums of each slot's dz, and products that nobody reads, [N][2][channels].
  private let imageSums: FloatSlice

  init(_ unit: UnitPlan, rectifies: Bool, capacity: Int, resources: NetworkResources) {
    convolution = unit.convolution
    self.rectifies = rectifies
    workspace = resources.workspace
    kernels = MapKernels(level: resources.level)
    weight = resources.parameters.range(of: "\(unit.name).weight")
    bias = resources.parameters.range(of: "\(unit.name).bias")
    let output = convolution.output
    y = Map(output, capacity: capacity)
    z = Map(output.withHalo(unit.halo), capacity: capacity)
    let channels = output.paddedChannels
    shift = FloatBuffer(channels).all
    zeros = FloatBuffer(channels).all
    ones = FloatBuffer(channels).all
    ones.fill(1)
    imageSums = FloatBuffer(capacity * 2 * channels).all
  }

  var gradientEnd: Int { weight.upperBound }

  private func sums(_ n: Int) -> (first: FloatSlice, second: FloatSlice) {
    let channels = convolution.output.paddedChannels
    let start = 2 * n * channels
    return (
      imageSums[start..<start + channels], imageSums[start + channels..<start + 2 * channels]
    )
  }

  func forward(_ x: Map, count: Int, theta: FloatSlice, mode: NormMode, before: (Int) -> Void) {
    forward(x, count: count, theta: theta, before: before)
  }

  /// Training and evaluation are the same.
  func forward(_ x: Map, count: Int, theta: FloatSlice, before: (Int) -> Void) {
    shift.copy(from: theta[bias])
    convolution.forward(
      x, weights: theta[weight][0..<convolution.weightCount], into: y, count: count,
      in: workspace, before: before)
  }

  func activate(_ n: Int) {
    kernels.normalize(
      y[n], scale: ones, shift: shift, rectifies: rectifies, into: z[n], z.shape)
  }

  func takeGradient(_ slot: Int, dz: FloatSlice, pass: BackwardPass) {
    let n = pass.image(slot)
    let (first, second) = sums(slot)
    if rectifies {
      kernels.maskGradient(
        z.shape, z: z[n], y: y[n], mean: zeros, dz: dz, sums: first, products: second)
    } else {
      kernels.gradientSums(
        y.shape, y: y[n], mean: zeros, dz: dz, sums: first, products: second)
    }
  }

  func backward(
    _ x: Map, dz: Map, into dx: Map?, adding: Bool, theta: FloatSlice, pass: BackwardPass,
    after: (Int) -> Void
  ) {
    pass.forEachReplica(bias.lowerBound..<gradientEnd) { _, slots, gradient in
      differentiate(
        x, dz: dz, into: dx, adding: adding, slots: slots, theta: theta, pass: pass,
        gradient: gradient, after: after)
    }
  }

  /// The same for some slots, adding to one replica's gradient what the pass wants, if there is one.
  func differentiate(
    _ x: Map, dz: Map, into dx: Map?, adding: Bool, slots: Range<Int>, theta: FloatSlice,
    pass: BackwardPass, gradient: FloatSlice?, after: (Int) -> Void
  ) {
    if let gradient, pass.learns(bias) { addBiasGradient(slots, to: gradient[bias]) }
    let goesOn = dx != nil
    let first = slots.lowerBound
    let dyShape = convolution.outputGradient
    convolution.backward(
      x[slots], weights: theta[weight][0..<convolution.weightCount], count: slots.count,
      gradient: pass.learns(weight) ? gradient?[weight][0..<convolution.weightCount] : nil,
      into: dx?[slots], adding: adding, in: workspace,
      outputGradient: { n, dy in
        kernels.normalizeGradient(
          dz: dz[first + n], y: y[pass.image(first + n)], mean: zeros, a: ones, b: zeros, c: zeros,
          into: dy, dyShape)
      }, after: { if goesOn { after(first + $0) } })
  }

  /// Σ dz, slots in order, in Double.
  private func addBiasGradient(_ slots: Range<Int>, to gradient: FloatSlice) {
    for channel in 0..<convolution.output.channels {
      var sum = 0.0
      for slot in slots { sum += Double(sums(slot).first[channel]) }
      gradient[channel] += Float(sum)
    }
  }
}
