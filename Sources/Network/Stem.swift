import Core
import Kernels

/// The first unit of a ResNet and, in nets for ImageNet, the 3×3 max pooling at stride 2 behind it.
final class Stem {
  let unit: ConvolutionNorm
  /// What the first block reads.
  let output: Map
  /// Room for the gradient by the output, where the first block needs it.
  let outputGradient: Map
  /// The gradient by the unit's activations behind a pooling; nil without one.
  let pooledGradient: Map?
  private let pooling: MaxPooling?

  init(_ unit: ConvolutionNorm, pooled: MapShape?, capacity: Int, level: CPULevel) {
    self.unit = unit
    output = pooled.map { Map($0, capacity: capacity) } ?? unit.z
    // Pages are handed out when written: where no block asks for it, it costs nothing.
    outputGradient = Map(output.shape.withHalo(0), capacity: capacity)
    pooledGradient = pooled.map { _ in Map(unit.y.shape, capacity: capacity) }
    pooling = pooled.map {
      MaxPooling(input: unit.z.shape, output: $0, size: 3, stride: 2, padding: 1, level: level)
    }
  }

  /// Overwrites image n of the output, after the unit's forward pass.
  func activate(_ n: Int) {
    unit.activate(n)
    pooling?.forward(unit.z[n], into: output[n])
  }

  /// Takes image n's gradient by the output.
  func takeGradient(_ n: Int, dz: FloatSlice) {
    guard let pooling, let pooledGradient else { return unit.takeGradient(n, dz: dz) }
    pooling.gradient(dz, input: unit.z[n], into: pooledGradient[n])
    unit.takeGradient(n, dz: pooledGradient[n])
  }
}
