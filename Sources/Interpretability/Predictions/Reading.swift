import Core
import Network

/// How the classifier reads the last activations: on a path, by some of the filters.
package struct Reading: Sendable {
  /// The STD path, or the CSG path.
  package let path: Path
  /// Which filters are read.
  package let filters: Filters

  /// Filters by what is left out; the activations of others are taken for 0.
  package enum Filters: Sendable {
    /// All but these.
    case without([Int])
    /// Of [C] lists only that of the class that the STD path predicts.
    case onlyPredicted([[Int]])
    /// All but that of the class that the STD path predicts.
    case withoutPredicted([[Int]])
  }

  /// A reading by some filters.
  package init(_ path: Path, _ filters: Filters = .without([])) {
    precondition(path != .joint, "a reading takes one path")
    self.path = path
    self.filters = filters
  }

  /// Whether activations are read as they are.
  package var isPlain: Bool {
    guard path == .standard, case .without(let removed) = filters else { return false }
    return removed.isEmpty
  }

  /// Whether it depends on what the STD path predicts.
  package var needsPrediction: Bool {
    if case .without = filters { return false }
    return true
  }

  /// Overwrites `row` [K] by the factors of a sample's activations.
  package func fill(_ row: FloatSlice, gate: Gate, label: Int, prediction: Int) {
    if path == .gated { row.copy(from: gate.row(label)) } else { row.fill(1) }
    switch filters {
    case .without(let removed):
      for k in removed { row[k] = 0 }
    case .withoutPredicted(let lists):
      for k in lists[prediction] { row[k] = 0 }
    case .onlyPredicted(let lists):
      let kept = lists[prediction].map { ($0, row[$0]) }
      row.fill(0)
      for (k, factor) in kept { row[k] = factor }
    }
  }
}
