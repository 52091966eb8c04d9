import Communicator
import Core
import Kernels
import Network
import Training

/// Everything that is measured of one network on a split: the paper's Sec. 4.
public struct NetworkAnalysis: Sendable {
  /// The figures for `metrics.json`.
  public let metrics: NetworkMetrics
  /// Features and labels; predictions of the STD path, and of the CSG path where there is a gate.
  public let table: FeatureTable, predictions: [Int32], gatedPredictions: [Int32]?
  /// G [C][K]; nil without a gate.
  public let gate: [Float]?
  /// M [K][C].
  public let information: MutualInformation
  /// What is left without the filters of some classes.
  public let removals: [Removal]
  /// S_TP and S_FN; nil without a gate.
  public let rightSimilarity: GateSimilarity?, wrongSimilarity: GateSimilarity?
  /// Correlation of the last convolution's filters.
  public let correlation: FilterCorrelation
  /// Feature vectors by k-means, and the class of each cluster.
  public let clusters: Clusters, matching: ClusterMatching

  /// What an analysis is asked for.
  public struct Request: Sendable {
    /// Sets of classes whose filters are removed together; nil: each class that has samples alone,
    /// where there are at most `Request.removalLimit` classes.
    public let removals: [[Int]]?
    /// Starts and seed of k-means.
    public let clusterStarts: Int, seed: UInt64

    /// More classes than this are not removed one by one unasked.
    public static let removalLimit = 20

    /// A request.
    public init(removals: [[Int]]?, clusterStarts: Int, seed: UInt64) {
      self.removals = removals
      self.clusterStarts = clusterStarts
      self.seed = seed
    }
  }

  /// What only the configuration knows.
  public struct Settings: Sendable {
    /// Whether G is meant: without, the network is a baseline.
    public let hasGate: Bool
    /// g/(CK) that a learned G was trained with; nil for fixed gates, and where it is unknown.
    public let densityBound: Double?
    /// m₁ of CIC; nil: ⌊K / C⌋, at least 1.
    public let groupSize: Int?

    /// Settings of a network.
    public init(hasGate: Bool, densityBound: Double?, groupSize: Int?) {
      self.hasGate = hasGate
      self.densityBound = densityBound
      self.groupSize = groupSize
    }

    /// Those of a baseline, whose m₁ is that of the network beside it.
    public static func baseline(groupSize: Int) -> Settings {
      Settings(hasGate: false, densityBound: nil, groupSize: groupSize)
    }
  }

  /// Analyses the network of `evaluation` over all ranks; collective, the result the same on each.
  /// `log` is told of each part that may take long.
  /// - Throws: `CSGError` for samples that cannot be read, features and logits that are not finite, and
  ///   a class without samples to be removed from a network without a gate.
  public init(
    _ evaluation: Evaluation, origin: Origin, settings: Settings, request: Request,
    log: (String) -> Void = { _ in }
  ) throws {
    let network = evaluation.network
    let paths: [Path] = settings.hasGate ? [.standard, .gated] : [.standard]
    let asked = request.removals ?? Self.everyClass(network.classes)
    // G tells beforehand which filters are a class's: what is left without them is read in the same
    // pass.
    let told = settings.hasGate ? asked.map { Removal.filters(of: $0, gate: network.gate) } : []
    let first = try SplitPredictions(
      evaluation,
      readings: paths.map { Reading($0) }
        + told.flatMap { removed in paths.map { Reading($0, removed: removed) } })
    let table = first.table
    self.table = table
    let predictions = first.predictions[0]
    self.predictions = predictions
    gatedPredictions = settings.hasGate ? first.predictions[1] : nil
    let gate = settings.hasGate ? network.gate.matrix.array : nil
    self.gate = gate
    log("mutual information of \(table.filters) filters and \(table.classes) classes")
    information = try MutualInformation(
      table, team: network.team, communicator: evaluation.communicator)
    let means = table.classMeans()
    let counts = table.classCounts
    let sets = asked.indices.filter { i in
      request.removals != nil || asked[i].allSatisfy { counts[$0] > 0 }
    }
    removals =
      settings.hasGate
      ? sets.map { i in
        let readings = first.predictions[paths.count * (i + 1)..<paths.count * (i + 2)]
        return Removal(asked[i], filters: told[i], rule: .gate, table, Array(readings))
      }
      : try Self.removeMostActive(sets.map { asked[$0] }, evaluation, table, means: means)

    func similarity(isRight: Bool) -> GateSimilarity? {
      gate.map { gate in
        GateSimilarity(table, gate: gate) { (predictions[$0] == table.labels[$0]) == isRight }
      }
    }
    let (right, wrong) = (similarity(isRight: true), similarity(isRight: false))
    rightSimilarity = right
    wrongSimilarity = wrong
    let similarityMetrics = right.flatMap { right in
      wrong.map { SimilarityMetrics(right: right, wrong: $0) }
    }
    correlation = FilterCorrelation(
      weights: network.lastFilters, filters: network.filters, team: network.team)
    let present = Set(table.labels).count
    clusters = try Clusters(
      table, count: present, starts: request.clusterStarts, seed: request.seed, team: network.team,
      level: CPULevel.select(), communicator: evaluation.communicator, log: log)
    matching = ClusterMatching(clusters.assignments, labels: table.labels)
    let groupSize = settings.groupSize ?? max(1, table.filters / table.classes)
    metrics = NetworkMetrics(
      origin: origin, table: table,
      standard: Confusion(labels: table.labels, predictions: predictions, classes: table.classes),
      gated: gatedPredictions.map {
        Confusion(labels: table.labels, predictions: $0, classes: table.classes)
      },
      gate: settings.hasGate ? network.gate : nil, densityBound: settings.densityBound,
      information: information, removals: removals,
      similarity: similarityMetrics,
      correlation: CorrelationMetrics(correlation, classMeans: means, groupSize: groupSize),
      clusters: ClusterMetrics(clusters, matching: matching))
  }

