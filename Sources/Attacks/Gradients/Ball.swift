/// The pictures that an attack may end with: in [0, 1], and nowhere farther than ε from one picture.
///
/// Both are intervals of each value that hold the picture's own, so it does not matter which is clipped
/// to first. The ends are floats within the real interval: |x′ − x| ≤ ε holds exactly, and so in Float
/// and in Double, however a reader computes it; x + ε rounded to nearest may lie beyond.
struct Ball {
  /// Ends of each value's interval, [C][H][W].
  let low: [Float], high: [Float]

  /// The ball around a picture with values in [0, 1].
  init(around picture: [Float], epsilon: Float) {
    let epsilon = Double(epsilon)
    low = picture.map { value in
      let center = Double(value)
      var end = Float(max(center - epsilon, 0))
      while center - Double(end) > epsilon { end = end.nextUp }
      return end
    }
    high = picture.map { value in
      let center = Double(value)
      var end = Float(min(center + epsilon, 1))
      while Double(end) - center > epsilon { end = end.nextDown }
      return end
    }
  }

  /// The value of the interval of value i that is nearest.
  func nearest(_ value: Float, _ i: Int) -> Float { min(max(value, low[i]), high[i]) }

  /// The largest Float that is not above a number: an ε that a reader may compare with the number that
  /// was asked for.
  static func radius(_ epsilon: Double) -> Float {
    let nearest = Float(epsilon)
    return Double(nearest) > epsilon ? nearest.nextDown : nearest
  }
}
