/// What a network has over its baseline on the same samples: `comparison` of `metrics.json`.
package struct NetworkComparison: Encodable, Sendable {
  /// MIS of the network / MIS of the baseline, and the ends of its interval.
  package let scoreRatio: Measure<Double?>, scoreRatioInterval: Measure<[Double]?>
  /// Accuracy on the STD path, network − baseline, and the ends of its interval.
  package let accuracyDifference: Measure<Double>, accuracyInterval: Measure<[Double]>
  /// Samples that only one of both is right on.
  package let onlyNetwork: Measure<Int>, onlyBaseline: Measure<Int>
  /// The samples of the difference.
  package let accuracy: PairedAccuracy

  /// Compares two analyses of the same samples by the same seed.
  package init(_ network: NetworkAnalysis, _ baseline: NetworkAnalysis) {
    self.init(
      score: ScoreRatio(
        network.interval.means, baseline.interval.means,
        value: network.information.score, other: baseline.information.score),
      accuracy: PairedAccuracy(
        network.predictions, baseline.predictions, labels: network.table.labels),
      caution: Cautions.joined(
        network.metrics.informationScore.caution, baseline.metrics.informationScore.caution))
  }

  /// What was found.
  package init(score: ScoreRatio?, accuracy: PairedAccuracy, caution: String?) {
    scoreRatio = Measure(
      score?.value, "MIS of the network / MIS of the baseline; null: the baseline's is 0",
      caution: caution)
    scoreRatioInterval = Measure(
      score.flatMap { ratio in ratio.interval.map { [$0.low, $0.high] } },
      "95 % interval of mutual_information_score_ratio: percentiles 2.5 and 97.5 of the ratios of both "
        + "nets' bootstrap means (see mutual_information.score_interval), which are of the same samples; "
        + "what another seed of training would change is not in it; null: no ratio, or a mean of the "
        + "baseline that is not above 0", caution: caution)
    let difference = accuracy.difference
    accuracyDifference = Measure(
      difference?.value ?? .nan, "accuracy of the network - accuracy of the baseline, STD path")
    accuracyInterval = Measure(
      difference.map { [$0.low, $0.high] } ?? [],
      "95 % interval of accuracy_difference, by the samples that both are right on, one alone and "
        + "neither (Newcombe 1998, method 10); what another seed of training would change is not in it"
    )
    onlyNetwork = Measure(
      accuracy.onlyFirst, "samples that the network is right on and the baseline is not, STD path")
    onlyBaseline = Measure(
      accuracy.onlySecond, "samples that the baseline is right on and the network is not, STD path")
    self.accuracy = accuracy
  }

  enum CodingKeys: String, CodingKey {
    case scoreRatio = "mutual_information_score_ratio"
    case scoreRatioInterval = "mutual_information_score_ratio_interval"
    case accuracyDifference = "accuracy_difference"
    case accuracyInterval = "accuracy_difference_interval"
    case onlyNetwork = "right_only_network"
    case onlyBaseline = "right_only_baseline"
  }
}

/// One MIS over another, with its interval.
package struct ScoreRatio: Sendable, Equatable {
  /// The ratio, and its percentiles 2.5 and 97.5 over draws; nil where a draw has none.
  package let value: Double, interval: Interval?

  /// The ends of an interval.
  package struct Interval: Sendable, Equatable { package let low: Double, high: Double }

  /// `value` / `other`, nil unless `other` is above 0, and the same of each pair of draws.
  package init?(_ draws: [Double], _ otherDraws: [Double], value: Double, other: Double) {
    precondition(draws.count == otherDraws.count && !draws.isEmpty, "the same draws of both")
    guard other > 0 else { return nil }
    self.value = value / other
    guard otherDraws.allSatisfy({ $0 > 0 }) else { interval = nil; return }
    let ratios = zip(draws, otherDraws).map { $0 / $1 }.sorted()
    interval = Interval(low: Percentile.of(ratios, 2.5), high: Percentile.of(ratios, 97.5))
  }
}
