import Attacks
import Core
import Interpretability

/// `detection.json`: how well attacks on a network are detected by its features, and a baseline beside it.
package struct DetectionMetrics: Encodable, Sendable {
  package let format = "csg-dist detection", version = 1
  package let data: Data, settings: Settings
  package let network: OfNetwork, baseline: OfNetwork?
  /// Network − baseline; null without a baseline.
  package let comparison: Comparison?
  /// What the values mean, by their name.
  package let definitions = Self.meanings

  package init(
    data: Data, settings: Settings, network: OfNetwork, baseline: OfNetwork?,
    comparison: Comparison?
  ) {
    self.data = data
    self.settings = settings
    self.network = network
    self.baseline = baseline
    self.comparison = comparison
  }

  /// Which pictures.
  package struct Data: Encodable, Sendable {
    package let source: String, classes: [String]
    package let trainFingerprint: String, testFingerprint: String
    /// Samples of the splits, and those of them that any repeat draws.
    package let trainCount: Int, testCount: Int, trainDrawn: Int, testDrawn: Int

    /// A data set and what is drawn of it.
    package init(
      source: String, classes: [String], trainFingerprint: String, testFingerprint: String,
      trainCount: Int, testCount: Int, trainDrawn: Int, testDrawn: Int
    ) {
      self.source = source
      self.classes = classes
      self.trainFingerprint = trainFingerprint
      self.testFingerprint = testFingerprint
      self.trainCount = trainCount
      self.testCount = testCount
      self.trainDrawn = trainDrawn
      self.testDrawn = testDrawn
    }

    enum CodingKeys: String, CodingKey {
      case source, classes
      case trainFingerprint = "train_fingerprint"
      case testFingerprint = "test_fingerprint"
      case trainCount = "train_count"
      case testCount = "test_count"
      case trainDrawn = "train_drawn"
      case testDrawn = "test_drawn"
    }
  }

  /// What was asked for.
  package struct Settings: Encodable, Sendable {
    package let perClass: [Int], testPerClass: Int, repeats: Int, trees: Int, seed: UInt64
    package let successfulOnly: Bool, target: String
    /// The numbers of each attack.
    package let attacks: [String: [String: Double]]
    /// Samples of the adaptive attack that were asked for; 0: none.
    package let adaptive: Int
    /// The error rate of who calls every picture normal.
    package let chance = 0.5

    /// What a plan and attacks, each by its method, ask for.
    package init(_ plan: DetectionPlan, attacks: [any Attack], adaptive: Int) {
      perClass = plan.sizes
      testPerClass = plan.testPerClass
      repeats = plan.repeats
      trees = plan.trees
      seed = plan.seed
      successfulOnly = plan.countsSuccessfulOnly
      target = AttackAim.random.text
      self.attacks = Dictionary(
        uniqueKeysWithValues: attacks.map { attack in
          let numbers = attack.settings.map { ($0.name, $0.value) }
          return (attack.method.rawValue, Dictionary(uniqueKeysWithValues: numbers))
        })
      self.adaptive = adaptive
    }

    enum CodingKeys: String, CodingKey {
      case repeats, trees, seed, target, attacks, adaptive, chance
      case perClass = "per_class"
      case testPerClass = "test_per_class"
      case successfulOnly = "successful_only"
    }
  }

  /// Network − baseline in error rate, repeat by repeat.
  package struct Comparison: Encodable, Sendable {
    /// By method, in the order of sizes.
    package let methods: [String: [PairedChange]]
    /// Of the mean over methods and sizes.
    package let overall: PairedChange

    /// Of two networks with the same methods, sizes and repeats.
    package init(_ network: OfNetwork, _ baseline: OfNetwork) {
      func rates(_ found: OfNetwork, _ method: String) -> [[Double]] {
        (found.methods[method]?.sizes ?? []).map { $0.repeats.map(\.errors.rate) }
      }
      let names = network.methods.keys.sorted()
      methods = Dictionary(
        uniqueKeysWithValues: names.map { name in
          let pairs = zip(rates(network, name), rates(baseline, name))
          return (
            name,
            pairs.map { PairedChange(zip($0, $1).map { (value: $0, baseline: $1) }) }
          )
        })
      /// The mean of each repeat, added in the order of names and sizes.
      func means(_ found: OfNetwork) -> [Double] {
        let cells = names.flatMap { rates(found, $0) }
        return (cells.first ?? []).indices.map { r in
          cells.reduce(0) { $0 + $1[r] } / Double(cells.count)
        }
      }
      overall = PairedChange(
        zip(means(network), means(baseline)).map { (value: $0, baseline: $1) })
    }
  }

  enum CodingKeys: String, CodingKey {
    case format, version, data, settings, network, baseline, comparison, definitions
  }

  /// Every key stands in the file: null where there is no value.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(version, forKey: .version)
    try container.encode(data, forKey: .data)
    try container.encode(settings, forKey: .settings)
    try container.encode(network, forKey: .network)
    try container.encode(baseline, forKey: .baseline)
    try container.encode(comparison, forKey: .comparison)
    try container.encode(definitions, forKey: .definitions)
  }
}
