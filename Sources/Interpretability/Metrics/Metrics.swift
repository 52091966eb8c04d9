/// A figure with what it means beside it.
package struct Measure<Value: Encodable & Sendable>: Encodable, Sendable {
  /// What the value is, in a sentence.
  package let definition: String
  /// What spoils it on this split: dead filters, too few samples of a class, coinciding centres. The key
  /// is missing where nothing does.
  package let caution: String?
  /// The value; an optional one is written as null.
  package let value: Value

  init(_ value: Value, _ definition: String, caution: String? = nil) {
    self.value = value
    self.caution = caution
    self.definition = definition
  }
}

/// `metrics.json`: what the analysis of a network, and of a baseline beside it, found.
package struct Metrics: Encodable, Sendable {
  /// "csg-dist metrics" and its version.
  package let format = Self.formatName, version = Self.formatVersion
  static let formatName = "csg-dist metrics", formatVersion = 1
  /// The split.
  package let data: Data
  /// The network, and the one that it is held against.
  package let network: NetworkMetrics, baseline: NetworkMetrics?
  /// What the network has over the baseline; nil without one.
  package let comparison: NetworkComparison?
  /// What the values mean that are no `Measure`, by their place in the file.
  package let definitions: [String: String] = Metrics.meanings

  /// A split of a data set.
  package struct Data: Encodable, Sendable {
    /// What the data set is called, by its folder; "train" or "test"; what it was made from; its
    /// fingerprint.
    package let name: String, split: String, source: String, fingerprint: String
    /// Samples, and those of each class.
    package let count: Int, classCounts: [Int]
    /// Names of the classes, in label order.
    package let classes: [String]

    /// The description of a split.
    package init(
      name: String, split: String, source: String, fingerprint: String, classes: [String],
      classCounts: [Int]
    ) {
      self.name = name
      self.split = split
      self.source = source
      self.fingerprint = fingerprint
      self.classes = classes
      self.classCounts = classCounts
      count = classCounts.reduce(0, +)
    }

    enum CodingKeys: String, CodingKey {
      case name, split, source, fingerprint, count, classes
      case classCounts = "class_counts"
    }
  }

  /// The metrics of a network, and of a baseline.
  package init(
    data: Data, network: NetworkMetrics, baseline: NetworkMetrics?, comparison: NetworkComparison?
  ) {
    self.data = data
    self.network = network
    self.baseline = baseline
    self.comparison = comparison
  }

  /// Every key stands in the file: null without a baseline.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(version, forKey: .version)
    try container.encode(data, forKey: .data)
    try container.encode(network, forKey: .network)
    try container.encode(baseline, forKey: .baseline)
    try container.encode(comparison, forKey: .comparison)
    try container.encode(definitions, forKey: .definitions)
  }

  enum CodingKeys: CodingKey {
    case format, version, data, network, baseline, comparison, definitions
  }
}
