import Core
import Network

/// The filters of some classes taken away, and what is left without them: the paper's Fig. 5.
public struct Removal: Sendable {
  /// The classes, ascending.
  public let classes: [Int]
  /// The filters that are theirs, ascending, and by which rule.
  public let filters: [Int], rule: Rule
  /// Confusion on both paths without them; the CSG path's is nil without a gate.
  public let standard: Confusion, gated: Confusion?

  /// Which filters are a class's.
  public enum Rule: Sendable {
    /// Those with an entry above 0.5 in its row of G.
    case gate
    /// The tenth with the largest mean activation for it, in a network without a gate.
    case activation

    /// The rule in words.
    var definition: String {
      switch self {
      case .gate:
        "filters whose gate entry for one of the classes is > 0.5 (none: nothing was removed)"
      case .activation:
        "the 10 % of filters (rounded, at least one) with the largest mean activation for each of "
          + "the classes"
      }
    }
  }

  /// What is left of `predictions`: [N] on the STD path, and by G on the CSG path.
  init(
    _ classes: [Int], filters: [Int], rule: Rule, _ table: FeatureTable, _ predictions: [[Int32]]
  ) {
    self.classes = classes
    self.filters = filters
    self.rule = rule
    let confusions = predictions.map {
      Confusion(labels: table.labels, predictions: $0, classes: table.classes)
    }
    standard = confusions[0]
    gated = rule == .gate ? confusions[1] : nil
  }

  /// The filters of `classes` by G, ascending.
  package static func filters(of classes: [Int], gate: Gate) -> [Int] {
    (0..<gate.filters).filter { k in classes.contains { gate.row($0)[k] > 0.5 } }
  }

  /// The filters of `classes` by their mean features [C][K], ascending.
  /// - Throws: `CSGError` 65 for a class without samples.
  package static func filters(of classes: [Int], means: [[Double]?]) throws -> [Int] {
    var filters: Set<Int> = []
    for c in classes {
      guard let mean = means[c] else {
        throw CSGError(
          .data, "class \(c) has no sample: its filters cannot be told without a gate",
          remedy: "leave it out of --remove-classes")
      }
      filters.formUnion(strongest(max(1, (mean.count + 5) / 10), of: mean))
    }
    return filters.sorted()
  }
}
