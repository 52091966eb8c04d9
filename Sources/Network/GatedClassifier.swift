import Core
import Kernels

/// Global average pooling → (gate) → linear → softmax cross-entropy.
///
/// Gating the pooled vector is gating the map before pooling (METHOD: a factor leaves the mean).
final class GatedClassifier: Head {
  let outcome: SoftmaxCrossEntropy
  private let classes: Int, filters: Int
  /// Pooled features [N][K].
  private let features: FloatSlice
  private let shape: MapShape
  private let kernels: MapKernels
  private let weight: Range<Int>, bias: Range<Int>
  private let gated: FloatSlice
  private let inputGradient: FloatSlice, featureGradient: FloatSlice
  private let team: ThreadTeam

  init(
    shape: MapShape, classes: Int, parameters: TensorLayout, capacity: Int, team: ThreadTeam,
    level: CPULevel
  ) {
    precondition(shape.channels == shape.paddedChannels, "the last filters come in whole blocks")
    self.shape = shape
    self.team = team
    self.classes = classes
    filters = shape.channels
    kernels = MapKernels(level: level)
    weight = parameters.range(of: "fc.weight")
    bias = parameters.range(of: "fc.bias")
    features = FloatBuffer(capacity * filters).all
    gated = FloatBuffer(capacity * filters).all
    inputGradient = FloatBuffer(capacity * filters).all
    featureGradient = FloatBuffer(capacity * filters).all
    outcome = SoftmaxCrossEntropy(classes: classes, capacity: capacity)
  }

  private func row(_ matrix: FloatSlice, _ n: Int, _ width: Int) -> FloatSlice {
    matrix[n * width..<(n + 1) * width]
  }

  func features(_ n: Int) -> FloatSlice { row(features, n, filters) }

  var gradientEnd: Int { weight.upperBound }

  func pool(_ z: FloatSlice, _ n: Int) {
    kernels.averagePool(shape, z, into: row(features, n, filters))
  }

  func spread(_ featureGradient: FloatSlice, into dz: FloatSlice) {
    kernels.averagePoolGradient(shape.withHalo(0), featureGradient, into: dz)
  }

  /// What the classifier reads for image n: its features, multiplied by a gate row if there is one.
  private func input(_ n: Int, gateRow: FloatSlice?) -> FloatSlice {
    let plain = row(features, n, filters)
    guard let gateRow else { return plain }
    let product = row(gated, n, filters)
    for k in 0..<filters { product[k] = plain[k] * gateRow[k] }
    return product
  }

  func classify(count: Int, gateRow: (Int) -> FloatSlice?, theta: FloatSlice) {
    team.forEach(count) { n, _ in classify(n, gateRow: gateRow(n), theta: theta) }
  }

  /// Overwrites the logits of image n.
  private func classify(_ n: Int, gateRow: FloatSlice?, theta: FloatSlice) {
    let x = input(n, gateRow: gateRow)
    let w = theta[weight]
    let b = theta[bias]
    let output = outcome.logits(n)
    for c in 0..<classes { output[c] = b[c] + kernels.dot(row(w, c, filters), x) }
  }

  func train(
    _ images: Range<Int>, labels: ArraySlice<Int32>, path: Path, gate: Gate, gatedWeight: Double,
    theta: FloatSlice, gradient: FloatSlice, gateGradient: FloatSlice,
    addresses: SampleAddresses?, spread: (Int, FloatSlice) -> Void
  ) -> HeadResult {
    precondition(images.count == labels.count, "\(labels.count) labels for \(images.count) images")
    var result = HeadResult()
    for (index, pass) in path.passes.enumerated() {
      func gateRow(_ label: Int32) -> FloatSlice? { pass == .gated ? gate.row(Int(label)) : nil }
      team.forEach(images.count) { i, _ in
        classify(
          images.lowerBound + i, gateRow: gateRow(labels[labels.startIndex + i]), theta: theta)
      }
      result.note(
        outcome.differentiate(images, labels, lossWeight: pass == .gated ? gatedWeight : 1),
        index: index)
      addGradient(to: gradient, inputs: pass == .gated ? gated : features, images)
      differentiateInputs(images, theta: theta)
      for (n, label) in zip(images, labels) {
        takeInputGradient(
          n, gateRow: gateRow(label), gateGradient: row(gateGradient, Int(label), filters),
          adds: index > 0)
      }
    }
    team.forEach(images.count) { i, _ in
      let n = images.lowerBound + i
      spread(n, row(featureGradient, n, filters))
    }
    return result
  }

  /// Adds to the gradients of weights and biases, images in order.
  private func addGradient(to gradient: FloatSlice, inputs: FloatSlice, _ images: Range<Int>) {
    func part(_ range: Range<Int>) -> FloatSlice? {
      range.upperBound <= gradient.count ? gradient[range] : nil
    }
    let weightGradient = part(weight)
    let biasGradient = part(bias)
    team.forEachRange(of: classes, size: 16) { range, _ in
      for c in range {
        let weights = weightGradient.map { row($0, c, filters) }
        for n in images {
          let delta = outcome.gradient(n)[c]
          if let weights {
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
      let delta = outcome.gradient(n)
      let byInput = row(inputGradient, n, filters)
      byInput.fill(0)
      for c in 0..<classes { kernels.addScaled(delta[c], row(w, c, filters), to: byInput) }
    }
  }

  /// Overwrites image n's gradient by its features, or adds to it; adds to that by its gate row,
  /// if there is one.
  private func takeInputGradient(
    _ n: Int, gateRow: FloatSlice?, gateGradient: FloatSlice, adds: Bool
  ) {
    let plain = row(features, n, filters)
    let byInput = row(inputGradient, n, filters)
    let byFeature = row(featureGradient, n, filters)
    for k in 0..<filters {
      var part = byInput[k]
      if let gateRow {
        gateGradient[k] += part * plain[k]
        part *= gateRow[k]
      }
      byFeature[k] = adds ? byFeature[k] + part : part
    }
  }
}
