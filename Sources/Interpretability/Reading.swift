import Core
import Network
import Training

/// How the classifier reads the last activations: on a path, with some filters removed.
public struct Reading: Sendable {
  /// The STD path, or the CSG path.
  public let path: Path
  /// Filters whose activations are taken for 0.
  public let removed: [Int]

  /// A reading of all filters but `removed`.
  public init(_ path: Path, removed: [Int] = []) {
    precondition(path != .joint, "a reading takes one path")
    self.path = path
    self.removed = removed
  }

  /// The factors of the K activations of a sample by its label: [C], or one for all labels; empty
  /// where nothing is changed.
  package func rows(_ gate: Gate) -> [FloatSlice] {
    if path == .standard && removed.isEmpty { return [] }
    return (path == .gated ? Array(0..<gate.classes) : [0]).map { label in
      let row = FloatBuffer(gate.filters).all
      if path == .gated { row.copy(from: gate.row(label)) } else { row.fill(1) }
      for k in removed { row[k] = 0 }
      return row
    }
  }
}
