import Core

/// The logits of up to `capacity` images, and softmax cross-entropy over them.
final class SoftmaxCrossEntropy {
  let classes: Int
  private let values: FloatSlice, gradients: FloatSlice
  private var probabilities: [Double]

  init(classes: Int, capacity: Int) {
    self.classes = classes
    values = FloatBuffer(capacity * classes).all
    gradients = FloatBuffer(capacity * classes).all
    probabilities = Array(repeating: 0, count: classes)
  }

  /// The logits of image n [C], written by the head.
  func logits(_ n: Int) -> FloatSlice { values[n * classes..<(n + 1) * classes] }

  /// The gradient by image n's logits, after `differentiate`.
  func gradient(_ n: Int) -> FloatSlice { gradients[n * classes..<(n + 1) * classes] }

  /// The cross-entropy of image n's logits with its label; leaves the softmax in `probabilities`.
  /// Exponentials are added in class order, in Double.
  func loss(_ n: Int, label: Int) -> Double {
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

  /// Overwrites the gradients of lossWeight·cross-entropy by the logits of images with these labels.
  /// - Returns: Σ cross-entropy, images in order, and correct predictions.
  func differentiate(_ images: Range<Int>, _ labels: ArraySlice<Int32>, lossWeight: Double)
    -> (loss: Double, correct: Int)
  {
    var loss = 0.0
    var correct = 0
    for (n, label) in zip(images, labels) {
      let label = Int(label)
      loss += self.loss(n, label: label)
      correct += prediction(n) == label ? 1 : 0
      let delta = gradient(n)
      for c in 0..<classes {
        delta[c] = Float(lossWeight * (probabilities[c] - (c == label ? 1 : 0)))
      }
    }
    return (loss, correct)
  }
}
