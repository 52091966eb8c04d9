/// All that defines a run, beside its data. Every key's meaning and default stand in
/// `Configuration.defaults`; the fields here have the keys' names.
package struct Configuration: Codable, Sendable {
  /// The run's name.
  package var name: String
  /// The network.
  package var model: Model
  /// Where samples come from and how they are changed.
  package var data: Data
  /// Parts of a batch that are normalised alone (R).
  package var replicas: Int
  /// Samples of a step over all replicas (B).
  package var batchSize: Int
  /// Passes over the training split.
  package var epochs: Int
  /// Key of every random number.
  package var seed: UInt64
  /// Whose statistics a batch norm uses.
  package var batchNorm: BatchNormScope
  /// The part that a step's batch statistics have in the running ones it leaves.
  package var batchNormMomentum: Double
  /// The step of θ.
  package var optimizer: Optimizer
  /// The rate of θ.
  package var learningRate: LearningRate
  /// The gate and its schedule.
  package var gate: Gate
  /// When the test split is evaluated.
  package var evaluate: Evaluate
  /// When the state is saved.
  package var checkpoint: Checkpoint
  /// When a step is recorded, and for whom.
  package var log: Log
  /// What becomes of gradients that are too large, or no numbers.
  package var numerics: Numerics
  /// When ranks are compared.
  package var lockstep: Lockstep
  /// When a step is computed twice.
  package var verify: Verify
  /// How the work is done. Of these only `convolution` can change a result's last bits.
  package var compute: Compute

  /// The network.
  package struct Model: Codable, Sendable {
    package var architecture: String
    package var shortcut: Shortcut
    package var classes: Int
    package var channels: Int
    package var dropout: Double
    package var weights: String?
    package var newClasses: Bool
    package var frozen: Frozen

    /// How a residual net's shortcuts meet a change of shape (He et al., CVPR 2016, Sec. 3.3).
    package enum Shortcut: String, Codable, Sendable, CaseIterable {
      case auto, padding, projection
    }

    /// Layers whose parameters do not learn, by path.
    package struct Frozen: Codable, Sendable {
      package var standard: [String]
      package var gated: [String]
    }

    enum CodingKeys: String, CodingKey {
      case architecture, shortcut, classes, channels, dropout, weights, frozen
      case newClasses = "new_classes"
    }
  }

  /// Where samples come from and how they are changed.
  package struct Data: Codable, Sendable {
    package var train: String?
    package var test: String?
    package var limit: Int?
    package var imageSize: Int?
    package var resize: Int?
    package var randomResizedCrop: RandomResizedCrop?
    package var colorJitter: ColorJitter?
    package var shuffle: Shuffle
    package var window: Int
    package var balance: Balance
    package var cropPadding: Int
    package var horizontalFlip: Bool
    package var mean: ChannelValues
    package var std: ChannelValues

    enum CodingKeys: String, CodingKey {
      case train, test, limit, resize, shuffle, window, balance, mean, std
      case imageSize = "image_size"
      case randomResizedCrop = "random_resized_crop"
      case colorJitter = "color_jitter"
      case cropPadding = "crop_padding"
      case horizontalFlip = "horizontal_flip"
    }
  }

  /// Crops of random area and shape: shares of the picture's area, and widths by heights, each from
  /// the first number to the second.
  package struct RandomResizedCrop: Codable, Sendable {
    package var scale: [Double]
    package var ratio: [Double]
  }

  /// Random changes of colour: factors in 1 ± the number, and turns of the hue by ± its number.
  package struct ColorJitter: Codable, Sendable {
    package var brightness: Double
    package var contrast: Double
    package var saturation: Double
    package var hue: Double
  }

  /// The order of the training samples.
  package enum Shuffle: String, Codable, Sendable, CaseIterable { case full, window, none }

  /// Whether samples are drawn as they are, or every class equally often.
  package enum Balance: String, Codable, Sendable, CaseIterable { case none, classes }

  /// Whose statistics a batch norm uses.
  package enum BatchNormScope: String, Codable, Sendable, CaseIterable {
    case replica, sync
  }

  /// One number a channel, or those of the training data.
  package enum ChannelValues: Codable, Sendable, Equatable {
    case auto
    case values([Double])

    /// From the word `auto`, or a list of numbers.
    package init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let word = try? container.decode(String.self), word == "auto" {
        self = .auto
      } else {
        self = .values(try container.decode([Double].self))
      }
    }

    /// As the word `auto`, or a list of numbers.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .auto: try container.encode("auto")
      case .values(let values): try container.encode(values)
      }
    }
  }

  /// When the test split is evaluated.
  package struct Evaluate: Codable, Sendable {
    package var everyEpochs: Int
    enum CodingKeys: String, CodingKey { case everyEpochs = "every_epochs" }
  }

  /// When the state is saved.
  package struct Checkpoint: Codable, Sendable {
    package var everyEpochs: Int
    package var everySteps: Int
    package var keep: Int
    package var onFailure: OnFailure

    /// What becomes of a run whose checkpoint cannot be written, unless it is the last: it ends, or goes on.
    package enum OnFailure: String, Codable, Sendable, CaseIterable { case stop, warn }

    enum CodingKeys: String, CodingKey {
      case keep
      case everyEpochs = "every_epochs"
      case everySteps = "every_steps"
      case onFailure = "on_failure"
    }
  }

  /// When a step is recorded, and for whom.
  package struct Log: Codable, Sendable {
    package var every: Int
    package var tensorboard: Bool
    package var digests: Int
  }

  /// What becomes of gradients that are too large, or no numbers.
  package struct Numerics: Codable, Sendable {
    package var onNonfinite: OnNonfinite
    package var clipNorm: Double?
    package var clipGateNorm: Double?

    /// What a step does whose loss or gradient is not finite: end the run, change nothing, or take the run back to its
    /// newest checkpoint, from which it goes on without that step.
    package enum OnNonfinite: String, Codable, Sendable, CaseIterable { case stop, skip, rollback }

    enum CodingKeys: String, CodingKey {
      case onNonfinite = "on_nonfinite"
      case clipNorm = "clip_norm"
      case clipGateNorm = "clip_gate_norm"
    }
  }

  /// When ranks are compared, and how long they wait for each other.
  package struct Lockstep: Codable, Sendable {
    package var every: Int
    package var timeoutSeconds: Int

    enum CodingKeys: String, CodingKey {
      case every
      case timeoutSeconds = "timeout_seconds"
    }
  }

  /// When a part of a step is computed twice.
  package struct Verify: Codable, Sendable {
    package var replayEvery: Int
    package var replicas: Replicas

    /// Of the replicas of such a step.
    package enum Replicas: String, Codable, Sendable, CaseIterable { case one, all }

    enum CodingKeys: String, CodingKey {
      case replayEvery = "replay_every"
      case replicas
    }
  }

  /// How the work is done.
  package struct Compute: Codable, Sendable {
    package var threads: Threads
    package var convolution: Convolution
    package var overlap: Bool
    package var bucketMegabytes: Int
    package var allReduce: AllReduce
    package var wire: Wire

    /// Computing threads of a rank.
    package enum Threads: Codable, Sendable, Equatable {
      case auto
      case count(Int)

      /// From the word `auto`, or a number.
      package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let word = try? container.decode(String.self), word == "auto" {
          self = .auto
        } else {
          self = .count(try container.decode(Int.self))
        }
      }

      /// As the word `auto`, or a number.
      package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .auto: try container.encode("auto")
        case .count(let count): try container.encode(count)
        }
      }
    }
    /// The algorithm of the convolutions: a rule's choice, or one wherever it can serve.
    package enum Convolution: String, Codable, Sendable, CaseIterable {
      case auto, direct, winograd, gemm
    }

    /// Who sends what to whom: a rule's choice; every rank to every other; or first what ranks of one host have in
    /// common.
    package enum AllReduce: String, Codable, Sendable, CaseIterable { case auto, flat, hosts }

    /// What a gradient is between two additions: as it was added, or rounded to what 16 bits hold.
    package enum Wire: String, Codable, Sendable, CaseIterable { case float32, bfloat16 }

    enum CodingKeys: String, CodingKey {
      case threads, convolution, overlap, wire
      case bucketMegabytes = "bucket_megabytes"
      case allReduce = "all_reduce"
    }
  }

  enum CodingKeys: String, CodingKey {
    case name, model, data, replicas, epochs, seed, optimizer, gate, evaluate, checkpoint, log
    case numerics, lockstep, verify, compute
    case batchSize = "batch_size"
    case batchNorm = "batch_norm"
    case batchNormMomentum = "batch_norm_momentum"
    case learningRate = "learning_rate"
  }
}
