extension Configuration {
  /// The gate and its schedule (Algorithm 1).
  package struct Gate: Codable, Sendable {
    package var schedule: Schedule
    package var matrix: Matrix
    package var period: Int
    package var csgEpochs: Int
    package var csgStart: Int?
    package var warmupEpochs: Int
    package var lambda1: Double
    package var lambda2: Double
    package var densityBound: DensityBound
    package var lambda3: Double
    package var columnBound: Double
    package var penalty: Penalty
    package var penaltyIn: Epochs
    package var initial: Double
    package var projection: Projection
    package var learnsIn: Epochs
    package var optimizer: Rule
    package var momentum: Double?
    package var nesterov: Bool?
    package var weightDecay: Double
    package var learningRate: Double

    /// Where in a period its CSG epochs begin, from 0.
    package var firstCSGEpoch: Int { csgStart ?? period - csgEpochs }

    /// Which epochs take which path.
    package enum Schedule: String, Codable, Sendable, CaseIterable {
      case standard, alternate, joint
    }
    /// The rule of G's step: Algorithm 1's plain one; one with a state of its own; or θ's, of which G
    /// then is one more parameter.
    package enum Rule: String, Codable, Sendable, CaseIterable { case sgd, momentum, adam, shared }
    /// Epochs that gate, or all.
    package enum Epochs: String, Codable, Sendable, CaseIterable { case gated, all }
    /// What follows each step of G: division of a filter's column by its largest absolute entry and
    /// clipping to [0, 1], or nothing.
    package enum Projection: String, Codable, Sendable, CaseIterable { case largest, none }
    /// ψ of the density penalty d(a, b) = ψ(max(0, a − b)).
    package enum Penalty: String, Codable, Sendable, CaseIterable {
      case l1, l2
      case smoothL1 = "smooth_l1"
    }

    enum CodingKeys: String, CodingKey {
      case schedule, matrix, period, lambda1, lambda2, lambda3, penalty, initial, projection
      case optimizer, momentum, nesterov
      case csgEpochs = "csg_epochs"
      case csgStart = "csg_start"
      case columnBound = "column_bound"
      case penaltyIn = "penalty_in"
      case learnsIn = "learns_in"
      case weightDecay = "weight_decay"
      case warmupEpochs = "warmup_epochs"
      case densityBound = "density_bound"
      case learningRate = "learning_rate"
    }
  }
}

extension Configuration.Gate {
  /// The L1-density below which the penalty rests.
  package enum DensityBound: Codable, Sendable, Equatable {
    /// 1.2 times the least that projected gates can have: PASCAL's 0.2 for six classes (Table 1).
    case auto
    case value(Double)

    /// The bound for a number of classes.
    package func value(classes: Int) -> Double {
      switch self {
      case .auto: min(1, 12 / Double(10 * classes))
      case .value(let value): value
      }
    }

    /// From the word `auto`, or a number.
    package init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let word = try? container.decode(String.self), word == "auto" {
        self = .auto
      } else {
        self = .value(try container.decode(Double.self))
      }
    }

    /// As the word `auto`, or a number.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .auto: try container.encode("auto")
      case .value(let value): try container.encode(value)
      }
    }
  }

  /// Where G comes from.
  package enum Matrix: Codable, Sendable, Equatable {
    /// Descent and projection, from `initial`.
    case learned
    /// It is given, and stays.
    case fixed(Fixed)

    /// Filters that each class has for itself (m₁), and filters of all classes (m₂).
    package struct Fixed: Codable, Sendable, Equatable {
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
    package init(from decoder: any Decoder) throws {
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
    package func encode(to encoder: any Encoder) throws {
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
