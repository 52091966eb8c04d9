/// Where mean feature vectors point; the matrices are in `analysis.h5`.
package struct SimilarityMetrics: Encodable, Sendable {
  /// Of samples that are predicted right, and of those that are not.
  package let rightDiagonal: Measure<Double?>, rightOffDiagonal: Measure<Double?>
  /// Of samples that are predicted wrong.
  package let wrongDiagonal: Measure<Double?>, wrongOffDiagonal: Measure<Double?>
  /// Samples behind each row of S_TP, and of S_FN.
  package let rightSamples: Measure<[Int]>, wrongSamples: Measure<[Int]>

  init(right: GateSimilarity, wrong: GateSimilarity, cautions: Cautions) {
    let caution = Cautions.joined(cautions.deadFilters, cautions.fewSamples)
    func measure(_ value: Double?, _ rows: String, _ samples: String) -> Measure<Double?> {
      Measure(
        value,
        "mean cosine (0 where a vector has no length) between the mean feature vector of a class's "
          + "samples that the STD path predicts \(samples) and the gate row of \(rows); null: no such "
          + "sample", caution: caution)
    }
    let (truePositive, falseNegative) = ("right (true positives)", "wrong (false negatives)")
    rightDiagonal = measure(right.diagonalMean, "the same class", truePositive)
    rightOffDiagonal = measure(right.offDiagonalMean, "another class", truePositive)
    wrongDiagonal = measure(wrong.diagonalMean, "the same class", falseNegative)
    wrongOffDiagonal = measure(wrong.offDiagonalMean, "another class", falseNegative)
    rightSamples = Measure(
      right.samples, "samples behind each row of S_TP: those of the class that are predicted right")
    wrongSamples = Measure(
      wrong.samples, "samples behind each row of S_FN: those of the class that are predicted wrong")
  }

  enum CodingKeys: String, CodingKey {
    case rightDiagonal = "true_positive_own_row"
    case rightOffDiagonal = "true_positive_other_rows"
    case wrongDiagonal = "false_negative_own_row"
    case wrongOffDiagonal = "false_negative_other_rows"
    case rightSamples = "true_positive_samples"
    case wrongSamples = "false_negative_samples"
  }
}

/// How alike the last convolution's filters are; the matrix is in `analysis.h5`.
package struct CorrelationMetrics: Encodable, Sendable {
  /// Thresholds s, and r_s at each.
  package let thresholds: [Double], ratios: Measure<[Double]>
  /// r_0.1.
  package let ratio: Measure<Double>
  /// Of pairs of different filters: r_s, and r_s of |r|.
  package let pairRatios: Measure<[Double]?>, absolutePairRatios: Measure<[Double]?>
  /// The same at 0.1.
  package let pairRatio: Measure<Double?>, absolutePairRatio: Measure<Double?>
  /// CIC, and m₁ of it.
  package let betweenClasses: Measure<Double?>, groupSize: Measure<Int>
  /// CIC of pairs of different filters.
  package let betweenDifferent: Measure<Double?>

  init(
    _ correlation: FilterCorrelation, classMeans: [[Double]?], groupSize: Int, cautions: Cautions
  ) {
    let caution = cautions.deadFilters
    let thresholds = (0...20).map { Double($0) / 20 }
    self.thresholds = thresholds
    ratios = Measure(
      thresholds.map(correlation.ratio),
      "r_s: share of the entries of the filters' correlation matrix (cosine of weights, 0 where a "
        + "filter has none; diagonal included) that are >= s, at each threshold",
      caution: caution)
    ratio = Measure(correlation.ratio(above: 0.1), "r_s at s = 0.1", caution: caution)
    func pairs(_ size: (Double) -> Double) -> [Double]? {
      let values = thresholds.compactMap { correlation.pairRatio(above: $0, size) }
      return values.isEmpty ? nil : values
    }
    let single = "null: a single filter"
    pairRatios = Measure(
      pairs { $0 },
      "r_s without the diagonal: share of the pairs of different filters whose entry is >= s, at each "
        + "threshold; \(single)",
      caution: caution)
    absolutePairRatios = Measure(
      pairs(abs), "the same of the entries' absolute values; \(single)", caution: caution)
    pairRatio = Measure(
      correlation.pairRatio(above: 0.1) { $0 }, "r_s without the diagonal at s = 0.1; \(single)",
      caution: caution)
    absolutePairRatio = Measure(
      correlation.pairRatio(above: 0.1, abs), "the same of the entries' absolute values; \(single)",
      caution: caution)
    betweenClasses = Measure(
      correlation.betweenClasses(classMeans, size: groupSize),
      "CIC: mean correlation between filters of different classes' groups, a group being the m1 "
        + "filters with the largest mean activation for a class; a filter that is in both groups "
        + "counts there too, with its entry on the diagonal; null: fewer than two classes",
      caution: caution)
    betweenDifferent = Measure(
      correlation.betweenClasses(classMeans, size: groupSize, withSelf: false),
      "CIC without a filter's pair with itself, where it is in both groups; null: no other pair",
      caution: caution)
    self.groupSize = Measure(
      groupSize,
      "m1: filters that a class has for itself in a fixed gate, else floor(K / C), at least 1; of a "
        + "baseline that of the network beside it")
  }

  enum CodingKeys: String, CodingKey {
    case thresholds, ratios
    case ratio = "r_0_1"
    case pairRatios = "ratios_without_diagonal"
    case absolutePairRatios = "absolute_ratios_without_diagonal"
    case pairRatio = "r_0_1_without_diagonal"
    case absolutePairRatio = "absolute_r_0_1_without_diagonal"
    case betweenClasses = "cic"
    case betweenDifferent = "cic_without_self"
    case groupSize = "m1"
  }
}

/// How well feature vectors fall into classes by themselves; the centres are in `analysis.h5`.
package struct ClusterMetrics: Encodable, Sendable {
  /// Σ squared distances, and rounds that the best start took.
  package let inertia: Measure<Double>, rounds: Int
  /// Which class each centre stands for, and how often that is right.
  package let classes: Measure<[Int]>, agreement: Measure<Double>
  /// Samples of each cluster.
  package let samples: Measure<[Int]>

  init(_ clusters: Clusters, matching: ClusterMatching, cautions: Cautions) {
    let caution = Cautions.joined(cautions.centers, cautions.fewSamples)
    inertia = Measure(
      clusters.inertia,
      "k-means of the feature vectors, one cluster a class that has samples: sum of squared "
        + "distances from the centres, best of the starts", caution: cautions.centers)
    rounds = clusters.rounds
    classes = Measure(
      matching.classes, "class that each centre is matched to, one to one, most samples agreeing",
      caution: caution)
    agreement = Measure(
      matching.agreement, "share of samples whose centre is matched to their class",
      caution: caution)
    samples = Measure(
      clusters.sizes, "samples of each cluster, in the order of classes",
      caution: cautions.centers)
  }
}
