import Core
import Network

/// Which path an epoch takes and at which rate: pure functions of the configuration, the epoch and
/// the step within it.
///
/// Source: the paper's Algorithm 1; CSG epochs close each period unless told otherwise (METHOD).
package struct Schedule: Sendable {
  private let configuration: Configuration
  /// Steps of an epoch.
  let stepsPerEpoch: Int

  /// The schedule of a run whose epochs have `stepsPerEpoch` steps.
  package init(_ configuration: Configuration, stepsPerEpoch: Int) {
    self.configuration = configuration
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// The path of an epoch (from 0).
  package func path(atEpoch epoch: Int) -> Path { configuration.gate.path(atEpoch: epoch) }

  /// Whether the run has a gate at all.
  package var hasGate: Bool { configuration.gate.schedule != .standard }

  /// Whether some steps move G.
  var learnsGate: Bool { hasGate && configuration.gate.matrix == .learned }

  /// Whether the steps of an epoch move G.
  package func movesGate(epoch: Int) -> Bool {
    learnsGate && (path(atEpoch: epoch) != .standard || configuration.gate.learnsIn == .all)
  }

  /// Whether the steps of an epoch descend the penalties on G.
  package func penalizesGate(epoch: Int) -> Bool {
    learnsGate && (path(atEpoch: epoch) != .standard || configuration.gate.penaltyIn == .all)
  }

  /// Whether G is a parameter of θ's optimiser.
  private var sharesOptimizer: Bool { configuration.gate.optimizer == .shared }

  /// The optimiser state that moves G in the epochs of a path: θ's where G shares its optimiser, else one of
  /// its own.
  package func gateStateName(_ path: Path) -> String { sharesOptimizer ? stateName(path) : "gate" }

  /// The names of all optimiser states that move G.
  package var gateStateNames: [String] {
    guard learnsGate else { return [] }
    guard sharesOptimizer else { return ["gate"] }
    let isMovedByAll = configuration.gate.learnsIn == .all || configuration.gate.schedule == .joint
    return isMovedByAll ? stateNames : [stateName(.gated)]
  }

  /// The optimiser state that a path uses. A joint step descends the STD path's loss with the CSG
  /// path's as its regularisation: it goes on with the STD path's state, rate and epochs.
  package func stateName(_ path: Path) -> String {
    if configuration.optimizer.shared { return "shared" }
    return path == .gated ? "gated" : "standard"
  }

  /// The names of all optimiser states.
  package var stateNames: [String] {
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
      return periods * gate.csgEpochs + min(max(0, rest - gate.firstCSGEpoch), gate.csgEpochs)
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
  package func steps(ofState name: String, epoch: Int, step: Int) -> Int {
    let isUsed = stateName(path(atEpoch: epoch)) == name
    return epochs(before: epoch, ofState: name) * stepsPerEpoch + (isUsed ? step : 0)
  }

  /// How often a state of a learned G has moved it before a step of an epoch.
  package func gateSteps(ofState name: String, epoch: Int, step: Int) -> Int {
    let gate = configuration.gate
    let isUsed = gateStateName(path(atEpoch: epoch)) == name && movesGate(epoch: epoch)
    let epochs: Int
    if gate.learnsIn == .all {
      epochs = sharesOptimizer ? self.epochs(before: epoch, ofState: name) : epoch
    } else if gate.schedule == .joint {
      epochs = max(0, epoch - gate.warmupEpochs)
    } else {
      epochs = gatedEpochs(before: epoch)
    }
    return epochs * stepsPerEpoch + (isUsed ? step : 0)
  }

  /// How many of the epochs before `epoch` count for the rates of those that use an optimiser state.
  private func countedEpochs(before epoch: Int, ofState name: String) -> Int {
    switch configuration.learningRate.countedOver {
    case .path: epochs(before: epoch, ofState: name)
    case .run: epoch
    }
  }

  /// The factor of the rates in an epoch, from the epochs that count before it (own) and in all.
  ///
  /// Milestones: gamma to the power of those passed. Step: gamma to the power of ⌊own / step_epochs⌋
  /// (PyTorch's StepLR). Cosine: final + (1 − final)·½(1 + cos(π·own / all)) (CosineAnnealingLR).
  package func decay(atEpoch epoch: Int) -> Double {
    let state = stateName(path(atEpoch: epoch))
    let own = countedEpochs(before: epoch, ofState: state)
    let total = countedEpochs(before: configuration.epochs, ofState: state)
    let rate = configuration.learningRate
    func factor(times: Int) -> Double {
      (0..<times).reduce(1.0) { factor, _ in factor * rate.gamma }
    }
    switch rate.schedule {
    case .milestones:
      // A fraction such as 0.55 of 100 epochs may come out a hair above 55.
      let (unit, slack) =
        rate.milestonesIn == .epochs ? (1, 0) : (Double(total), 1e-9 * Double(total))
      return factor(times: rate.milestones.count { Double(own) >= $0 * unit - slack })
    case .step:
      return factor(times: own / rate.stepEpochs)
    case .cosine:
      let cosine = ElementaryFunctions.cosPi(Double(own) / Double(total))
      return rate.final + (1 - rate.final) * (0.5 * (1 + cosine))
    }
  }

  /// θ's rate at a step of an epoch: the path's, times warm-up and decay. Warm-up rises linearly
  /// over the steps of the first epochs that count and reaches the full rate on their last.
  package func rate(epoch: Int, step: Int) -> Double {
    let path = path(atEpoch: epoch)
    let rate = configuration.learningRate
    let base = path == .gated ? rate.gated : rate.standard
    let warmupSteps = rate.warmupEpochs * stepsPerEpoch
    let own = countedEpochs(before: epoch, ofState: stateName(path))
    let ownStep = own * stepsPerEpoch + step
    let warmup = ownStep < warmupSteps ? Double(ownStep + 1) / Double(warmupSteps) : 1
    return base * warmup * decay(atEpoch: epoch)
  }

  /// G's rate at a step of an epoch that moves it: θ's where it shares θ's optimiser, else its own times
  /// the decay of the epoch's path.
  package func gateRate(epoch: Int, step: Int) -> Double {
    sharesOptimizer
      ? rate(epoch: epoch, step: step)
      : configuration.gate.learningRate * decay(atEpoch: epoch)
  }
}
