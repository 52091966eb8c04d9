extension Configuration {
  /// The step of θ.
  public struct Optimizer: Codable, Sendable {
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
  public struct LearningRate: Codable, Sendable {
    package var standard: Double
    package var gated: Double
    package var schedule: Schedule
    package var milestones: [Double]
    package var gamma: Double
    package var stepEpochs: Int
    package var final: Double
    package var warmupEpochs: Int

    /// How it changes over a path's own epochs.
    package enum Schedule: String, Codable, Sendable, CaseIterable {
      case milestones, step, cosine
    }

    enum CodingKeys: String, CodingKey {
      case standard, gated, schedule, milestones, gamma, final
      case stepEpochs = "step_epochs"
      case warmupEpochs = "warmup_epochs"
    }
  }
}
