import Core

/// Softmax cross-entropy over logits.
final class SoftmaxCrossEntropy {
  private let logits: Logits
  private var probabilities: [Double]

  init(_ logits: Logits) {
    self.logits = logits
    probabilities = Array(repeating: 0, count: logits.classes)
  }

  /// The cross-entropy of image n's logits with its label; leaves the softmax in `probabilities`.
  /// Exponentials are added in class order, in Double.
  func loss(_ n: Int, label: Int) -> Double {
    let values = logits[n]
    let classes = logits.classes
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

  /// Overwrites the gradients of weight·cross-entropy by the logits of images with these labels.
  /// - Returns: Σ cross-entropy, images in order, and correct predictions.
  func differentiate(_ images: Range<Int>, _ labels: ArraySlice<Int32>, weight: Double)
    -> (loss: Double, correct: Int)
  {
    precondition(images.count == labels.count, "\(labels.count) labels for \(images.count) images")
    var loss = 0.0
    var correct = 0
    for (n, label) in zip(images, labels) {
      let label = Int(label)
      loss += self.loss(n, label: label)
      correct += logits.prediction(n) == label ? 1 : 0
      let delta = logits.gradient(n)
      for c in 0..<logits.classes {
        delta[c] = Float(weight * (probabilities[c] - (c == label ? 1 : 0)))
      }
    }
    return (loss, correct)
  }
}
