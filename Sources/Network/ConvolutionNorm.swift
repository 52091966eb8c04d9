import Core
import Kernels

/// Convolution → batch norm → (+ shortcut) → ReLU, the unit that ResNets repeat.
///
/// In training, one call serves one replica. Per-image moments are merged in Double, in image order
/// (Chan, Golub, LeVeque 1979), so how images are grouped for cache or threads changes no bit.
final class ConvolutionNorm {
  /// Convolution outputs y [N][K][H][W], plain, and activations z, bordered.
  let y: Map, z: Map
  let convolution: Convolution

  private let kernels: MapKernels
  private let parameters: (weight: Range<Int>, scale: Range<Int>, shift: Range<Int>)
  private let statistics: (mean: Range<Int>, variance: Range<Int>)
  /// One image's dy, bordered; shared by all units of its shape.
  private let outputGradient: FloatSlice
  private let rotated: FloatSlice?

  // Per channel: the affine map of the forward pass, batch mean, coefficients of the backward pass.
  private let scale: FloatSlice, shift: FloatSlice, mean: FloatSlice
  private let a: FloatSlice, b: FloatSlice, c: FloatSlice
  private let first: FloatSlice, second: FloatSlice
  private var batch: BatchMoments
  private var inverseDeviation: [Double]
  private var gradientSums: [Double], gradientProducts: [Double]

  static let epsilon = 1e-5

  init(
    convolution: Convolution, names: (convolution: String, norm: String), parameters: TensorLayout,
    statistics: TensorLayout, capacity: Int, scratch: FloatSlice, level: CPULevel
  ) {
    self.convolution = convolution
    kernels = MapKernels(level: level)
    let output = convolution.output
    self.parameters = (
      parameters.range(of: "\(names.convolution).weight"),
      parameters.range(of: "\(names.norm).weight"), parameters.range(of: "\(names.norm).bias")
    )
    self.statistics = (
      statistics.range(of: "\(names.norm).running_mean"),
      statistics.range(of: "\(names.norm).running_var")
    )
    y = Map(output, capacity: capacity)
    z = Map(output.withHalo(1), capacity: capacity)
    outputGradient = scratch
    let isFirstLayer = convolution.input.lanes < 16
    rotated = isFirstLayer ? nil : FloatBuffer(convolution.weightCount).all
    let channels = output.paddedChannels
    let perChannel = (0..<8).map { _ in FloatBuffer(channels).all }
    (scale, shift, mean) = (perChannel[0], perChannel[1], perChannel[2])
    (a, b, c) = (perChannel[3], perChannel[4], perChannel[5])
    (first, second) = (perChannel[6], perChannel[7])
    batch = BatchMoments(channels: channels)
    inverseDeviation = Array(repeating: 0, count: channels)
    gradientSums = Array(repeating: 0, count: channels)
    gradientProducts = Array(repeating: 0, count: channels)
  }

  /// Floats of the `scratch` that a unit with this output needs.
  static func scratchCount(_ output: MapShape) -> Int { output.withHalo(1).count }

  /// Overwrites z of the first `count` images, normalising by their own statistics; overwrites this
  /// unit's part of `moments` by their mean and unbiased variance (biased for a single value).
  func forwardTraining(
    _ x: Map, shortcut: Map?, count: Int, theta: FloatSlice, moments: FloatSlice
  ) {
    let shape = convolution.output
    let weights = theta[parameters.weight]
    batch.reset()
    for n in 0..<count {
      convolution.forward(x[n], weights: weights[0..<convolution.weightCount], into: y[n])
      kernels.moments(shape, of: y[n], sums: first, squares: second)
      batch.merge(sums: first, squares: second, pixels: shape.pixels)
    }
    let gamma = theta[parameters.scale]
    let beta = theta[parameters.shift]
    let means = moments[statistics.mean]
    let variances = moments[statistics.variance]
    for channel in 0..<shape.channels {
      inverseDeviation[channel] = 1 / (batch.variance(channel) + Self.epsilon).squareRoot()
      let factor = Double(gamma[channel]) * inverseDeviation[channel]
      scale[channel] = Float(factor)
      shift[channel] = Float(Double(beta[channel]) - batch.mean[channel] * factor)
      mean[channel] = Float(batch.mean[channel])
      means[channel] = mean[channel]
      variances[channel] = Float(batch.unbiasedVariance(channel))
    }
    for n in 0..<count {
      kernels.normalize(
        shape, y[n], scale: scale, shift: shift, shortcut: shortcut?[n], into: z[n])
    }
  }

