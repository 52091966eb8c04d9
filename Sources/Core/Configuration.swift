/// All that defines a run, beside its data. Values and meaning: `Configuration.defaults`.
public struct Configuration: Codable, Sendable {
  /// The run's name.
  public var name: String
  /// The network.
  public var model: Model
  /// Where samples come from and how they are changed.
  public var data: Data
  /// Parts of a batch that are normalised alone (R).
  public var replicas: Int
  /// Samples of a step over all replicas (B).
  public var batchSize: Int
  /// Passes over the training split.
  public var epochs: Int
  /// Key of every random number.
  public var seed: UInt64
  /// Whose statistics a batch norm uses.
  public var batchNorm: BatchNormScope
  /// The step of θ.
  public var optimizer: Optimizer
  /// The rate of θ.
  public var learningRate: LearningRate
  /// The gate and its schedule.
  public var gate: Gate
  /// When the test split is evaluated.
  public var evaluate: Evaluate
  /// When the state is saved.
  public var checkpoint: Checkpoint
  /// When a step is recorded.
  public var log: Log
  /// When ranks are compared.
  public var lockstep: Lockstep
  /// How the work is done; never changes a result.
  public var compute: Compute

  /// The network.
  public struct Model: Codable, Sendable {
    public var architecture: String
    public var classes: Int
    public var channels: Int
    public var weights: String?
  }

  /// Where samples come from and how they are changed.
  public struct Data: Codable, Sendable {
    public var train: String?
    public var test: String?
    public var limit: Int?
    public var shuffle: Shuffle
    public var cropPadding: Int
    public var horizontalFlip: Bool
    public var mean: ChannelValues
    public var std: ChannelValues

    enum CodingKeys: String, CodingKey {
      case train, test, limit, shuffle, mean, std
      case cropPadding = "crop_padding"
      case horizontalFlip = "horizontal_flip"
    }
  }

  /// The order of the training samples.
  public enum Shuffle: String, Codable, Sendable, CaseIterable { case full, none }

  /// Whose statistics a batch norm uses.
  public enum BatchNormScope: String, Codable, Sendable, CaseIterable { case replica }

  /// One number a channel, or the manifest's.
  public enum ChannelValues: Codable, Sendable, Equatable {
    case auto
    case values([Double])

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let word = try? container.decode(String.self), word == "auto" {
        self = .auto
      } else {
        self = .values(try container.decode([Double].self))
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .auto: try container.encode("auto")
      case .values(let values): try container.encode(values)
      }
    }
  }

  /// The step of θ.
  public struct Optimizer: Codable, Sendable {
    public var kind: Kind
    public var momentum: Double
    public var nesterov: Bool
    public var weightDecay: Double
    public var shared: Bool

    /// The rule of the step.
    public enum Kind: String, Codable, Sendable, CaseIterable { case sgd }

    enum CodingKeys: String, CodingKey {
      case kind, momentum, nesterov, shared
      case weightDecay = "weight_decay"
    }
  }

  /// The rate of θ.
  public struct LearningRate: Codable, Sendable {
    public var standard: Double
    public var gated: Double
    public var milestones: [Double]
    public var gamma: Double
    public var warmupEpochs: Int

    enum CodingKeys: String, CodingKey {
      case standard, gated, milestones, gamma
      case warmupEpochs = "warmup_epochs"
    }
  }

  /// The gate and its schedule (Algorithm 1).
  public struct Gate: Codable, Sendable {
    public var schedule: Schedule
    public var matrix: Matrix
    public var period: Int
    public var csgEpochs: Int
    public var warmupEpochs: Int
    public var lambda1: Double
    public var lambda2: Double
    public var densityBound: Double
    public var penalty: Penalty
    public var initial: Double
    public var optimizer: Optimizer.Kind
    public var learningRate: Double

    /// Which epochs take which path.
    public enum Schedule: String, Codable, Sendable, CaseIterable { case standard, alternate }
    /// Where G comes from.
    public enum Matrix: String, Codable, Sendable, CaseIterable { case learned }
    /// ψ of the density penalty d(a, b) = ψ(max(0, a − b)).
    public enum Penalty: String, Codable, Sendable, CaseIterable {
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

  /// When the test split is evaluated.
  public struct Evaluate: Codable, Sendable {
    public var everyEpochs: Int
    enum CodingKeys: String, CodingKey { case everyEpochs = "every_epochs" }
  }

  /// When the state is saved.
  public struct Checkpoint: Codable, Sendable {
    public var everyEpochs: Int
    public var everySteps: Int
    public var keep: Int

    enum CodingKeys: String, CodingKey {
      case keep
      case everyEpochs = "every_epochs"
      case everySteps = "every_steps"
    }
  }

  /// When a step is recorded.
  public struct Log: Codable, Sendable {
    public var every: Int
  }

  /// When ranks are compared, and how long they wait for each other.
  public struct Lockstep: Codable, Sendable {
    public var every: Int
    public var timeoutSeconds: Int

    enum CodingKeys: String, CodingKey {
      case every
      case timeoutSeconds = "timeout_seconds"
    }
  }

  /// How the work is done.
  public struct Compute: Codable, Sendable {
    public var threads: Threads
    public var convolution: Convolution
    public var bucketMegabytes: Int

    /// Computing threads of a rank.
    public enum Threads: String, Codable, Sendable, CaseIterable {
      case auto
      case one = "1"
    }
    /// The algorithm of the convolutions.
    public enum Convolution: String, Codable, Sendable, CaseIterable { case auto, direct }

    enum CodingKeys: String, CodingKey {
      case threads, convolution
      case bucketMegabytes = "bucket_megabytes"
    }
  }

  enum CodingKeys: String, CodingKey {
    case name, model, data, replicas, epochs, seed, optimizer, gate, evaluate, checkpoint, log
    case lockstep, compute
    case batchSize = "batch_size"
    case batchNorm = "batch_norm"
    case learningRate = "learning_rate"
  }
}
