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

/// What was measured of one network. What needs a gate is null without one.
public struct NetworkMetrics: Encodable, Sendable {
  /// Where the network comes from.
  public let origin: Origin
  /// Accuracies; Table 1.
  public let accuracy: Measure<Double>, accuracyPerClass: Measure<[Double?]>
  /// The same on the CSG path.
  public let gatedAccuracy: Measure<Double?>, gatedAccuracyPerClass: Measure<[Double?]?>
  /// L1-density, and where it should end; Table 1.
  public let density: Measure<Double?>, densityInterval: Measure<[Double]?>
  /// MIS; Table 1.
  public let informationScore: Measure<Double>
  /// Filters whose features are 0 for every sample.
  public let deadFilters: Measure<Int>
  /// Fig. 4.
  public let gateInformationOverlap: Measure<Double?>
  /// Fig. 5.
  public let removals: [RemovalMetrics]
  /// Fig. 6.
  public let similarity: SimilarityMetrics?
  /// Figs. 7 and 8.
  public let correlation: CorrelationMetrics
  /// Fig. 11.
  public let clusters: ClusterMetrics

  enum CodingKeys: String, CodingKey {
    case origin, accuracy, removals, similarity, correlation, clusters
    case accuracyPerClass = "accuracy_per_class"
    case gatedAccuracy = "gated_accuracy"
    case gatedAccuracyPerClass = "gated_accuracy_per_class"
    case density = "l1_density"
    case densityInterval = "l1_density_interval"
    case informationScore = "mutual_information_score"
    case deadFilters = "dead_filters"
    case gateInformationOverlap = "gate_information_overlap"
  }

  /// Every key stands in the file.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(origin, forKey: .origin)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(accuracyPerClass, forKey: .accuracyPerClass)
    try container.encode(gatedAccuracy, forKey: .gatedAccuracy)
    try container.encode(gatedAccuracyPerClass, forKey: .gatedAccuracyPerClass)
    try container.encode(density, forKey: .density)
    try container.encode(densityInterval, forKey: .densityInterval)
    try container.encode(informationScore, forKey: .informationScore)
    try container.encode(deadFilters, forKey: .deadFilters)
    try container.encode(gateInformationOverlap, forKey: .gateInformationOverlap)
    try container.encode(removals, forKey: .removals)
    try container.encode(similarity, forKey: .similarity)
    try container.encode(correlation, forKey: .correlation)
    try container.encode(clusters, forKey: .clusters)
  }
}
