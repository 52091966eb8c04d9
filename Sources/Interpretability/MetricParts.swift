/// What removing the filters of some classes does; the confusion matrices are in `analysis.h5`.
public struct RemovalMetrics: Encodable, Sendable {
  /// The classes, and the filters that went for them.
  public let classes: [Int], filters: Measure<[Int]>
  /// What is left on the STD path.
  public let accuracy: Measure<Double>, accuracyPerClass: Measure<[Double?]>
  /// What is left on the CSG path.
  public let gatedAccuracy: Measure<Double?>, gatedAccuracyPerClass: Measure<[Double?]?>

  init(_ removal: Removal) {
    classes = removal.classes
    filters = Measure(removal.filters, removal.rule.definition)
    let left = "with these filters' activations taken for 0"
    accuracy = Measure(removal.standard.accuracy, "share of correct predictions, STD path, \(left)")
    accuracyPerClass = Measure(
      removal.standard.perClass, "the same of each class; null: no sample")
    gatedAccuracy = Measure(
      removal.gated?.accuracy, "share of correct predictions, CSG path, \(left); null: no gate")
    gatedAccuracyPerClass = Measure(
      removal.gated?.perClass, "the same of each class; null: no sample, or no gate")
  }

  enum CodingKeys: String, CodingKey {
    case classes, filters, accuracy
    case accuracyPerClass = "accuracy_per_class"
    case gatedAccuracy = "gated_accuracy"
    case gatedAccuracyPerClass = "gated_accuracy_per_class"
  }
}

/// Where mean feature vectors point; the matrices are in `analysis.h5`.
public struct SimilarityMetrics: Encodable, Sendable {
  /// Of samples that are predicted right, and of those that are not.
  public let rightDiagonal: Measure<Double?>, rightOffDiagonal: Measure<Double?>
  /// Of samples that are predicted wrong.
  public let wrongDiagonal: Measure<Double?>, wrongOffDiagonal: Measure<Double?>

  init(right: GateSimilarity, wrong: GateSimilarity) {
    func measure(_ value: Double?, _ rows: String, _ samples: String) -> Measure<Double?> {
      Measure(
        value,
        "mean cosine (0 where a vector has no length) between the mean feature vector of a class's "
          + "samples that the STD path predicts \(samples) and the gate row of \(rows); null: no such "
          + "sample")
    }
    let (truePositive, falseNegative) = ("right (true positives)", "wrong (false negatives)")
    rightDiagonal = measure(right.diagonalMean, "the same class", truePositive)
    rightOffDiagonal = measure(right.offDiagonalMean, "another class", truePositive)
    wrongDiagonal = measure(wrong.diagonalMean, "the same class", falseNegative)
    wrongOffDiagonal = measure(wrong.offDiagonalMean, "another class", falseNegative)
  }

  enum CodingKeys: String, CodingKey {
    case rightDiagonal = "true_positive_own_row"
    case rightOffDiagonal = "true_positive_other_rows"
    case wrongDiagonal = "false_negative_own_row"
    case wrongOffDiagonal = "false_negative_other_rows"
  }
}

/// How alike the last convolution's filters are; the matrix is in `analysis.h5`.
public struct CorrelationMetrics: Encodable, Sendable {
  /// Thresholds s, and r_s at each.
  public let thresholds: [Double], ratios: Measure<[Double]>
  /// r_0.1.
  public let ratio: Measure<Double>
  /// CIC, and m₁ of it.
  public let betweenClasses: Measure<Double?>, groupSize: Measure<Int>

  init(_ correlation: FilterCorrelation, classMeans: [[Double]?], groupSize: Int) {
    thresholds = (0...20).map { Double($0) / 20 }
    ratios = Measure(
      thresholds.map(correlation.ratio),
      "r_s: share of the entries of the filters' correlation matrix (cosine of weights, 0 where a "
        + "filter has none; diagonal included) that are >= s, at each threshold")
    ratio = Measure(correlation.ratio(above: 0.1), "r_s at s = 0.1")
    betweenClasses = Measure(
      correlation.betweenClasses(classMeans, size: groupSize),
      "CIC: mean correlation between filters of different classes' groups, a group being the m1 "
        + "filters with the largest mean activation for a class; a filter that is in both groups "
        + "counts there too, with its entry on the diagonal; null: fewer than two classes")
    self.groupSize = Measure(
      groupSize,
      "m1: filters that a class has for itself in a fixed gate, else floor(K / C), at least 1; of a "
        + "baseline that of the network beside it")
  }

  enum CodingKeys: String, CodingKey {
    case thresholds, ratios
    case ratio = "r_0_1"
    case betweenClasses = "cic"
    case groupSize = "m1"
  }
}

/// How well feature vectors fall into classes by themselves; the centres are in `analysis.h5`.
public struct ClusterMetrics: Encodable, Sendable {
  /// Σ squared distances, and rounds that the best start took.
  public let inertia: Measure<Double>, rounds: Int
  /// Which class each centre stands for, and how often that is right.
  public let classes: Measure<[Int]>, agreement: Measure<Double>

  init(_ clusters: Clusters, matching: ClusterMatching) {
    inertia = Measure(
      clusters.inertia,
      "k-means of the feature vectors, one cluster a class that has samples: sum of squared "
        + "distances from the centres, best of the starts")
    rounds = clusters.rounds
    classes = Measure(
      matching.classes, "class that each centre is matched to, one to one, most samples agreeing")
    agreement = Measure(
      matching.agreement, "share of samples whose centre is matched to their class")
  }
}
