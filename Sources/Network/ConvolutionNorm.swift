import Core
import Kernels

/// Whose statistics a forward pass normalises by.
enum NormMode {
  /// Those of the images of these replicas, one replica's after the other's, and of whatever replicas
  /// are in their scope; overwrites the layer's part of this buffer by them.
  case training(replicas: [Range<Int>], moments: FloatSlice)
  /// These running ones.
  case evaluating(running: FloatSlice)
}

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

  // Per channel: the affine map of the forward pass, batch mean, coefficients of the backward pass.
  private let scale: FloatSlice, shift: FloatSlice, mean: FloatSlice
  private let a: FloatSlice, b: FloatSlice, c: FloatSlice
  /// Per-image sums [N][2][channels]: of y and its squares, later of dz and dz·(y − mean).
  private let imageSums: FloatSlice
  private var batch: BatchMoments
  private var inverseDeviation: [Double]

  static let epsilon = 1e-5

  init(
    _ unit: ResNet.Unit, rectifies: Bool, parameters: TensorLayout, statistics: TensorLayout,
    capacity: Int, workspace: ConvolutionWorkspace, replicas: NormReplicas, level: CPULevel
  ) {
    self.replicas = replicas
    convolution = unit.convolution
    self.rectifies = rectifies
    self.workspace = workspace
    kernels = MapKernels(level: level)
    let output = convolution.output
    self.parameters = (
      parameters.range(of: "\(unit.convolutionName).weight"),
      parameters.range(of: "\(unit.normName).weight"),
      parameters.range(of: "\(unit.normName).bias")
    )
    self.statistics = (
      statistics.range(of: "\(unit.normName).running_mean"),
      statistics.range(of: "\(unit.normName).running_var")
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
      convolution.forward(
        x, weights: weights, into: y, count: count, in: workspace, before: before,
        after: { n in
          let (first, second) = sums(n)
          kernels.moments(shape, of: y[n], sums: first, squares: second)
        })
      takeMoments(images, theta: theta, moments: moments)
    case .evaluating(let running):
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
      scale[channel] = Float(factor)
      shift[channel] = Float(Double(beta[channel]) - Double(means[channel]) * factor)
    }
  }

  // MARK: Backward

  /// Turns image n's gradient by z into that by the unrectified sum, and notes its sums: the first
  /// half of the backward pass, while dz is in the cache.
  func takeGradient(_ n: Int, dz: FloatSlice) {
    let (first, second) = sums(n)
    if rectifies {
      kernels.maskGradient(
        z.shape, z: z[n], y: y[n], mean: mean, dz: dz, sums: first, products: second)
    } else {
      kernels.gradientSums(
        y.shape, y: y[n], mean: mean, dz: dz, sums: first, products: second)
    }
  }

  /// The backward pass after `forward` in training and `takeGradient` of the same images.
  ///
  /// Brings this unit's part of `gradient`, as far as it goes. Where it goes on behind this unit,
  /// overwrites `dx`, or adds to it, and calls `after` for an image when its dx is whole.
  func backward(
    _ x: Map, dz: Map, into dx: Map?, adding: Bool, theta: FloatSlice, gradient: PassGradient,
    after: (Int) -> Void
  ) {
    takeGradientSums(gradient.images, theta: theta)
    gradient.add(gradientStart..<gradientEnd) { number, images, place in
      writeNormGradient(number, to: place)
      guard gradientEnd <= place.count else { return }
      differentiate(
        x, dz: dz, into: gradientEnd < place.count ? dx : nil, adding: adding, images: images,
        theta: theta, gradient: place, after: after)
    }
  }

  /// The convolution's part of it, for one replica's images.
  private func differentiate(
    _ x: Map, dz: Map, into dx: Map?, adding: Bool, images: Range<Int>, theta: FloatSlice,
    gradient: FloatSlice, after: (Int) -> Void
  ) {
    let dyShape = convolution.outputGradient
    let goesOn = dx != nil
    let first = images.lowerBound
    convolution.backward(
      x[images], weights: theta[parameters.weight][0..<convolution.weightCount],
      count: images.count, gradient: gradient[parameters.weight][0..<convolution.weightCount],
      into: dx?[images], adding: adding, in: workspace,
      outputGradient: { n, dy in
        kernels.normalizeGradient(
          dz: dz[first + n], y: y[first + n], mean: mean, a: a, b: b, c: c, into: dy, dyShape)
      }, after: { if goesOn { after(first + $0) } })
  }

  /// Merges the images' sums: the coefficients of dy = a·dz + (b·(y − mean) + c).
  private func takeGradientSums(_ images: [Range<Int>], theta: FloatSlice) {
    let channels = convolution.output.channels
    replicas.mergeGradientSums(images, channels: channels, sums: sums)
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

  /// Writes the gradients of scale and shift that one replica of the pass brings.
  private func writeNormGradient(_ number: Int, to gradient: FloatSlice) {
    func part(_ range: Range<Int>) -> FloatSlice? {
      range.upperBound <= gradient.count ? gradient[range] : nil
    }
    let gammaGradient = part(parameters.scale)
    let betaGradient = part(parameters.shift)
    let channels = convolution.output.channels
    let replica = replicas.own.lowerBound + number
    for channel in 0..<channels {
      let (sum, product) = replicas.gradientSums(of: replica, channel, of: channels)
      gammaGradient?[channel] = Float(product * inverseDeviation[channel])
      betaGradient?[channel] = Float(sum)
    }
  }
}
