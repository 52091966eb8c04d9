import Core
import Kernels
import Network

/// SGD with momentum on θ, a velocity for each optimiser state; the plain step on G.
final class Optimizer {
  /// Velocities by state name, laid out as θ.
  let velocities: [String: FloatSlice]
  private let configuration: Configuration.Optimizer
  private let kernels: MapKernels
  private let team: ThreadTeam
  /// G after a step, before its projection.
  private let moved: FloatSlice

  init(
    _ configuration: Configuration.Optimizer, states: [String], count: Int, gateCount: Int,
    team: ThreadTeam, level: CPULevel
  ) {
    moved = FloatBuffer(gateCount).all
    self.team = team
    self.configuration = configuration
    kernels = MapKernels(level: level)
    velocities = Dictionary(uniqueKeysWithValues: states.map { ($0, FloatBuffer(count).all) })
  }

  /// Moves θ by the gradient of a sum over `samples` samples.
  func stepParameters(
    _ theta: FloatSlice, gradient: FloatSlice, samples: Int, state: String, rate: Double
  ) {
    guard let velocity = velocities[state] else { preconditionFailure("no state \(state)") }
    let step = DescentStep(
      scale: 1 / Float(samples), decay: Float(configuration.weightDecay),
      momentum: Float(configuration.momentum), rate: Float(rate),
      nesterov: configuration.nesterov)
    team.forEachRange(of: theta.count, size: 1 << 16) { range, _ in
      kernels.descend(
        step, gradient: gradient[range], velocity: velocity[range], parameters: theta[range])
    }
  }

  /// Moves G by the gradient of a sum over `samples` samples plus the density penalty's, the same
  /// for every entry; then projects it.
  /// - Throws: `CSGError` that names the filter whose column cannot be projected; G then is as it
  ///   was.
  func stepGate(
    _ gate: Gate, gradient: FloatSlice, samples: Int, penaltyGradient: Double, rate: Double
  ) throws {
    let scale = 1 / Float(samples)
    for i in 0..<moved.count {
      moved[i] = gate.matrix[i] - Float(rate) * (gradient[i] * scale + Float(penaltyGradient))
    }
    try gate.take(projectionOf: moved)
  }
}
