import Core
import Kernels

/// Max pooling behind a convolution: windows of `size`² pixels, `stride` apart.
struct PoolingPlan: Sendable, Equatable {
  let size: Int, stride: Int, padding: Int

  /// The map that it makes of one of this shape.
  func output(of input: MapShape, halo: Int) -> MapShape {
    func side(_ side: Int) -> Int { (side + 2 * padding - size) / stride + 1 }
    return MapShape(
      channels: input.channels, height: side(input.height), width: side(input.width), halo: halo)
  }
}

/// One convolution unit, and the max pooling behind it where there is one: the stem of a ResNet, and
/// every stage of AlexNet.
final class ConvolutionStage: Block {
  let unit: any ConvolutionUnit
  /// What the next block reads.
  let output: Map
  /// Room for the gradient by the output, where the next block needs it.
  let outputGradient: Map
  /// The gradient by the unit's activations behind a pooling; nil without one.
  let pooledGradient: Map?
  private let pooling: MaxPooling?

  /// A stage whose pooling has an output with this halo.
  init(
    _ unit: any ConvolutionUnit, pooling plan: PoolingPlan?, halo: Int, capacity: Int,
    level: CPULevel
  ) {
    self.unit = unit
    let pooled = plan?.output(of: unit.z.shape, halo: halo)
    output = pooled.map { Map($0, capacity: capacity) } ?? unit.z
    // Pages are handed out when written: where no block asks for it, it costs nothing.
    outputGradient = Map(output.shape.withHalo(0), capacity: capacity)
    pooledGradient = pooled.map { _ in Map(unit.z.shape.withHalo(0), capacity: capacity) }
    pooling = plan.map {
      MaxPooling(
        input: unit.z.shape, output: $0.output(of: unit.z.shape, halo: halo), size: $0.size,
        stride: $0.stride, padding: $0.padding, level: level)
    }
  }

  var units: [any ConvolutionUnit] { [unit] }
  var isIdentity: Bool { false }
  var gradientEnd: Int { unit.gradientEnd }

  func forward(_ x: Map, count: Int, theta: FloatSlice, mode: NormMode, before: (Int) -> Void) {
    unit.forward(x, count: count, theta: theta, mode: mode, before: before)
  }

  func activate(_ n: Int, x: Map) { activate(n) }

  /// Overwrites image n of the output, after the unit's forward pass.
  func activate(_ n: Int) {
    unit.activate(n)
    pooling?.forward(unit.z[n], into: output[n])
  }

  func takeGradient(_ slot: Int, dz: FloatSlice, pass: BackwardPass) {
    guard let pooling, let pooledGradient else {
      return unit.takeGradient(slot, dz: dz, pass: pass)
    }
    pooling.gradient(dz, input: unit.z[pass.image(slot)], into: pooledGradient[slot])
    unit.takeGradient(slot, dz: pooledGradient[slot], pass: pass)
  }

  func backward(
    _ x: Map, dz: Map, dx: Map, theta: FloatSlice, pass: BackwardPass,
    after: (Int) -> Void, gradientReady: (Int) -> Void
  ) {
    backward(x, dz: dz, into: dx, theta: theta, pass: pass, after: after)
    gradientReady(gradientEnd)
  }

  /// The same where there may be no dx, at the bottom of a net.
  func backward(
    _ x: Map, dz: Map, into dx: Map?, theta: FloatSlice, pass: BackwardPass,
    after: (Int) -> Void = { _ in }
  ) {
    unit.backward(
      x, dz: pooledGradient ?? dz, into: pass.goesBehind(gradientEnd) ? dx : nil, adding: false,
      theta: theta, pass: pass, after: after)
  }
}
