import Core
import Network

/// Which path an epoch takes and at which rate: pure functions of the configuration, the epoch and
/// the step within it.
///
/// Source: the paper's Algorithm 1; CSG epochs close each period (METHOD).
public struct Schedule: Sendable {
  private let configuration: Configuration
  private let stepsPerEpoch: Int

  /// The schedule of a run whose epochs have `stepsPerEpoch` steps.
  public init(_ configuration: Configuration, stepsPerEpoch: Int) {
    self.configuration = configuration
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// The path of an epoch (from 0).
  public func path(atEpoch epoch: Int) -> Path {
    let gate = configuration.gate
    switch gate.schedule {
    case .standard: return .standard
    case .alternate:
      let isGated =
        epoch >= gate.warmupEpochs && epoch % gate.period >= gate.period - gate.csgEpochs
      return isGated ? .gated : .standard
    case .joint: return epoch >= gate.warmupEpochs ? .joint : .standard
    }
  }

  /// Whether the run has a gate at all.
  public var hasGate: Bool { configuration.gate.schedule != .standard }

  /// The optimiser state that a path uses. A joint step descends the STD path's loss with the CSG
  /// path's as its regularisation: it goes on with the STD path's state, rate and epochs.
  public func stateName(_ path: Path) -> String {
    if configuration.optimizer.shared { return "shared" }
    return path == .gated ? "gated" : "standard"
  }

  /// The names of all optimiser states.
  public var stateNames: [String] {
    let paths: [Path] =
      configuration.gate.schedule == .alternate ? [.standard, .gated] : [.standard]
    return configuration.optimizer.shared ? ["shared"] : paths.map(stateName)
  }

  /// How many of the epochs before `epoch` take the CSG path.
  private func gatedEpochs(before epoch: Int) -> Int {
    let gate = configuration.gate
    guard gate.schedule == .alternate else { return 0 }
    func counted(_ epoch: Int) -> Int {
      let (periods, rest) = epoch.quotientAndRemainder(dividingBy: gate.period)
      return periods * gate.csgEpochs + max(0, rest - (gate.period - gate.csgEpochs))
    }
    return max(0, counted(epoch) - counted(min(epoch, gate.warmupEpochs)))
  }

  /// How many of the epochs before `epoch` use the same optimiser state as `path`.
  private func ownEpochs(before epoch: Int, _ path: Path) -> Int {
    if configuration.optimizer.shared { return epoch }
    let gated = gatedEpochs(before: epoch)
    return path == .gated ? gated : epoch - gated
  }

  /// gamma to the power of the milestones that the path's own epochs have passed.
  public func decay(atEpoch epoch: Int) -> Double {
    let path = path(atEpoch: epoch)
    let own = Double(ownEpochs(before: epoch, path))
    let total = Double(ownEpochs(before: configuration.epochs, path))
    let rate = configuration.learningRate
    // A fraction such as 0.55 of 100 epochs may come out a hair above 55.
    let passed = rate.milestones.count { own >= $0 * total - 1e-9 * total }
    return (0..<passed).reduce(1.0) { factor, _ in factor * rate.gamma }
  }

  /// θ's rate at a step of an epoch: the path's, times warm-up and decay. Warm-up rises linearly
  /// over the steps of the path's first epochs and reaches the full rate on their last.
  public func rate(epoch: Int, step: Int) -> Double {
    let path = path(atEpoch: epoch)
    let rate = configuration.learningRate
    let base = path == .gated ? rate.gated : rate.standard
    let warmupSteps = rate.warmupEpochs * stepsPerEpoch
    let ownStep = ownEpochs(before: epoch, path) * stepsPerEpoch + step
    let warmup = ownStep < warmupSteps ? Double(ownStep + 1) / Double(warmupSteps) : 1
    return base * warmup * decay(atEpoch: epoch)
  }

  /// G's rate in an epoch that gates: it follows the milestones of the epoch's path.
  public func gateRate(epoch: Int) -> Double {
    configuration.gate.learningRate * decay(atEpoch: epoch)
  }
}
