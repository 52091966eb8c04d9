import Core
import Interpretability

extension DetectionMetrics {
  /// What was found of a network.
  package struct OfNetwork: Encodable, Sendable {
    package let origin: Origin
    /// F, and the convolutions that have them, from the image on.
    package let features: Int, convolutions: [String]
    package let methods: [String: OfMethod]
    /// Null where none was asked for.
    package let adaptive: [Adaptive]?

    /// A network, and what is found by method.
    package init(
      origin: Origin, features: Int, convolutions: [String], methods: [String: OfMethod],
      adaptive: [Adaptive]?
    ) {
      self.origin = origin
      self.features = features
      self.convolutions = convolutions
      self.methods = methods
      self.adaptive = adaptive
    }

    enum CodingKeys: String, CodingKey { case origin, features, convolutions, methods, adaptive }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(origin, forKey: .origin)
      try container.encode(features, forKey: .features)
      try container.encode(convolutions, forKey: .convolutions)
      try container.encode(methods, forKey: .methods)
      try container.encode(adaptive, forKey: .adaptive)
    }
  }

  /// What became of the samples of a split that any repeat draws.
  package struct OfAttack: Encodable, Sendable {
    package let samples: Int, correct: Int, attacked: Int, successes: Int
    /// Of those attacked; null where none was.
    package let success: WilsonInterval?

    enum CodingKeys: String, CodingKey { case samples, correct, attacked, successes, success }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(samples, forKey: .samples)
      try container.encode(correct, forKey: .correct)
      try container.encode(attacked, forKey: .attacked)
      try container.encode(successes, forKey: .successes)
      try container.encode(success, forKey: .success)
    }

    /// Of the table of an attack's features.
    package init(_ table: PooledTable) {
      func count(_ flags: [UInt8]) -> Int { flags.count { $0 == 1 } }
      samples = table.samples.count
      correct = count(table.wasCorrect)
      attacked = count(table.wasAttacked)
      successes = zip(table.wasAttacked, table.isSuccess).count { $0 == 1 && $1 == 1 }
      success = WilsonInterval(successes, of: attacked)
    }
  }

  /// What detectors of one attack come to.
  package struct OfMethod: Encodable, Sendable {
    package let train: OfAttack, test: OfAttack
    /// By size, rising.
    package let sizes: [OfSize]
    /// The share of each convolution's features in the forest's decrease of impurity, 1 in all; of the
    /// largest size, the mean over repeats.
    package let importances: [Double]

    /// What became of either split's samples, and of the forests.
    package init(train: OfAttack, test: OfAttack, sizes: [OfSize], importances: [Double]) {
      self.train = train
      self.test = test
      self.sizes = sizes
      self.importances = importances
    }
  }

  /// What detectors of one size come to, over repeats.
  package struct OfSize: Encodable, Sendable {
    package let perClass: Int
    package let error: Spread, falseAlarms: Spread, misses: Spread
    /// Null where no repeat has noise.
    package let noiseAlarms: Spread?
    package let repeats: [OfRepeat]

    enum CodingKeys: String, CodingKey {
      case error, misses, repeats
      case perClass = "per_class"
      case falseAlarms = "false_alarms"
      case noiseAlarms = "noise_alarms"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(perClass, forKey: .perClass)
      try container.encode(error, forKey: .error)
      try container.encode(falseAlarms, forKey: .falseAlarms)
      try container.encode(misses, forKey: .misses)
      try container.encode(noiseAlarms, forKey: .noiseAlarms)
      try container.encode(repeats, forKey: .repeats)
    }

    /// Of forests, in the order of repeats.
    package init(perClass: Int, _ repeats: [OfRepeat]) {
      self.perClass = perClass
      self.repeats = repeats
      func spread(_ rate: (Detector.Errors) -> Double) -> Spread {
        Spread(repeats.map { rate($0.errors) }, scale: 1)
      }
      error = spread(\.rate)
      falseAlarms = spread { Double($0.falseAlarms) / Double($0.pairs) }
      misses = spread { Double($0.misses) / Double($0.pairs) }
      let noise = repeats.compactMap(\.noise).filter { $0.tested > 0 }
      noiseAlarms =
        noise.isEmpty ? nil : Spread(noise.map { Double($0.alarms) / Double($0.tested) }, scale: 1)
    }
  }

  /// One forest.
  package struct OfRepeat: Encodable, Sendable {
    package let trainingPairs: Int
    package let errors: Detector.Errors
    /// Null where none was tried.
    package let noise: Detector.NoiseAlarms?

    /// A forest that learned from so many pairs.
    package init(
      trainingPairs: Int, errors: Detector.Errors, noise: Detector.NoiseAlarms? = nil
    ) {
      self.trainingPairs = trainingPairs
      self.noise = noise
      self.errors = errors
    }

    /// Pictures that it was tested on.
    package var tested: Int { 2 * errors.pairs }
    package var error: WilsonInterval? {
      WilsonInterval(errors.falseAlarms + errors.misses, of: tested)
    }

    enum CodingKeys: String, CodingKey {
      case tested, misses, error
      case trainingPairs = "training_pairs"
      case falseAlarms = "false_alarms"
      case noiseTested = "noise_tested"
      case noiseAlarms = "noise_alarms"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(trainingPairs, forKey: .trainingPairs)
      try container.encode(tested, forKey: .tested)
      try container.encode(errors.falseAlarms, forKey: .falseAlarms)
      try container.encode(errors.misses, forKey: .misses)
      try container.encode(error, forKey: .error)
      try container.encode(noise?.tested, forKey: .noiseTested)
      try container.encode(noise?.alarms, forKey: .noiseAlarms)
    }
  }
}
