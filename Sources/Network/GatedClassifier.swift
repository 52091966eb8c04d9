import Core
import Kernels

/// Global average pooling → (gate) → linear → softmax cross-entropy.
///
/// Gating the pooled vector is gating the map before pooling (METHOD: a factor leaves the mean).
final class GatedClassifier {
  let classes: Int, filters: Int
  /// Pooled features [N][K].
  let features: FloatSlice
  private let shape: MapShape
  private let kernels: MapKernels
  private let weight: Range<Int>, bias: Range<Int>
  private let gated: FloatSlice, logits: FloatSlice
  private let logitGradient: FloatSlice, inputGradient: FloatSlice, featureGradient: FloatSlice
  private let team: ThreadTeam
  private var probabilities: [Double]

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
    logits = FloatBuffer(capacity * classes).all
    logitGradient = FloatBuffer(capacity * classes).all
    inputGradient = FloatBuffer(capacity * filters).all
    featureGradient = FloatBuffer(capacity * filters).all
    probabilities = Array(repeating: 0, count: classes)
  }

  private func row(_ matrix: FloatSlice, _ n: Int, _ width: Int) -> FloatSlice {
    matrix[n * width..<(n + 1) * width]
  }

  func logits(_ n: Int) -> FloatSlice { row(logits, n, classes) }

  func features(_ n: Int) -> FloatSlice { row(features, n, filters) }

  /// The end of this layer's parameters: the backward pass has finished all before it.
  var gradientEnd: Int { weight.upperBound }

  /// Overwrites the features of image n by the means of its map.
  func pool(_ z: FloatSlice, _ n: Int) {
    kernels.averagePool(shape, z, into: row(features, n, filters))
  }

  /// Overwrites one image's plain dz by the gradient that its features bring.
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

  /// Overwrites the logits of the first `count` images.
  func classify(count: Int, gateRow: (Int) -> FloatSlice?, theta: FloatSlice) {
    team.forEach(count) { n, _ in classify(n, gateRow: gateRow(n), theta: theta) }
  }

  /// Overwrites the logits of image n.
  func classify(_ n: Int, gateRow: FloatSlice?, theta: FloatSlice) {
    let x = input(n, gateRow: gateRow)
    let w = theta[weight]
    let b = theta[bias]
    let output = logits(n)
    for c in 0..<classes { output[c] = b[c] + kernels.dot(row(w, c, filters), x) }
  }

  /// The cross-entropy of image n's logits with its label; leaves the softmax in `probabilities`.
  /// Exponentials are added in class order, in Double.
  func crossEntropy(_ n: Int, label: Int) -> Double {
    let values = logits(n)
    var largest = -Double.infinity
    for c in 0..<classes { largest = max(largest, Double(values[c])) }
    var sum = 0.0
    for c in 0..<classes {
      probabilities[c] = ElementaryFunctions.exp(Double(values[c]) - largest)
      sum += probabilities[c]
    }
    for c in 0..<classes { probabilities[c] /= sum }
    return ElementaryFunctions.log(sum) - (Double(values[label]) - largest)
  }

  /// The class of image n's largest logit, the first of equals.
  func prediction(_ n: Int) -> Int {
    let values = logits(n)
    var best = 0
    for c in 1..<classes where values[c] > values[best] { best = c }
    return best
  }

  /// Forward and backward of the head for `images`, which have these labels: Σ cross-entropy, on the
  /// CSG path times `gatedWeight`.
  ///
  /// Adds to the head's part of `gradient`, as far as that goes, and, where a pass is gated, of
  /// `gateGradient`: passes in order, in each the images in order. Then calls `spread` with each
  /// image's gradient by its features, the sum over passes, on any thread.
  /// - Returns: Σ cross-entropy and correct predictions of each pass.
  func train(
    _ images: Range<Int>, labels: ArraySlice<Int32>, path: Path, gate: Gate, gatedWeight: Double,
    theta: FloatSlice,
    gradient: FloatSlice, gateGradient: FloatSlice, spread: (Int, FloatSlice) -> Void
  ) -> [(loss: Double, correct: Int)] {
    precondition(images.count == labels.count, "\(labels.count) labels for \(images.count) images")
    var results: [(loss: Double, correct: Int)] = []
    for (index, pass) in path.passes.enumerated() {
      func gateRow(_ label: Int32) -> FloatSlice? { pass == .gated ? gate.row(Int(label)) : nil }
      team.forEach(images.count) { i, _ in
        classify(
          images.lowerBound + i, gateRow: gateRow(labels[labels.startIndex + i]), theta: theta)
      }
      results.append(judge(images, labels, lossWeight: pass == .gated ? gatedWeight : 1))
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
    return results
  }

  /// Overwrites the gradients of lossWeight·cross-entropy by the logits, images in order.
  private func judge(_ images: Range<Int>, _ labels: ArraySlice<Int32>, lossWeight: Double)
    -> (loss: Double, correct: Int)
  {
    var loss = 0.0
    var correct = 0
    for (n, label) in zip(images, labels) {
      let label = Int(label)
      loss += crossEntropy(n, label: label)
      correct += prediction(n) == label ? 1 : 0
      let delta = row(logitGradient, n, classes)
      for c in 0..<classes {
        delta[c] = Float(lossWeight * (probabilities[c] - (c == label ? 1 : 0)))
      }
    }
    return (loss, correct)
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
          let delta = row(logitGradient, n, classes)[c]
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
      let delta = row(logitGradient, n, classes)
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
