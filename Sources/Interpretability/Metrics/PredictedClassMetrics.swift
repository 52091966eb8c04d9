/// How well the filters of the predicted class do alone, and all others; predictions are in
/// `analysis.h5`.
package struct PredictedClassMetrics: Encodable, Sendable {
  /// ACC2 and ACC3.
  package let ownAccuracy: Measure<Double>, othersAccuracy: Measure<Double>
  /// The same with random filters.
  package let ownRandom: Measure<Double>, othersRandom: Measure<Double>
  /// How many filters each class has.
  package let filters: Measure<[Int]>

  init(_ found: PredictedClassFilters) {
    func accuracy(_ value: Double, _ what: String) -> Measure<Double> {
      Measure(value, "share of correct predictions, STD path, \(what)")
    }
    ownAccuracy = accuracy(
      found.ownAccuracy,
      "of a second reading by the filters alone of the class that the first predicts (ACC2 of PICNN, "
        + "AAAI 2024, by the likeliest class); no label is told")
    othersAccuracy = accuracy(
      found.othersAccuracy,
      "of a second reading by all filters but those of the class that the first predicts (ACC3 of "
        + "PICNN, by the predicted class and not the true one); no label is told")
    let random =
      "where each class has as many filters, the first of all in a random order that is every "
      + "class's: mean of \(RandomFilters.draws) draws"
    ownRandom = Measure(found.ownControl, "acc2 \(random)")
    othersRandom = Measure(found.othersControl, "acc3 \(random)")
    filters = Measure(
      found.filters.map(\.count), "number of filters of each class: \(found.rule.ofAClass)")
  }

  enum CodingKeys: String, CodingKey {
    case filters
    case ownAccuracy = "acc2"
    case othersAccuracy = "acc3"
    case ownRandom = "acc2_random"
    case othersRandom = "acc3_random"
  }
}
