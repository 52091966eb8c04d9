/// How well the classifier does by the filters of the class that the STD path predicts alone (ACC2),
/// and by all others (ACC3). No label is told.
///
/// Source: Guo et al., "PICNN: A Pathway towards Interpretable Convolutional Neural Networks", AAAI
/// 2024. Its code draws the class, and each filter, by their probabilities, and for ACC3 takes the true
/// class; here both follow the prediction and the rule that removals follow.
package struct PredictedClassFilters: Sendable {
  /// The filters of each class [C], ascending, and by which rule.
  package let filters: [[Int]], rule: ClassFilters
  /// What is predicted by those of the predicted class alone [N], and without them.
  package let own: [Int32], others: [Int32]
  /// ACC2 and ACC3.
  package let ownAccuracy: Double, othersAccuracy: Double
  /// The same where each class has as many random filters: the means over draws.
  package let ownControl: Double, othersControl: Double
}
