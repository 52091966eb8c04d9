import Core
import Network

/// Which filters are a class's.
package enum ClassFilters: Sendable {
  /// Those with an entry above 0.5 in its row of G.
  case gate
  /// The tenth with the largest mean activation for it, in a network without a gate.
  case activation

  /// The rule in words, of what is removed for some classes.
  var definition: String {
    switch self {
    case .gate:
      "filters whose gate entry for one of the classes is > 0.5 (none: nothing was removed)"
    case .activation:
      "the 10 % of filters (rounded, at least one) with the largest mean activation for each of "
        + "the classes"
    }
  }

  /// The rule in words, of one class.
  var ofAClass: String {
    switch self {
    case .gate: "those whose gate entry for it is > 0.5"
    case .activation:
      "the 10 % (rounded, at least one) with the largest mean activation for it; none for a class "
        + "without samples"
    }
  }

  /// Those of each class [C] by G, ascending.
  package static func byGate(_ gate: Gate) -> [[Int]] {
    (0..<gate.classes).map { c in (0..<gate.filters).filter { gate.row(c)[$0] > 0.5 } }
  }

  /// Those of each class [C] by mean features [C][K], ascending; none for a class without samples.
  /// - Throws: `CSGError` 65 where such a class is one of `removals`.
  package static func byActivation(_ means: [[Double]?], removals: [[Int]]) throws -> [[Int]] {
    if let c = removals.joined().first(where: { means[$0] == nil }) {
      throw CSGError(
        .data, "class \(c) has no sample: its filters cannot be told without a gate",
        remedy: "leave it out of --remove-classes")
    }
    return means.map { mean in
      mean.map { strongest(max(1, ($0.count + 5) / 10), of: $0) } ?? []
    }
  }

  /// Those of several classes together, ascending.
  package static func union(_ lists: [[Int]], of classes: [Int]) -> [Int] {
    Set(classes.flatMap { lists[$0] }).sorted()
  }
}
