import Core
import Network

/// Which path an epoch takes and at which rate: pure functions of the configuration, the epoch and
/// the step within it.
///
/// Source: the paper's Algorithm 1; CSG epochs close each period (METHOD).
public struct Schedule: Sendable {
  private let configuration: Configuration
  /// Steps of an epoch.
  let stepsPerEpoch: Int

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

  /// Whether some steps move G.
  var learnsGate: Bool { hasGate && configuration.gate.matrix == .learned }

  /// Whether the steps of an epoch move G.
  func movesGate(epoch: Int) -> Bool { learnsGate && path(atEpoch: epoch) != .standard }

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

  /// How many of the epochs before `epoch` use an optimiser state.
  private func epochs(before epoch: Int, ofState name: String) -> Int {
    if configuration.optimizer.shared { return epoch }
    let gated = gatedEpochs(before: epoch)
    return name == stateName(.gated) ? gated : epoch - gated
  }

  /// How often an optimiser state of θ has moved it before a step of an epoch.
  public func steps(ofState name: String, epoch: Int, step: Int) -> Int {
    let isUsed = stateName(path(atEpoch: epoch)) == name
    return epochs(before: epoch, ofState: name) * stepsPerEpoch + (isUsed ? step : 0)
  }

  /// How often a learned G has moved before a step of an epoch.
  public func gateSteps(epoch: Int, step: Int) -> Int {
    let gate = configuration.gate
    let joint = gate.schedule == .joint ? max(0, epoch - gate.warmupEpochs) : 0
    let isUsed = path(atEpoch: epoch) != .standard
    return (gatedEpochs(before: epoch) + joint) * stepsPerEpoch + (isUsed ? step : 0)
  }

  /// The factor of the rates in an epoch, from the path's own epochs before it and in all.
  ///
  /// Milestones: gamma to the power of those passed. Step: gamma to the power of ⌊own / step_epochs⌋
  /// (PyTorch's StepLR). Cosine: final + (1 − final)·½(1 + cos(π·own / all)) (CosineAnnealingLR).
  public func decay(atEpoch epoch: Int) -> Double {
    let state = stateName(path(atEpoch: epoch))
    let own = epochs(before: epoch, ofState: state)
    let total = epochs(before: configuration.epochs, ofState: state)
    let rate = configuration.learningRate
    func factor(times: Int) -> Double {
      (0..<times).reduce(1.0) { factor, _ in factor * rate.gamma }
    }
    switch rate.schedule {
    case .milestones:
      // A fraction such as 0.55 of 100 epochs may come out a hair above 55.
      let total = Double(total)
      return factor(times: rate.milestones.count { Double(own) >= $0 * total - 1e-9 * total })
    case .step:
      return factor(times: own / rate.stepEpochs)
    case .cosine:
      let cosine = ElementaryFunctions.cosPi(Double(own) / Double(total))
      return rate.final + (1 - rate.final) * (0.5 * (1 + cosine))
    }
  }

  /// θ's rate at a step of an epoch: the path's, times warm-up and decay. Warm-up rises linearly
  /// over the steps of the path's first epochs and reaches the full rate on their last.
  public func rate(epoch: Int, step: Int) -> Double {
    let path = path(atEpoch: epoch)
    let rate = configuration.learningRate
    let base = path == .gated ? rate.gated : rate.standard
    let warmupSteps = rate.warmupEpochs * stepsPerEpoch
    let ownStep = steps(ofState: stateName(path), epoch: epoch, step: step)
    let warmup = ownStep < warmupSteps ? Double(ownStep + 1) / Double(warmupSteps) : 1
    return base * warmup * decay(atEpoch: epoch)
  }

  /// G's rate in an epoch that gates: it follows the schedule of the epoch's path.
  public func gateRate(epoch: Int) -> Double {
    configuration.gate.learningRate * decay(atEpoch: epoch)
  }
}
