import Core
import Kernels

/// Convolution → batch norm → (+ shortcut) → ReLU, the unit that ResNets repeat.
///
/// The convolution leaves y; `activate` turns an image's y into z just before the next convolution
/// reads it, while it is in the cache. In training, one call serves the replicas of a pass. Per-image
/// moments are merged in Double, in image order, so how images are grouped for cache or threads
/// changes no bit.
final class ConvolutionNorm: ConvolutionUnit {
  /// Convolution outputs y [N][K][H][W], plain, and activations z, bordered.
  let y: Map, z: Map
  let convolution: Convolution

  private let kernels: MapKernels
  private let replicas: NormReplicas
  private let workspace: ConvolutionWorkspace
  private let parameters: (weight: Range<Int>, scale: Range<Int>, shift: Range<Int>)
  private let statistics: (mean: Range<Int>, variance: Range<Int>)
  /// Whether z is rectified: all but shortcuts.
  private let rectifies: Bool

  // Per channel: the affine map of the forward pass, the mean it is by, coefficients of the backward
  // pass.
  private let scale: FloatSlice, shift: FloatSlice, mean: FloatSlice
  private let a: FloatSlice, b: FloatSlice, c: FloatSlice
  /// Sums of an image, later of a slot, [N][2][channels]: of y and its squares, of dz and
  /// dz·(y − mean).
  private let imageSums: FloatSlice
  private var batch: BatchMoments
  private var inverseDeviation: [Double]
  /// Whether the last forward pass normalised by running statistics, which no image moves.
  private var isEvaluated = false

  static let epsilon = 1e-5

  init(_ unit: UnitPlan, rectifies: Bool = true, resources: NetworkResources) {
    replicas = resources.normReplicas
    convolution = unit.convolution
    self.rectifies = rectifies
    workspace = resources.workspace
    kernels = MapKernels(level: resources.level)
    let output = convolution.output
    let capacity = resources.capacity
    parameters = (
      resources.parameters.range(of: "\(unit.name).weight"),
      resources.parameters.range(of: "\(unit.norm).weight"),
      resources.parameters.range(of: "\(unit.norm).bias")
    )
    statistics = (
      resources.statistics.range(of: "\(unit.norm).running_mean"),
      resources.statistics.range(of: "\(unit.norm).running_var")
    )
    y = Map(output, capacity: capacity)
    z = Map(output.withHalo(unit.halo), capacity: capacity)
    let channels = output.paddedChannels
    let perChannel = (0..<6).map { _ in FloatBuffer(channels).all }
    (scale, shift, mean) = (perChannel[0], perChannel[1], perChannel[2])
    (a, b, c) = (perChannel[3], perChannel[4], perChannel[5])
    imageSums = FloatBuffer(capacity * 2 * channels).all
    batch = BatchMoments(channels: channels)
    inverseDeviation = Array(repeating: 0, count: channels)
  }

  /// Where this unit's parameters begin, and their end: the backward pass has finished all before.
  var gradientStart: Int { parameters.shift.lowerBound }
  var gradientEnd: Int { parameters.weight.upperBound }

  private func sums(_ n: Int) -> (first: FloatSlice, second: FloatSlice) {
    let channels = convolution.output.paddedChannels
    let start = 2 * n * channels
    return (
      imageSums[start..<start + channels], imageSums[start + channels..<start + 2 * channels]
    )
  }

  // MARK: Forward

  /// Overwrites y of the first `count` images and prepares `activate`. `before` is called for an
  /// image before x is read.
  func forward(
    _ x: Map, count: Int, theta: FloatSlice, mode: NormMode, before: (Int) -> Void
  ) {
    let shape = convolution.output
    let weights = theta[parameters.weight][0..<convolution.weightCount]
    switch mode {
    case .training(let images, let moments):
      isEvaluated = false
      convolution.forward(
        x, weights: weights, into: y, count: count, in: workspace, before: before,
        after: { n in
          let (first, second) = sums(n)
          kernels.moments(shape, of: y[n], sums: first, squares: second)
        })
      takeMoments(images, theta: theta, moments: moments)
    case .evaluating(let running):
      isEvaluated = true
      convolution.forward(
        x, weights: weights, into: y, count: count, in: workspace, before: before)
      takeRunning(running, theta: theta)
    }
  }

  func activate(_ n: Int) { activate(n, shortcut: nil) }

  /// Overwrites z of image n: y normalised, with the shortcut added, rectified.
  func activate(_ n: Int, shortcut: (map: FloatSlice, shape: MapShape)?) {
    kernels.normalize(
      y[n], scale: scale, shift: shift, shortcut: shortcut, rectifies: rectifies, into: z[n],
      z.shape)
  }

  /// The images' statistics: mean and unbiased variance (biased for a single value) go to `moments`.
  private func takeMoments(_ images: [Range<Int>], theta: FloatSlice, moments: FloatSlice) {
    let shape = convolution.output
    replicas.mergeMoments(images, pixels: shape.pixels, into: &batch, sums: sums)
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
  }

