import Communicator
import Core
import Inference
import Kernels
import Network

/// Everything that is measured of one network on a split: the paper's Sec. 4.
package struct NetworkAnalysis: Sendable {
  /// The figures for `metrics.json`.
  package let metrics: NetworkMetrics
  /// Features and labels; predictions of the STD path, and of the CSG path where there is a gate.
  package let table: FeatureTable, predictions: [Int32], gatedPredictions: [Int32]?
  /// G [C][K]; nil without a gate.
  package let gate: [Float]?
  /// The activation of each filter [K] that bounds its ActivMap on this split (Appendix G).
  package let activationThresholds: [Float]
  /// M [K][C].
  package let information: MutualInformation
  /// The interval of MIS, and M by chance; nil without permutations.
  package let interval: InformationInterval, chance: InformationChance?
  /// ACC2 and ACC3.
  package let predictedClassFilters: PredictedClassFilters
  /// What is left without the filters of some classes.
  package let removals: [Removal]
  /// S_TP and S_FN; nil without a gate.
  package let rightSimilarity: GateSimilarity?, wrongSimilarity: GateSimilarity?
  /// Correlation of the last convolution's filters.
  package let correlation: FilterCorrelation
  /// Feature vectors by k-means, and the class of each cluster.
  package let clusters: Clusters, matching: ClusterMatching

  /// What an analysis is asked for.
  package struct Request: Sendable {
    /// Sets of classes whose filters are removed together; nil: each class that has samples alone,
    /// where there are at most `Request.removalLimit` classes.
    package let removals: [[Int]]?
    /// Starts of k-means, and permutations of the labels that tell M by chance; 0: none.
    package let clusterStarts: Int, permutations: Int
    /// Seed of k-means, permutations, bootstrap and random filters.
    package let seed: UInt64

    /// More classes than this are not removed one by one unasked.
    package static let removalLimit = 20

    /// A request.
    package init(removals: [[Int]]?, clusterStarts: Int, permutations: Int, seed: UInt64) {
      self.removals = removals
      self.clusterStarts = clusterStarts
      self.permutations = permutations
      self.seed = seed
    }
  }

  /// What only the configuration knows.
  package struct Settings: Sendable {
    /// Whether G is meant: without, the network is a baseline.
    package let hasGate: Bool
    /// g/(CK) that a learned G was trained with; nil for fixed gates, and where it is unknown.
    package let densityBound: Double?
    /// m₁ of CIC; nil: ⌊K / C⌋, at least 1.
    package let groupSize: Int?

    /// Settings of a network.
    package init(hasGate: Bool, densityBound: Double?, groupSize: Int?) {
      self.hasGate = hasGate
      self.densityBound = densityBound
      self.groupSize = groupSize
    }

    /// Those of a baseline, whose m₁ is that of the network beside it.
    package static func baseline(groupSize: Int) -> Settings {
      Settings(hasGate: false, densityBound: nil, groupSize: groupSize)
    }
  }

  /// Analyses the network of `passes`, which was `training` so long, over all ranks; collective, the result the same on each.
  /// `log` is told of each part that may take long.
  /// - Throws: `CSGError` for samples that cannot be read, features and logits that are not finite, and
  ///   a class without samples to be removed from a network without a gate.
  package init(
    _ passes: SplitPasses, origin: Origin, training: PathsTaken?, settings: Settings,
    request: Request,
    log: (String) -> Void = { _ in }
  ) throws {
    let network = passes.network
    let paths: [Path] = settings.hasGate ? [.standard, .gated] : [.standard]
    let asked = request.removals ?? Self.everyClass(network.classes)
    func questions(_ lists: [[Int]], _ rule: ClassFilters, _ removals: [[Int]]) -> FilterQuestions {
      FilterQuestions(
        lists, rule: rule, of: network.filters, removals: removals, seed: request.seed)
    }
    // G tells beforehand which filters are a class's: what is asked of them is read in the same pass.
    let byGate =
      settings.hasGate ? questions(ClassFilters.byGate(network.gate), .gate, asked) : nil
    let first = try SplitPredictions(
      passes, readings: paths.map { Reading($0) } + (byGate?.readings ?? []),
      share: LargestShare.ofActivations.share)
    activationThresholds = first.activationThresholds
    let table = first.table
    self.table = table
    let predictions = first.predictions[0]
    self.predictions = predictions
    gatedPredictions = settings.hasGate ? first.predictions[1] : nil
    let gate = settings.hasGate ? network.gate.matrix.array : nil
    self.gate = gate
    log(
      "mutual information of \(NumberText.count(table.filters, "filter")) and \(NumberText.count(table.classes, "class", "classes"))"
    )
    let columns = SharedColumns(
      table, team: network.team, communicator: passes.communicator)
    information = try MutualInformation(columns)
    interval = try InformationInterval(information, columns, seed: request.seed)
    if request.permutations > 0 {
      log("mutual information by chance: \(request.permutations) permutations of the labels")
      chance = try InformationChance(
        columns, permutations: request.permutations, seed: request.seed)
    } else {
      chance = nil
    }

    let means = table.classMeans()
    let counts = table.classCounts
    func hasSamples(_ set: [Int]) -> Bool {
      request.removals != nil || set.allSatisfy { counts[$0] > 0 }
    }
    let answers: (removals: [Removal], predicted: PredictedClassFilters)
    if let byGate {
      answers = byGate.answers(
        first.predictions[paths.count...], intact: predictions, table)
    } else {
      let sets = asked.filter(hasSamples)
      let byActivation = questions(
        try ClassFilters.byActivation(means, removals: sets), .activation, sets)
      let second = try SplitPredictions.predictions(passes, readings: byActivation.readings)
      answers = byActivation.answers(second[...], intact: predictions, table)
    }
    removals = answers.removals.filter { hasSamples($0.classes) }
    predictedClassFilters = answers.predicted

    func similarity(isRight: Bool) -> GateSimilarity? {
      gate.map { gate in
        GateSimilarity(table, gate: gate) { (predictions[$0] == table.labels[$0]) == isRight }
      }
    }
    let (right, wrong) = (similarity(isRight: true), similarity(isRight: false))
    rightSimilarity = right
    wrongSimilarity = wrong
    correlation = FilterCorrelation(
      weights: network.lastFilters, filters: network.filters, team: network.team)
    let present = Set(table.labels).count
    clusters = try Clusters(
      table, count: present, starts: request.clusterStarts, seed: request.seed, team: network.team,
      level: CPULevel.select(), communicator: passes.communicator, log: log)
    matching = ClusterMatching(clusters.assignments, labels: table.labels)
    let groupSize = settings.groupSize ?? max(1, table.filters / table.classes)
    let dead = table.deadFilters
    let cautions = Cautions(table, deadFilters: dead, clusters: clusters)
    let standard = Confusion(
      labels: table.labels, predictions: predictions, classes: table.classes)
    let filterAnswers = FilterAnswer.all(gate: gate, information, chance)
    metrics = NetworkMetrics(
      origin: origin, training: training, table: table, standard: standard,
      gated: gatedPredictions.map {
        Confusion(labels: table.labels, predictions: $0, classes: table.classes)
      },
      gate: settings.hasGate ? network.gate : nil, densityBound: settings.densityBound,
      information: information,
      scale: InformationMetrics(
        information, interval, chance, entropies: table.classEntropies, cautions: cautions),
      cautions: cautions, deadFilters: dead,
      predicted: PredictedClassMetrics(predictedClassFilters), removals: removals,
      filterAnswers: filterAnswers,
      classAnswers: ClassAnswer.all(
        predictedClassFilters.filters, gate: gate, answers: filterAnswers, standard: standard,
        removals: removals),
      similarity: right.flatMap { right in
        wrong.map { SimilarityMetrics(right: right, wrong: $0, cautions: cautions) }
      },
      correlation: CorrelationMetrics(
        correlation, classMeans: means, groupSize: groupSize, cautions: cautions),
      clusters: ClusterMetrics(clusters, matching: matching, cautions: cautions))
  }

  /// Each class alone, where they are not too many.
  private static func everyClass(_ classes: Int) -> [[Int]] {
    classes <= Request.removalLimit ? (0..<classes).map { [$0] } : []
  }
}
