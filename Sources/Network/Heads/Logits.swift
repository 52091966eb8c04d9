import Core

/// The logits of up to `capacity` images, and gradients by them.
final class Logits {
  let classes: Int
  private let values: FloatSlice, gradients: FloatSlice

  init(classes: Int, capacity: Int) {
    self.classes = classes
    values = FloatBuffer(capacity * classes).all
    gradients = FloatBuffer(capacity * classes).all
  }

  /// The logits of image n [C], written by the head.
  subscript(n: Int) -> FloatSlice { values[n * classes..<(n + 1) * classes] }

  /// The gradient by image n's logits [C], written by a loss, read by the head.
  func gradient(_ n: Int) -> FloatSlice { gradients[n * classes..<(n + 1) * classes] }

  /// The class of image n's largest logit, the first of equals.
  func prediction(_ n: Int) -> Int {
    let values = self[n]
    var best = 0
    for c in 1..<classes where values[c] > values[best] { best = c }
    return best
  }
}