  private func takeRunning(_ running: FloatSlice, theta: FloatSlice) {
    let gamma = theta[parameters.scale]
    let beta = theta[parameters.shift]
    let means = running[statistics.mean]
    let variances = running[statistics.variance]
    for channel in 0..<convolution.output.channels {
      let deviation = (Double(variances[channel]) + Self.epsilon).squareRoot()
      let factor = Double(gamma[channel]) / deviation
      inverseDeviation[channel] = 1 / deviation
      scale[channel] = Float(factor)
      shift[channel] = Float(Double(beta[channel]) - Double(means[channel]) * factor)
      mean[channel] = means[channel]
    }
  }

  // MARK: Backward

  /// Turns a slot's gradient by z into that by the unrectified sum, and notes its sums: the first
  /// half of the backward pass, while dz is in the cache.
  func takeGradient(_ slot: Int, dz: FloatSlice, pass: BackwardPass) {
    let n = pass.image(slot)
    let (first, second) = sums(slot)
    if rectifies {
      kernels.maskGradient(
        z.shape, z: z[n], y: y[n], mean: mean, dz: dz, sums: first, products: second)
    } else {
      kernels.gradientSums(
        y.shape, y: y[n], mean: mean, dz: dz, sums: first, products: second)
    }
  }

  /// The backward pass after `forward` of the images and `takeGradient` of all slots.
  ///
  /// Brings the gradients of this unit's parameters that the pass wants. Overwrites `dx`, or adds to
  /// it, where there is one, and calls `after` for a slot when its dx is whole.
  func backward(
    _ x: Map, dz: Map, into dx: Map?, adding: Bool, theta: FloatSlice, pass: BackwardPass,
    after: (Int) -> Void
  ) {
    if isEvaluated {
      takeConstants()
    } else {
      takeGradientSums(pass.slots, theta: theta)
    }
    pass.forEachReplica(gradientStart..<gradientEnd) { number, slots, gradient in
      if let gradient { writeNormGradient(number, slots, pass: pass, to: gradient) }
      differentiate(
        x, dz: dz, into: dx, adding: adding, slots: slots, theta: theta, pass: pass,
        gradient: gradient, after: after)
    }
  }

  /// The convolution's part of it, for one replica's slots.
  private func differentiate(
    _ x: Map, dz: Map, into dx: Map?, adding: Bool, slots: Range<Int>, theta: FloatSlice,
    pass: BackwardPass, gradient: FloatSlice?, after: (Int) -> Void
  ) {
    let dyShape = convolution.outputGradient
    let goesOn = dx != nil
    let first = slots.lowerBound
    convolution.backward(
      x[slots], weights: theta[parameters.weight][0..<convolution.weightCount],
      count: slots.count,
      gradient: pass.learns(parameters.weight)
        ? gradient?[parameters.weight][0..<convolution.weightCount] : nil,
      into: dx?[slots], adding: adding, in: workspace,
      outputGradient: { n, dy in
        kernels.normalizeGradient(
          dz: dz[first + n], y: y[pass.image(first + n)], mean: mean, a: a, b: b, c: c, into: dy,
          dyShape)
      }, after: { if goesOn { after(first + $0) } })
  }

  /// The coefficients of dy = a·dz + (b·(y − mean) + c) from the sums of all slots.
  private func takeGradientSums(_ slots: [Range<Int>], theta: FloatSlice) {
    let channels = convolution.output.channels
    replicas.mergeGradientSums(slots, channels: channels, sums: sums)
    let gamma = theta[parameters.scale]
    for channel in 0..<channels {
      let (sum, product) = replicas.gradientSums(channel, of: channels)
      let inverse = inverseDeviation[channel]
      let factor = Double(gamma[channel]) * inverse
      a[channel] = Float(factor)
      b[channel] = Float(-factor * inverse * inverse * product / batch.count)
      c[channel] = Float(-factor * sum / batch.count)
    }
  }

  /// The coefficients by running statistics: what the forward pass multiplied by.
  private func takeConstants() {
    a.copy(from: scale)
    b.fill(0)
    c.fill(0)
  }

  /// Writes the gradients of scale and shift that one replica of the pass brings.
  private func writeNormGradient(
    _ number: Int, _ slots: Range<Int>, pass: BackwardPass, to gradient: FloatSlice
  ) {
    let gammaGradient = pass.learns(parameters.scale) ? gradient[parameters.scale] : nil
    let betaGradient = pass.learns(parameters.shift) ? gradient[parameters.shift] : nil
    let channels = convolution.output.channels
    for channel in 0..<channels {
      let (sum, product) =
        isEvaluated
        ? ownSums(channel, of: slots)
        : replicas.gradientSums(
          of: replicas.own.lowerBound + number, channel, of: channels)
      gammaGradient?[channel] = Float(product * inverseDeviation[channel])
      betaGradient?[channel] = Float(sum)
    }
  }

  /// Σ dz and Σ dz·(y − mean) of a channel over slots, in order.
  private func ownSums(_ channel: Int, of slots: Range<Int>) -> (Double, Double) {
    var (sum, product) = (0.0, 0.0)
    for slot in slots {
      let (first, second) = sums(slot)
      sum += Double(first[channel])
      product += Double(second[channel])
    }
    return (sum, product)
  }
}
