import Core
import Kernels

/// A rule of descent and what it remembers of past gradients, as PyTorch's SGD and Adam.
struct OptimizerState {
  /// The rule.
  enum Rule {
    /// v ← μv + d, θ ← θ − ε·v; Nesterov's variant.
    case momentum(Double, nesterov: Bool)
    /// Adam with β₁, β₂ and epsilon (Kingma & Ba, https://arxiv.org/abs/1412.6980, Algorithm 1;
    /// weight decay is part of the gradient).
    case adam(Double, Double, epsilon: Double)
  }

  /// Its name in checkpoints.
  let name: String
  /// What it remembers, under the names that checkpoints have for it, laid out as what it moves.
  let moments: [(name: String, values: FloatSlice)]
  private let rule: Rule

  /// A state of zeros for `count` parameters.
  init(_ name: String, rule: Rule, count: Int) {
    self.name = name
    self.rule = rule
    let names =
      switch rule {
      case .momentum: [name]
      case .adam: ["\(name)/first_moment", "\(name)/second_moment"]
      }
    moments = names.map { ($0, FloatBuffer(count).all) }
  }

  /// Whether the step depends on how many came before it.
  var countsSteps: Bool { if case .adam = rule { true } else { false } }

  /// Moves the parameters in `range` by gradient·scale + decay·θ. It is this state's step number
  /// `number`, from 1.
  func move(
    _ parameters: FloatSlice, gradient: FloatSlice, range: Range<Int>, scale: Float,
    decay: Double, rate: Double, number: Int, kernels: MapKernels
  ) {
    switch rule {
    case .momentum(let momentum, let nesterov):
      kernels.descend(
        DescentStep(
          scale: scale, decay: Float(decay), momentum: Float(momentum), rate: Float(rate),
          nesterov: nesterov),
        gradient: gradient[range], velocity: moments[0].values[range],
        parameters: parameters[range])
    case .adam(let beta1, let beta2, let epsilon):
      let bias1 = 1 - ElementaryFunctions.power(beta1, number)
      let bias2 = 1 - ElementaryFunctions.power(beta2, number)
      kernels.adapt(
        AdaptiveStep(
          scale: scale, decay: Float(decay), epsilon: Float(epsilon), meanShare: Float(1 - beta1),
          squareKept: Float(beta2), squareShare: Float(1 - beta2), rate: Float(rate / bias1),
          rootFactor: Float(1 / bias2.squareRoot())),
        gradient: gradient[range], mean: moments[0].values[range],
        square: moments[1].values[range], parameters: parameters[range])
    }
  }
}
