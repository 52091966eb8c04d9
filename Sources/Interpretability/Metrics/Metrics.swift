/// A figure with what it means beside it.
public struct Measure<Value: Encodable & Sendable>: Encodable, Sendable {
  /// What the value is, in a sentence.
  public let definition: String
  /// The value; an optional one is written as null.
  public let value: Value

  init(_ value: Value, _ definition: String) {
    self.value = value
    self.definition = definition
  }
}

/// `metrics.json`: what the analysis of a network, and of a baseline beside it, found.
public struct Metrics: Encodable, Sendable {
  /// "csg-dist metrics" and its version.
  public let format = Self.formatName, version = Self.formatVersion
  static let formatName = "csg-dist metrics", formatVersion = 1
  /// The split.
  public let data: Data
  /// The network, and the one that it is held against.
  public let network: NetworkMetrics, baseline: NetworkMetrics?
  /// What the values mean that are no `Measure`, by their place in the file.
  public let definitions: [String: String] = Metrics.meanings

  /// A split of a data set.
  public struct Data: Encodable, Sendable {
    /// "train" or "test"; what the data set was made from; its fingerprint.
    public let split: String, source: String, fingerprint: String
    /// Samples, and those of each class.
    public let count: Int, classCounts: [Int]
    /// Names of the classes, in label order.
    public let classes: [String]

    /// The description of a split.
    public init(
      split: String, source: String, fingerprint: String, classes: [String], classCounts: [Int]
    ) {
      self.split = split
      self.source = source
      self.fingerprint = fingerprint
      self.classes = classes
      self.classCounts = classCounts
      count = classCounts.reduce(0, +)
    }

    enum CodingKeys: String, CodingKey {
      case split, source, fingerprint, count, classes
      case classCounts = "class_counts"
    }
  }

  /// The metrics of a network, and of a baseline.
  public init(data: Data, network: NetworkMetrics, baseline: NetworkMetrics?) {
    self.data = data
    self.network = network
    self.baseline = baseline
  }

  /// Every key stands in the file: null without a baseline.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(version, forKey: .version)
    try container.encode(data, forKey: .data)
    try container.encode(network, forKey: .network)
    try container.encode(baseline, forKey: .baseline)
    try container.encode(definitions, forKey: .definitions)
  }

  enum CodingKeys: CodingKey { case format, version, data, network, baseline, definitions }
}
