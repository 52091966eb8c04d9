import Core
import Kernels
import Network

/// The steps of θ, with a state for each path or one for both, and of G.
final class Optimizer {
  /// θ's states.
  let states: [OptimizerState]
  /// G's; nil where it takes plain steps, or none.
  let gateState: OptimizerState?
  private let weightDecay: Double
  private let kernels: MapKernels
  private let team: ThreadTeam
  /// G's gradient, and G after a step, before its projection.
  private let gateGradient: FloatSlice, moved: FloatSlice

  init(
    _ configuration: Configuration, schedule: Schedule, count: Int, gateCount: Int,
    team: ThreadTeam, level: CPULevel
  ) {
    let optimizer = configuration.optimizer
    let momentum = OptimizerState.Rule.momentum(optimizer.momentum, nesterov: optimizer.nesterov)
    let adam = OptimizerState.Rule.adam(
      optimizer.betas[0], optimizer.betas[1], epsilon: optimizer.epsilon)
    states = schedule.stateNames.map {
      OptimizerState($0, rule: optimizer.kind == .adam ? adam : momentum, count: count)
    }
    let gateRule: OptimizerState.Rule? =
      switch configuration.gate.optimizer {
      case .sgd: nil
      case .momentum: momentum
      case .adam: adam
      }
    gateState = (schedule.learnsGate ? gateRule : nil).map {
      OptimizerState("gate", rule: $0, count: gateCount)
    }
    weightDecay = optimizer.weightDecay
    gateGradient = FloatBuffer(gateCount).all
    moved = FloatBuffer(gateCount).all
    self.team = team
    kernels = MapKernels(level: level)
  }

  /// Floats that the states remember.
  var floats: Int {
    let states = states + [gateState].compactMap { $0 }
    return states.flatMap(\.moments).reduce(0) { $0 + $1.values.count }
  }

  /// Moves the `learning` ranges of θ by the gradient, as far down as it is there, of a sum over
  /// `samples` samples: step `number` of its state. Nothing of the others moves, their moments
  /// included.
  func stepParameters(
    _ theta: FloatSlice, learning: [Range<Int>], gradient: FloatSlice, samples: Int,
    state name: String, rate: Double, number: Int
  ) {
    guard let state = states.first(where: { $0.name == name }) else {
      preconditionFailure("no state \(name)")
    }
    for part in learning {
      team.forEachRange(of: part.count, size: 1 << 16) { range, _ in
        state.move(
          theta, gradient: gradient,
          range: part.lowerBound + range.lowerBound..<part.lowerBound + range.upperBound,
          scale: 1 / Float(samples), decay: weightDecay, rate: rate, number: number,
          kernels: kernels)
      }
    }
  }

  /// Moves G by the gradient of a sum over `samples` samples plus the density penalty's, the same
  /// for every entry; then projects it. It is G's step `number`.
  /// - Throws: `CSGError` that names the filter whose column cannot be projected; G then is as it
  ///   was.
  func stepGate(
    _ gate: Gate, gradient: FloatSlice, samples: Int, penaltyGradient: Double, rate: Double,
    number: Int
  ) throws {
    let scale = 1 / Float(samples)
    for i in 0..<moved.count {
      gateGradient[i] = gradient[i] * scale + Float(penaltyGradient)
    }
    if let gateState {
      for i in 0..<moved.count { moved[i] = gate.matrix[i] }
      gateState.move(
        moved, gradient: gateGradient, range: 0..<moved.count, scale: 1, decay: 0, rate: rate,
        number: number, kernels: kernels)
    } else {
      for i in 0..<moved.count { moved[i] = gate.matrix[i] - Float(rate) * gateGradient[i] }
    }
    try gate.take(projectionOf: moved)
  }
}
