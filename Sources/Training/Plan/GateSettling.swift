import Core

/// How far the density penalty takes G in a run, told from the schedule alone.
///
/// Under the projection each column's largest entry is made 1 again after every step, so that an entry which the
/// cross-entropy does not hold leaves it by 1 − x ← (1 − x) / (1 − s): s is how far a step of the penalty alone
/// takes an entry. All entries begin alike, and the cross-entropy's first steps part them by about a
/// thousandth; from there to 0 it takes as many steps as make ∑ s about 8 (ln 10³ and the end). Measured:
/// CIFAR-10 from 0.5 at batch 256 had come to 0.47, 0.13 and 0.105 of a bound of 0.1 at 2.0, 3.9 and 5.9; six
/// kinds of animals to 0.99, 0.91, 0.42 and 0.199 of 0.2 at 2.2, 4.3, 6.5 and 8.6.
package struct GateSettling {
  /// ∑ s over the run's steps that move G against the penalty.
  package let sum: Double

  /// The sum at which G settles, and the least that may do.
  static let settled = 8.0, least = 6.0

  /// nil where no penalty moves G, or G is not projected.
  package init?(_ configuration: Configuration, schedule: Schedule) {
    let gate = configuration.gate
    guard schedule.learnsGate, gate.projection == .largest, gate.lambda2 > 0,
      gate.densityBound.value(classes: configuration.model.classes) < 1
    else { return nil }
    let epochs = (0..<configuration.epochs).filter(schedule.penalizesGate)
    guard !epochs.isEmpty else { return nil }
    sum = epochs.reduce(0) { total, epoch in
      let rate = schedule.gateRate(epoch: epoch, step: schedule.stepsPerEpoch - 1)
      return total + Double(schedule.stepsPerEpoch) * rate * Self.slope(configuration)
    }
  }

  /// What a step at rate 1 takes: λ2, more with momentum; of Adam 1, whatever λ2.
  private static func slope(_ configuration: Configuration) -> Double {
    let (gate, optimizer) = (configuration.gate, configuration.optimizer)
    switch gate.optimizer {
    case .sgd: return gate.lambda2
    case .adam: return 1
    case .momentum: return gate.lambda2 / (1 - (gate.momentum ?? optimizer.momentum))
    case .shared:
      return optimizer.kind == .adam ? 1 : gate.lambda2 / (1 - optimizer.momentum)
    }
  }

  /// What to do where G cannot settle; nil where it can.
  package var caution: String? {
    guard sum < Self.least else { return nil }
    let factor = NumberText.fixed(Self.settled / sum, sum < 1 ? 0 : 1)
    return "the gate will not reach its density_bound: the steps that move it sum to "
      + "\(NumberText.fixed(sum, 2)) (rate × lambda2), and some \(NumberText.plain(Self.settled)) are needed; raise gate.lambda2 or "
      + "gate.learning_rate \(factor) times, or train longer (README, Choosing the gate)"
  }
}
