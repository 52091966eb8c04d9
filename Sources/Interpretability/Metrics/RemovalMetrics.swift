/// What removing the filters of some classes does; the confusion matrices are in `analysis.h5`.
package struct RemovalMetrics: Encodable, Sendable {
  /// The classes, and the filters that went for them.
  package let classes: [Int], filters: Measure<[Int]>
  /// What is left on the STD path.
  package let accuracy: Measure<Double>, accuracyPerClass: Measure<[Double?]>
  /// What is left on the CSG path.
  package let gatedAccuracy: Measure<Double?>, gatedAccuracyPerClass: Measure<[Double?]?>
  /// Of these classes' samples on the STD path: before, after, and with the control.
  package let ownBefore: Measure<Double?>, own: Measure<Double?>, ownRandom: Measure<Double?>
  /// Of the others' samples.
  package let othersBefore: Measure<Double?>, others: Measure<Double?>
  /// Of the others' samples with the control, and what they lose.
  package let othersRandom: Measure<Double?>, othersLoss: Measure<Double?>
  /// Of all with the control.
  package let accuracyRandom: Measure<Double>

  init(_ removal: Removal) {
    let (before, after, control) = (removal.before, removal.after, removal.control)
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
    let random =
      "the same with as many filters taken for 0 that are drawn at random from all, mean of "
      + "\(RandomFilters.draws) draws"
    accuracyRandom = Measure(control.all, "accuracy: \(random)")
    func share(_ value: Double?, _ classes: String, _ how: String) -> Measure<Double?> {
      Measure(
        value,
        "share of correct predictions, STD path, of the samples of \(classes), \(how); null: no sample"
      )
    }
    let intact = "with all filters in place"
    ownBefore = share(before.own, "these classes", intact)
    own = share(after.own, "these classes", left)
    ownRandom = Measure(control.own, "own_accuracy: \(random); null: no sample")
    othersBefore = share(before.others, "all other classes", intact)
    others = share(after.others, "all other classes", left)
    othersRandom = Measure(control.others, "other_accuracy: \(random); null: no sample")
    othersLoss = Measure(
      before.others.flatMap { before in after.others.map { before - $0 } },
      "what the other classes lose: other_accuracy_before - other_accuracy; null: no sample")
  }

  enum CodingKeys: String, CodingKey {
    case classes, filters, accuracy
    case accuracyPerClass = "accuracy_per_class"
    case accuracyRandom = "accuracy_random"
    case gatedAccuracy = "gated_accuracy"
    case gatedAccuracyPerClass = "gated_accuracy_per_class"
    case ownBefore = "own_accuracy_before"
    case own = "own_accuracy"
    case ownRandom = "own_accuracy_random"
    case othersBefore = "other_accuracy_before"
    case others = "other_accuracy"
    case othersRandom = "other_accuracy_random"
    case othersLoss = "other_accuracy_loss"
  }
}
