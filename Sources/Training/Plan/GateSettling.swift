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
  /// s of the first step and the largest of any; what all entries begin with, and the largest of a column has then.
  private let first: Double, largest: Double, initial: Double

  /// The sum at which G settles, and the least that may do.
  static let settled = 8.0, least = 6.0
  /// The most that a step may take, as a share of what a column's largest entry has: one that took all would leave
  /// none above 0, and the cross-entropy takes of it too.
  static let largestShare = 0.5

  /// nil where no penalty moves G, or G is not projected.
  package init?(_ configuration: Configuration, schedule: Schedule) {
    let gate = configuration.gate
    guard schedule.learnsGate, gate.projection == .largest, gate.lambda2 > 0,
      gate.densityBound.value(classes: configuration.model.classes) < 1
    else { return nil }
    let epochs = (0..<configuration.epochs).filter(schedule.penalizesGate)
    guard let start = epochs.first else { return nil }
    let slope = Self.slope(configuration)
    let steps = epochs.map {
      schedule.gateRate(epoch: $0, step: schedule.stepsPerEpoch - 1) * slope.steady
    }
    sum = steps.reduce(0) { $0 + Double(schedule.stepsPerEpoch) * $1 }
    first = schedule.gateRate(epoch: start, step: 0) * slope.first
    largest = steps.max() ?? 0
    initial = gate.initial
  }

  /// What a step at rate 1 takes, the first one and after some: λ2, then more with momentum; of Adam 1, whatever λ2.
  private static func slope(_ configuration: Configuration) -> (first: Double, steady: Double) {
    let (gate, optimizer) = (configuration.gate, configuration.optimizer)
    func after(momentum: Double) -> (first: Double, steady: Double) {
      (gate.lambda2, gate.lambda2 / (1 - momentum))
    }
    switch gate.optimizer {
    case .sgd: return after(momentum: 0)
    case .adam: return (1, 1)
    case .momentum: return after(momentum: gate.momentum ?? optimizer.momentum)
    case .shared: return optimizer.kind == .adam ? (1, 1) : after(momentum: optimizer.momentum)
    }
  }

  /// What to do where G cannot settle, or would be lost; nil where all is well.
  package var caution: String? {
    if first > initial || largest > 1 {
      let (taken, had) = first > initial ? (first, initial) : (largest, 1)
      return
        "a step of the density penalty takes \(NumberText.fixed(taken, 2)) (rate × lambda2) from every entry of the "
        + "gate, of which the largest have \(NumberText.plain(had)): no filter will keep a class; lower gate.lambda2 or "
        + "gate.learning_rate (README, Choosing the gate)"
    }
    guard sum < Self.least else { return nil }
    let factor = Self.settled / sum
    let times = "\(NumberText.fixed(factor, sum < 1 ? 0 : 1)) times"
    let isSafe =
      first * factor <= Self.largestShare * initial && largest * factor <= Self.largestShare
    return "the gate will not reach its density_bound: the steps that move it sum to "
      + "\(NumberText.fixed(sum, 2)) (rate × lambda2), and some \(NumberText.plain(Self.settled)) are needed; "
      + (isSafe
        ? "raise gate.lambda2 or gate.learning_rate \(times), or train longer"
        : "train \(times) as many epochs")
      + " (README, Choosing the gate)"
  }
}
