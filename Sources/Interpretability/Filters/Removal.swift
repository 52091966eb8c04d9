/// The filters of some classes taken away, and what is left without them: the paper's Fig. 5.
package struct Removal: Sendable {
  /// The classes, ascending.
  package let classes: [Int]
  /// The filters that are theirs, ascending, and by which rule.
  package let filters: [Int], rule: ClassFilters
  /// Confusion on both paths without them; the CSG path's is nil without a gate.
  package let standard: Confusion, gated: Confusion?
  /// The STD path's accuracies with all filters in place, without these, and the mean without as many
  /// random ones.
  package let before: AccuracyParts, after: AccuracyParts, control: AccuracyParts
  /// What is left on the STD path without as many random filters, a draw each; empty where no filter is
  /// theirs.
  package let draws: [TallyParts]
}
