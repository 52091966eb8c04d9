import Core
import Kernels

/// Global average pooling → (gate) → linear.
///
/// Gating the pooled vector is gating the map before pooling (METHOD: a factor leaves the mean).
final class GatedClassifier: Head {
  let logits: Logits
  private let classes: Int, filters: Int
  /// Pooled features [N][K].
  private let features: FloatSlice
  private let shape: MapShape
  private let kernels: MapKernels
  private let weight: Range<Int>, bias: Range<Int>
  private let gated: FloatSlice
  private let inputGradient: FloatSlice, featureGradient: FloatSlice
  private let team: ThreadTeam

  /// The linear layer `fc` behind maps of this shape.
  init(shape: MapShape, resources: NetworkResources) {
    precondition(shape.channels == shape.paddedChannels, "the last filters come in whole blocks")
    self.shape = shape
    team = resources.team
    classes = resources.classes
    filters = shape.channels
    kernels = MapKernels(level: resources.level)
    weight = resources.parameters.range(of: "fc.weight")
    bias = resources.parameters.range(of: "fc.bias")
    let capacity = resources.capacity
    features = FloatBuffer(capacity * filters).all
    gated = FloatBuffer(capacity * filters).all
    inputGradient = FloatBuffer(capacity * filters).all
    featureGradient = FloatBuffer(capacity * filters).all
    logits = Logits(classes: classes, capacity: capacity)
  }

  private func row(_ matrix: FloatSlice, _ n: Int, _ width: Int) -> FloatSlice {
    matrix[n * width..<(n + 1) * width]
  }

  func features(_ n: Int) -> FloatSlice { row(features, n, filters) }

  var gradientEnd: Int { weight.upperBound }

  func pool(_ z: FloatSlice, _ n: Int) {
    kernels.averagePool(shape, z, into: row(features, n, filters))
  }

  func spread(_ n: Int, into dz: FloatSlice) {
    kernels.averagePoolGradient(shape.withHalo(0), row(featureGradient, n, filters), into: dz)
  }

  // MARK: Forward

  func forward(
    _ images: Range<Int>, gateRow: (Int) -> FloatSlice?, theta: FloatSlice,
    addresses: SampleAddresses?
  ) {
    team.forEach(images.count) { i, _ in
      let n = images.lowerBound + i
      let x = input(n, gateRow: gateRow(n))
      let w = theta[weight]
      let b = theta[bias]
      let output = logits[n]
      for c in 0..<classes { output[c] = b[c] + kernels.dot(row(w, c, filters), x) }
    }
  }

  /// What the classifier reads for image n: its features, multiplied by a gate row if there is one.
  private func input(_ n: Int, gateRow: FloatSlice?) -> FloatSlice {
    let plain = row(features, n, filters)
    guard let gateRow else { return plain }
    let product = row(gated, n, filters)
    for k in 0..<filters { product[k] = plain[k] * gateRow[k] }
    return product
  }

  // MARK: Backward

  func backward(
    _ images: Range<Int>, gateRow: (Int) -> FloatSlice?, theta: FloatSlice, pass: BackwardPass,
    gradient: FloatSlice?, gateGradient: (Int) -> FloatSlice?, adds: Bool
  ) {
    if let gradient { addGradient(images, gateRow: gateRow, pass: pass, to: gradient) }
    differentiateInputs(images, theta: theta)
    for n in images {
      takeInputGradient(n, gateRow: gateRow(n), gateGradient: gateGradient(n), adds: adds)
    }
  }

  /// Adds to the gradients of weights and biases, images in order.
  private func addGradient(
    _ images: Range<Int>, gateRow: (Int) -> FloatSlice?, pass: BackwardPass, to gradient: FloatSlice
  ) {
    let weightGradient = pass.learns(weight) ? gradient[weight] : nil
    let biasGradient = pass.learns(bias) ? gradient[bias] : nil
    team.forEachRange(of: classes, size: 16) { range, _ in
      for c in range {
        let weights = weightGradient.map { row($0, c, filters) }
        for n in images {
          let delta = logits.gradient(n)[c]
          if let weights {
            let inputs = gateRow(n) == nil ? features : gated
            kernels.addScaled(delta, row(inputs, n, filters), to: weights)
          }
          biasGradient?[c] += delta
        }
      }
    }
  }

  /// Overwrites the gradients by what the classifier reads, classes in order.
  private func differentiateInputs(_ images: Range<Int>, theta: FloatSlice) {
    let w = theta[weight]
    team.forEach(images.count) { i, _ in
      let n = images.lowerBound + i
      let delta = logits.gradient(n)
      let byInput = row(inputGradient, n, filters)
      byInput.fill(0)
      for c in 0..<classes { kernels.addScaled(delta[c], row(w, c, filters), to: byInput) }
    }
  }

  /// Overwrites image n's gradient by its features, or adds to it; adds to that by its gate row, if
  /// there is one and it is wanted.
  private func takeInputGradient(
    _ n: Int, gateRow: FloatSlice?, gateGradient: FloatSlice?, adds: Bool
  ) {
    let plain = row(features, n, filters)
    let byInput = row(inputGradient, n, filters)
    let byFeature = row(featureGradient, n, filters)
    for k in 0..<filters {
      var part = byInput[k]
      if let gateRow {
        gateGradient?[k] += part * plain[k]
        part *= gateRow[k]
      }
      byFeature[k] = adds ? byFeature[k] + part : part
    }
  }
}
