extension Configuration {
  /// The step of θ.
  package struct Optimizer: Codable, Sendable {
    package var kind: Kind
    package var momentum: Double
    package var nesterov: Bool
    package var betas: [Double]
    package var epsilon: Double
    package var weightDecay: Double
    package var shared: Bool

    /// The rule of the step.
    package enum Kind: String, Codable, Sendable, CaseIterable { case sgd, adam }

    enum CodingKeys: String, CodingKey {
      case kind, momentum, nesterov, betas, epsilon, shared
      case weightDecay = "weight_decay"
    }
  }

  /// The rate of θ.
  package struct LearningRate: Codable, Sendable {
    package var standard: Double
    package var gated: Double
    package var schedule: Schedule
    package var milestones: [Double]
    package var milestonesIn: MilestoneUnit
    package var gamma: Double
    package var stepEpochs: Int
    package var final: Double
    package var warmupEpochs: Int
    package var countedOver: Count

    /// What a milestone is given in: a fraction of all epochs that count, or a number of them.
    package enum MilestoneUnit: String, Codable, Sendable, CaseIterable { case fractions, epochs }
    /// Which epochs count: those of a path, or all of the run.
    package enum Count: String, Codable, Sendable, CaseIterable { case path, run }
    /// How it changes over the epochs that count.
    package enum Schedule: String, Codable, Sendable, CaseIterable {
      case milestones, step, cosine
    }

    enum CodingKeys: String, CodingKey {
      case standard, gated, schedule, milestones, gamma, final
      case stepEpochs = "step_epochs"
      case warmupEpochs = "warmup_epochs"
      case milestonesIn = "milestones_in"
      case countedOver = "counted_over"
    }
  }
}
