import Inference
import Network

/// What was measured of one network. What needs a gate is null without one.
package struct NetworkMetrics: Encodable, Sendable {
  /// Where the network comes from.
  package let origin: Origin
  /// How long it was trained on each path; nil where that is not known.
  package let training: PathsTaken?
  /// Accuracies; Table 1.
  package let accuracy: Measure<Double>, accuracyPerClass: Measure<[Double?]>
  /// The same on the CSG path.
  package let gatedAccuracy: Measure<Double?>, gatedAccuracyPerClass: Measure<[Double?]?>
  /// L1-density, and where it should end; Table 1.
  package let density: Measure<Double?>, densityInterval: Measure<[Double]?>
  /// MIS; Table 1.
  package let informationScore: Measure<Double>
  /// What MIS and M are by chance and at most.
  package let information: InformationMetrics
  /// Filters whose features are 0 for every sample.
  package let deadFilters: Measure<Int>
  /// Fig. 4, and by chance.
  package let gateInformationOverlap: Measure<Double?>, overlapChance: Measure<Double?>
  /// ACC2 and ACC3.
  package let predictedClassFilters: PredictedClassMetrics
  /// Fig. 5.
  package let removals: [RemovalMetrics]
  /// Which class each filter is for [K], and what the filters of each class are worth [C].
  package let filterAnswers: [FilterAnswer], classAnswers: [ClassAnswer]
  /// Fig. 6.
  package let similarity: SimilarityMetrics?
  /// Figs. 7 and 8.
  package let correlation: CorrelationMetrics
  /// Fig. 11.
  package let clusters: ClusterMetrics

  enum CodingKeys: String, CodingKey {
    case origin, training, accuracy, removals, similarity, correlation, clusters
    case accuracyPerClass = "accuracy_per_class"
    case gatedAccuracy = "gated_accuracy"
    case gatedAccuracyPerClass = "gated_accuracy_per_class"
    case density = "l1_density"
    case densityInterval = "l1_density_interval"
    case informationScore = "mutual_information_score"
    case information = "mutual_information"
    case deadFilters = "dead_filters"
    case gateInformationOverlap = "gate_information_overlap"
    case overlapChance = "gate_information_overlap_chance"
    case predictedClassFilters = "predicted_class_filters"
    case filterAnswers = "filter_classes"
    case classAnswers = "class_filters"
  }

  /// Every key stands in the file.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(origin, forKey: .origin)
    try container.encode(training, forKey: .training)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(accuracyPerClass, forKey: .accuracyPerClass)
    try container.encode(gatedAccuracy, forKey: .gatedAccuracy)
    try container.encode(gatedAccuracyPerClass, forKey: .gatedAccuracyPerClass)
    try container.encode(density, forKey: .density)
    try container.encode(densityInterval, forKey: .densityInterval)
    try container.encode(informationScore, forKey: .informationScore)
    try container.encode(information, forKey: .information)
    try container.encode(deadFilters, forKey: .deadFilters)
    try container.encode(gateInformationOverlap, forKey: .gateInformationOverlap)
    try container.encode(overlapChance, forKey: .overlapChance)
    try container.encode(predictedClassFilters, forKey: .predictedClassFilters)
    try container.encode(removals, forKey: .removals)
    try container.encode(filterAnswers, forKey: .filterAnswers)
    try container.encode(classAnswers, forKey: .classAnswers)
    try container.encode(similarity, forKey: .similarity)
    try container.encode(correlation, forKey: .correlation)
    try container.encode(clusters, forKey: .clusters)
  }
}

extension NetworkMetrics {
  /// The figures of an analysis' parts.
  init(
    origin: Origin, training: PathsTaken?, table: FeatureTable, standard: Confusion,
    gated: Confusion?, gate: Gate?,
    densityBound: Double?, information: MutualInformation, scale: InformationMetrics,
    cautions: Cautions, deadFilters dead: Int, predicted: PredictedClassMetrics,
    removals: [Removal], filterAnswers: [FilterAnswer], classAnswers: [ClassAnswer],
    similarity: SimilarityMetrics?,
    correlation: CorrelationMetrics, clusters: ClusterMetrics
  ) {
    self.origin = origin
    self.training = training
    let ofInformation = Cautions.joined(cautions.deadFilters, cautions.fewSamples)
    accuracy = Measure(
      standard.accuracy, "share of correct predictions on the STD path, the one that predicts")
    accuracyPerClass = Measure(
      standard.perClass, "the same of each class; null: no sample",
      caution: cautions.fewSamples)
    gatedAccuracy = Measure(
      gated?.accuracy,
      "share of correct predictions on the CSG path, which is told the label; null: no gate")
    gatedAccuracyPerClass = Measure(
      gated?.perClass, "the same of each class; null: no sample, or no gate",
      caution: cautions.fewSamples)
    density = Measure(
      gate?.density, "L1-density of the gate matrix: sum of |G| / (C K); null: no gate")
    densityInterval = Measure(
      gate == nil
        ? nil
        : densityBound.map { [1 / Double(table.classes), max(1 / Double(table.classes), $0)] },
      "interval that the L1-density converges into: [1 / C, g / (C K)] (Appendix A), or 1 / C for a "
        + "smaller bound; null: no gate, a fixed or unprojected one, or an unknown bound g")
    informationScore = Measure(
      information.score,
      "MIS: mean over filters of the max over classes of the mutual information (nats) between a "
        + "filter's pooled activation and whether the sample is of the class",
      caution: ofInformation)
    self.information = scale
    deadFilters = Measure(dead, "filters whose activation is 0 for every sample")
    gateInformationOverlap = Measure(
      gate.map { information.overlap(with: $0) },
      "share of the gate's entries > 0.5, n of them, that are among the n largest entries of the "
        + "mutual information matrix; null: no gate",
      caution: ofInformation)
    overlapChance = Measure(
      gate.map { gate in
        let strong = (0..<gate.classes * gate.filters).count { gate.matrix[$0] > 0.5 }
        return Double(strong) / Double(gate.classes * gate.filters)
      },
      "gate_information_overlap by chance: n / (C K), what n entries drawn at random have in common "
        + "with any n others on average; null: no gate")
    predictedClassFilters = predicted
    self.removals = removals.map(RemovalMetrics.init)
    self.filterAnswers = filterAnswers
    self.classAnswers = classAnswers
    self.similarity = similarity
    self.correlation = correlation
    self.clusters = clusters
  }
}

extension NetworkMetrics {
  /// What the STD path predicts right of all samples.
  package var recognised: Tally {
    classAnswers.first.map { $0.before.own + $0.before.others } ?? Tally(0, of: 0)
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
