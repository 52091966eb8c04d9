extension Configuration {
  /// The gate and its schedule (Algorithm 1).
  public struct Gate: Codable, Sendable {
    package var schedule: Schedule
    package var matrix: Matrix
    package var period: Int
    package var csgEpochs: Int
    package var warmupEpochs: Int
    package var lambda1: Double
    package var lambda2: Double
    package var densityBound: Double
    package var penalty: Penalty
    package var initial: Double
    package var optimizer: Rule
    package var learningRate: Double

    /// Which epochs take which path.
    package enum Schedule: String, Codable, Sendable, CaseIterable {
      case standard, alternate, joint
    }
    /// The rule of G's step: Algorithm 1's plain one, or as θ's but without weight decay.
    package enum Rule: String, Codable, Sendable, CaseIterable { case sgd, momentum, adam }
    /// ψ of the density penalty d(a, b) = ψ(max(0, a − b)).
    package enum Penalty: String, Codable, Sendable, CaseIterable {
      case l1, l2
      case smoothL1 = "smooth_l1"
    }

    enum CodingKeys: String, CodingKey {
      case schedule, matrix, period, lambda1, lambda2, penalty, initial, optimizer
      case csgEpochs = "csg_epochs"
      case warmupEpochs = "warmup_epochs"
      case densityBound = "density_bound"
      case learningRate = "learning_rate"
    }
  }
}

extension Configuration.Gate {
  /// Where G comes from.
  public enum Matrix: Codable, Sendable, Equatable {
    /// Descent and projection, from `initial`.
    case learned
    /// It is given, and stays.
    case fixed(Fixed)

    /// Filters that each class has for itself (m₁), and filters of all classes (m₂).
    public struct Fixed: Codable, Sendable, Equatable {
      package var perClass: Int
      package var shared: Int

      enum CodingKeys: String, CodingKey {
        case shared
        case perClass = "per_class"
      }
    }

    private enum CodingKeys: String, CodingKey { case fixed }
    private static let learnedWord = "learned"

    /// From the word `learned`, or `fixed:` with its two numbers.
    public init(from decoder: any Decoder) throws {
      if let word = try? decoder.singleValueContainer().decode(String.self) {
        guard word == Self.learnedWord else {
          throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: word))
        }
        self = .learned
      } else {
        self = .fixed(
          try decoder.container(keyedBy: CodingKeys.self).decode(Fixed.self, forKey: .fixed))
      }
    }

    /// As the word `learned`, or `fixed:` with its two numbers.
    public func encode(to encoder: any Encoder) throws {
      switch self {
      case .learned:
        var container = encoder.singleValueContainer()
        try container.encode(Self.learnedWord)
      case .fixed(let fixed):
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(fixed, forKey: .fixed)
      }
    }
  }
}
