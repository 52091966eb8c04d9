/// What MIS and M mean beside chance and beside all there is to know; the matrices are in
/// `analysis.h5`.
package struct InformationMetrics: Encodable, Sendable {
  /// P.
  package let permutations: Measure<Int>
  /// MIS by chance and at most, and how far it would move with other samples.
  package let scoreChance: Measure<Double?>, scoreCeiling: Measure<Double>
  /// The ends of the interval.
  package let scoreInterval: Measure<[Double]>
  /// The share of filters that know more than chance gives.
  package let filtersAboveChance: Measure<Double?>
  /// The mean entry of M, and by chance.
  package let mean: Measure<Double>, meanChance: Measure<Double?>
  /// What the entries of a class's column of M are at most.
  package let ceilings: Measure<[Double]>

  init(
    _ information: MutualInformation, _ interval: InformationInterval, _ chance: InformationChance?,
    entropies: [Double], cautions: Cautions
  ) {
    let caution = Cautions.joined(cautions.deadFilters, cautions.fewSamples)
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    permutations = Measure(
      chance?.permutations ?? 0,
      "P: random permutations of the labels whose mutual information is taken for chance; 0: none")
    scoreChance = Measure(
      chance?.score,
      "MIS by chance: mean over P permutations of the labels of the same score by the same estimator; "
        + "null: P = 0",
      caution: caution)
    scoreCeiling = Measure(
      entropies.max() ?? 0,
      "MIS at most (nats): the largest entropy of a class's indicator, what each filter's best entry "
        + "would be if it told the class for certain; the estimator may go beyond by some 1 / (samples "
        + "of the class)")
    scoreInterval = Measure(
      [interval.low, interval.high],
      "95 % interval of MIS: percentiles 2.5 and 97.5 of \(InformationInterval.draws) bootstrap means "
        + "of its terms, one a sample, drawn with replacement; neighbours' counts and each filter's "
        + "best class are held fixed, and filters whose best entry was cut off at 0 add 0 to each "
        + "draw: what other samples would change in these, and the lift that taking a maximum gives, "
        + "are not in it",
      caution: caution)
    filtersAboveChance = Measure(
      chance.map { $0.shareAbove(information) },
      "share of filters whose largest entry of the mutual information matrix exceeds their largest of "
        + "all P permutations; of filters that know nothing, 1 / (P + 1) would; null: P = 0",
      caution: caution)
    self.mean = Measure(
      mean(information.values), "mean entry of the mutual information matrix",
      caution: caution)
    meanChance = Measure(
      chance.map { mean($0.values) },
      "the same by chance: mean over P permutations of the labels; null: P = 0",
      caution: caution)
    ceilings = Measure(
      entropies,
      "entropy (nats) of whether a sample is of the class, of each class: what an entry of its column "
        + "of the mutual information matrix is at most, but for the estimator")
  }

  enum CodingKeys: String, CodingKey {
    case permutations, mean, ceilings
    case scoreChance = "score_chance"
    case scoreCeiling = "score_ceiling"
    case scoreInterval = "score_interval"
    case filtersAboveChance = "filters_above_chance"
    case meanChance = "mean_chance"
  }
}
