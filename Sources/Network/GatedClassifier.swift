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
  private let logitGradient: FloatSlice, featureGradient: FloatSlice
  private var probabilities: [Double]

  init(shape: MapShape, classes: Int, parameters: TensorLayout, capacity: Int, level: CPULevel) {
    precondition(shape.channels == shape.paddedChannels, "the last filters come in whole blocks")
    self.shape = shape
    self.classes = classes
    filters = shape.channels
    kernels = MapKernels(level: level)
    weight = parameters.range(of: "fc.weight")
    bias = parameters.range(of: "fc.bias")
    features = FloatBuffer(capacity * filters).all
    gated = FloatBuffer(capacity * filters).all
    logits = FloatBuffer(capacity * classes).all
    logitGradient = FloatBuffer(capacity * classes).all
    featureGradient = FloatBuffer(filters).all
    probabilities = Array(repeating: 0, count: classes)
  }

  private func row(_ matrix: FloatSlice, _ n: Int, _ width: Int) -> FloatSlice {
    matrix[n * width..<(n + 1) * width]
  }

  func logits(_ n: Int) -> FloatSlice { row(logits, n, classes) }

  /// Overwrites the features of the first `count` images.
  func pool(_ z: Map, count: Int) {
    for n in 0..<count { kernels.averagePool(shape, z[n], into: row(features, n, filters)) }
  }

  /// What the classifier reads for image n: its features, multiplied by a gate row if there is one.
  private func input(_ n: Int, gateRow: FloatSlice?) -> FloatSlice {
    let plain = row(features, n, filters)
    guard let gateRow else { return plain }
    let product = row(gated, n, filters)
    for k in 0..<filters { product[k] = plain[k] * gateRow[k] }
    return product
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

  /// Forward and backward of the head for as many images as labels: Σ lossWeight·cross-entropy.
  ///
  /// Adds to the head's part of `gradient` and, on the CSG path, of `gateGradient`, images in
  /// order; overwrites `dz` by the gradient by the last map.
  func train(
    labels: ArraySlice<Int32>, gate: Gate?, lossWeight: Double, theta: FloatSlice,
    gradient: FloatSlice, gateGradient: FloatSlice, dz: Map
  ) -> (loss: Double, correct: Int) {
    var loss = 0.0
    var correct = 0
    let w = theta[weight]
    let weightGradient = gradient[weight]
    let biasGradient = gradient[bias]
    for (n, label) in labels.enumerated() {
      let label = Int(label)
      let gateRow = gate?.row(label)
      classify(n, gateRow: gateRow, theta: theta)
      loss += crossEntropy(n, label: label)
      correct += prediction(n) == label ? 1 : 0
      let x = gateRow == nil ? row(features, n, filters) : row(gated, n, filters)
      let delta = row(logitGradient, n, classes)
      featureGradient.fill(0)
      for c in 0..<classes {
        delta[c] = Float(lossWeight * (probabilities[c] - (c == label ? 1 : 0)))
        kernels.addScaled(delta[c], x, to: row(weightGradient, c, filters))
        biasGradient[c] += delta[c]
        kernels.addScaled(delta[c], row(w, c, filters), to: featureGradient)
      }
      if let gateRow {
        let plain = row(features, n, filters)
        let rowGradient = row(gateGradient, label, filters)
        for k in 0..<filters {
          rowGradient[k] += featureGradient[k] * plain[k]
          featureGradient[k] *= gateRow[k]
        }
      }
      kernels.averagePoolGradient(shape, featureGradient, into: dz[n])
    }
    return (loss, correct)
  }
}
