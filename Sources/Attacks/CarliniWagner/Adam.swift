import Core

/// Adam with PyTorch's betas and epsilon over a vector (Kingma and Ba 2015,
/// https://arxiv.org/abs/1412.6980), in Float.
struct Adam {
  private static let betas = (0.9, 0.999), epsilon: Float = 1e-8
  private let learningRate: Double
  private var means: [Float], squares: [Float]
  private var steps = 0

  init(count: Int, learningRate: Double) {
    self.learningRate = learningRate
    means = [Float](repeating: 0, count: count)
    squares = means
  }

  /// What to add to the vector whose gradient this is.
  mutating func step(_ gradient: [Float]) -> [Float] {
    steps += 1
    let (first, second) = (Float(Self.betas.0), Float(Self.betas.1))
    let rate = Float(
      learningRate / (1 - ElementaryFunctions.power(Self.betas.0, steps)))
    let root = Float((1 - ElementaryFunctions.power(Self.betas.1, steps)).squareRoot())
    return gradient.indices.map {
      let slope = gradient[$0]
      means[$0] = first * means[$0] + (1 - first) * slope
      squares[$0] = second * squares[$0] + (1 - second) * (slope * slope)
      return -rate * means[$0] / (squares[$0].squareRoot() / root + Self.epsilon)
    }
  }
}