  /// Overwrites z of the first `count` images, normalising by the running `statistics`.
  func forwardEvaluating(
    _ x: Map, shortcut: Map?, count: Int, theta: FloatSlice, running: FloatSlice
  ) {
    let shape = convolution.output
    let weights = theta[parameters.weight][0..<convolution.weightCount]
    let gamma = theta[parameters.scale]
    let beta = theta[parameters.shift]
    let means = running[statistics.mean]
    let variances = running[statistics.variance]
    for channel in 0..<shape.channels {
      let deviation = (Double(variances[channel]) + Self.epsilon).squareRoot()
      let factor = Double(gamma[channel]) / deviation
      scale[channel] = Float(factor)
      shift[channel] = Float(Double(beta[channel]) - Double(means[channel]) * factor)
    }
    for n in 0..<count {
      convolution.forward(x[n], weights: weights, into: y[n])
      kernels.normalize(
        shape, y[n], scale: scale, shift: shift, shortcut: shortcut?[n], into: z[n])
    }
  }

  /// Prepares what the backward passes of a step share: the rotated weights.
  func prepareBackward(theta: FloatSlice) {
    guard let rotated else { return }
    convolution.rotate(theta[parameters.weight][0..<convolution.weightCount], into: rotated)
  }

  /// The backward pass after `forwardTraining` of the same images.
  ///
  /// `dz` comes as the gradient by z and is left masked by the ReLU: the shortcut's gradient. Adds
  /// to this unit's part of `gradient` (zero before); overwrites `dx`, or adds to it.
  func backward(
    _ x: Map, dz: Map, into dx: Map?, adding: Bool, count: Int, theta: FloatSlice,
    gradient: FloatSlice
  ) {
    let shape = convolution.output
    for channel in 0..<shape.channels {
      gradientSums[channel] = 0
      gradientProducts[channel] = 0
    }
    for n in 0..<count {
      kernels.maskGradient(
        shape, z: z[n], y: y[n], mean: mean, dz: dz[n], sums: first, products: second)
      for channel in 0..<shape.channels {
        gradientSums[channel] += Double(first[channel])
        gradientProducts[channel] += Double(second[channel])
      }
    }
    let gamma = theta[parameters.scale]
    let values = Double(count * shape.pixels)
    let gammaGradient = gradient[parameters.scale]
    let betaGradient = gradient[parameters.shift]
    for channel in 0..<shape.channels {
      let inverse = inverseDeviation[channel]
      let factor = Double(gamma[channel]) * inverse
      gammaGradient[channel] = Float(gradientProducts[channel] * inverse)
      betaGradient[channel] = Float(gradientSums[channel])
      a[channel] = Float(factor)
      b[channel] = Float(-factor * inverse * inverse * gradientProducts[channel] / values)
      c[channel] = Float(-factor * gradientSums[channel] / values)
    }
    let weightGradient = gradient[parameters.weight][0..<convolution.weightCount]
    for n in 0..<count {
      kernels.normalizeGradient(
        shape, dz: dz[n], y: y[n], mean: mean, a: a, b: b, c: c, into: outputGradient)
      convolution.addWeightGradient(x[n], outputGradient: outputGradient, to: weightGradient)
      if let dx, let rotated {
        convolution.dataGradient(
          outputGradient: outputGradient, rotated: rotated, into: dx[n], adding: adding)
      }
    }
  }
}

/// Mean and sum of squared deviations of each channel, merged image by image.
private struct BatchMoments {
  private(set) var mean: [Double]
  private var squares: [Double]
  private var count = 0.0

  init(channels: Int) {
    mean = Array(repeating: 0, count: channels)
    squares = mean
  }

  mutating func reset() {
    count = 0
    for channel in mean.indices {
      mean[channel] = 0
      squares[channel] = 0
    }
  }

  mutating func merge(sums: FloatSlice, squares imageSquares: FloatSlice, pixels: Int) {
    let added = Double(pixels)
    let total = count + added
    for channel in mean.indices {
      let delta = Double(sums[channel]) / added - mean[channel]
      mean[channel] += delta * added / total
      squares[channel] += Double(imageSquares[channel]) + delta * delta * count * added / total
    }
    count = total
  }

  func variance(_ channel: Int) -> Double { squares[channel] / count }

  func unbiasedVariance(_ channel: Int) -> Double { squares[channel] / max(count - 1, 1) }
}
