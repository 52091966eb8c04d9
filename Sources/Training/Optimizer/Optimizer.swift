import Core
import Kernels
import Network

/// The steps of θ, with a state for each path or one for both, and of G.
final class Optimizer {
  /// θ's states.
  let states: [OptimizerState]
  /// G's; none where it takes plain steps, or none.
  let gateStates: [OptimizerState]
  private let weightDecay: Double, gateDecay: Double
  private let clipGateNorm: Double?
  private let penalties: GatePenalties
  private let projection: Configuration.Gate.Projection
  private let kernels: MapKernels
  private let team: ThreadTeam
  /// G's gradient, and G after a step, before its projection.
  private let gateGradient: FloatSlice, moved: FloatSlice

  init(
    _ configuration: Configuration, schedule: Schedule, count: Int, gate: Gate, team: ThreadTeam,
    level: CPULevel
  ) {
    let optimizer = configuration.optimizer
    let momentum = OptimizerState.Rule.momentum(optimizer.momentum, nesterov: optimizer.nesterov)
    let adam = OptimizerState.Rule.adam(
      optimizer.betas[0], optimizer.betas[1], epsilon: optimizer.epsilon)
    let rule = optimizer.kind == .adam ? adam : momentum
    states = schedule.stateNames.map { OptimizerState($0, rule: rule, count: count) }
    let ofGate = configuration.gate
    let gateRule: OptimizerState.Rule? =
      switch ofGate.optimizer {
      case .sgd: nil
      case .momentum:
        .momentum(
          ofGate.momentum ?? optimizer.momentum, nesterov: ofGate.nesterov ?? optimizer.nesterov)
      case .adam: adam
      case .shared: rule
      }
    gateStates =
      gateRule.map { rule in
        schedule.gateStateNames.map {
          OptimizerState($0, rule: rule, count: gate.matrix.count)
        }
      } ?? []
    weightDecay = optimizer.weightDecay
    gateDecay = ofGate.optimizer == .shared ? weightDecay : ofGate.weightDecay
    clipGateNorm = configuration.numerics.clipGateNorm
    penalties = GatePenalties(ofGate, classes: gate.classes, filters: gate.filters)
    projection = ofGate.projection
    gateGradient = FloatBuffer(gate.matrix.count).all
    moved = FloatBuffer(gate.matrix.count).all
    self.team = team
    kernels = MapKernels(level: level)
  }

  /// Floats that the states remember.
  var floats: Int {
    (states + gateStates).flatMap(\.moments).reduce(0) { $0 + $1.values.count }
  }

  /// Moves the `learning` ranges of θ by `factor` of the gradient, as far down as it is there, of a sum over
  /// `samples` samples: step `number` of its state. Nothing of the others moves, their moments
  /// included.
  func stepParameters(
    _ theta: FloatSlice, learning: [Range<Int>], gradient: FloatSlice, samples: Int,
    factor: Float, state name: String, rate: Double, number: Int
  ) {
    guard let state = states.first(where: { $0.name == name }) else {
      preconditionFailure("no state \(name)")
    }
    for part in learning {
      team.forEachRange(of: part.count, size: 1 << 16) { range, _ in
        state.move(
          theta, gradient: gradient,
          range: part.lowerBound + range.lowerBound..<part.lowerBound + range.upperBound,
          scale: factor / Float(samples), decay: weightDecay, rate: rate, number: number,
          kernels: kernels)
      }
    }
  }

  /// The penalties on G as it is.
  func penalty(_ gate: Gate) -> Double { penalties.value(gate) }

  /// Moves G by the gradient of a sum over `samples` samples plus, where it is `penalized`, the
  /// penalties', clipped; then projects it. It is step `number` of its state.
  /// - Throws: `CSGError` that names the filter whose column cannot be projected; G then is as it
  ///   was.
  func stepGate(
    _ gate: Gate, gradient: FloatSlice, samples: Int, penalized: Bool, state name: String,
    rate: Double, number: Int
  ) throws {
    let scale = 1 / Float(samples)
    for i in 0..<moved.count { gateGradient[i] = gradient[i] * scale }
    if penalized { penalties.addGradient(of: gate, to: gateGradient) }
    if let clipGateNorm {
      let factor = GradientNorm.factor(
        SquareSum.of(gateGradient).squareRoot(), most: clipGateNorm)
      for i in 0..<moved.count { gateGradient[i] *= factor }
    }
    if let state = gateStates.first(where: { $0.name == name }) {
      for i in 0..<moved.count { moved[i] = gate.matrix[i] }
      state.move(
        moved, gradient: gateGradient, range: 0..<moved.count, scale: 1, decay: gateDecay,
        rate: rate, number: number, kernels: kernels)
    } else {
      for i in 0..<moved.count {
        let entry = gate.matrix[i]
        let step = gateDecay == 0 ? gateGradient[i] : gateGradient[i] + Float(gateDecay) * entry
        moved[i] = entry - Float(rate) * step
      }
    }
    switch projection {
    case .largest: try gate.take(projectionOf: moved)
    case .none: try gate.take(moved)
    }
  }
}