  /// Each class alone, where they are not too many.
  private static func everyClass(_ classes: Int) -> [[Int]] {
    classes <= Request.removalLimit ? (0..<classes).map { [$0] } : []
  }

  /// Passes the split through a network without a gate again, without the filters that `means` tell
  /// for each set of classes.
  private static func removeMostActive(
    _ sets: [[Int]], _ evaluation: Evaluation, _ table: FeatureTable, means: [[Double]?]
  ) throws -> [Removal] {
    guard !sets.isEmpty else { return [] }
    let filters = try sets.map { try Removal.filters(of: $0, means: means) }
    let left = try SplitPredictions.predictions(
      evaluation, readings: filters.map { Reading(.standard, removed: $0) })
    return sets.indices.map {
      Removal(sets[$0], filters: filters[$0], rule: .activation, table, [left[$0]])
    }
  }
}

extension NetworkMetrics {
  /// The figures of an analysis' parts.
  init(
    origin: Origin, table: FeatureTable, standard: Confusion, gated: Confusion?, gate: Gate?,
    densityBound: Double?, information: MutualInformation, removals: [Removal],
    similarity: SimilarityMetrics?, correlation: CorrelationMetrics, clusters: ClusterMetrics
  ) {
    self.origin = origin
    accuracy = Measure(
      standard.accuracy, "share of correct predictions on the STD path, the one that predicts")
    accuracyPerClass = Measure(standard.perClass, "the same of each class; null: no sample")
    gatedAccuracy = Measure(
      gated?.accuracy,
      "share of correct predictions on the CSG path, which is told the label; null: no gate")
    gatedAccuracyPerClass = Measure(
      gated?.perClass, "the same of each class; null: no sample, or no gate")
    density = Measure(
      gate?.density, "L1-density of the gate matrix: sum of G / (C K); null: no gate")
    densityInterval = Measure(
      gate == nil ? nil : densityBound.map { [1 / Double(table.classes), $0] },
      "interval that the L1-density converges into: [1 / C, g / (C K)] (Appendix A); null: no "
        + "gate, a fixed one, or an unknown bound g")
    informationScore = Measure(
      information.score,
      "MIS: mean over filters of the max over classes of the mutual information (nats) between a "
        + "filter's pooled activation and whether the sample is of the class")
    let dead = (0..<table.filters).count { k in
      (0..<table.count).allSatisfy { table.values[$0 * table.filters + k] == 0 }
    }
    deadFilters = Measure(dead, "filters whose activation is 0 for every sample")
    gateInformationOverlap = Measure(
      gate.map { information.overlap(with: $0) },
      "share of the gate's entries > 0.5, n of them, that are among the n largest entries of the "
        + "mutual information matrix; null: no gate")
    self.removals = removals.map(RemovalMetrics.init)
    self.similarity = similarity
    self.correlation = correlation
    self.clusters = clusters
  }
}

extension MutualInformation {
  /// The share of G's entries > 0.5, n of them, that are among the n largest of M (Fig. 4c), the
  /// first of equals filter by filter; 0 where G has none.
  package func overlap(with gate: Gate) -> Double {
    let isStrong = (0..<values.count).map { gate.row($0 % classes)[$0 / classes] > 0.5 }
    let count = isStrong.count { $0 }
    let hits = strongest(count, of: values).count { isStrong[$0] }
    return count == 0 ? 0 : Double(hits) / Double(count)
  }
}
