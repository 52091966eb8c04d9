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

/// What a network says of a split: the feature vectors of the STD path, and what each reading of them
/// predicts.
public struct SplitPredictions: Sendable {
  /// Features [N][K] with labels.
  public let table: FeatureTable
  /// The predicted class of each sample, reading by reading [N].
  public let predictions: [[Int32]]

  /// Passes every sample through the network once, over all ranks; collective.
  /// - Throws: `CSGError` where a sample cannot be read, or a feature is not finite.
  public init(_ evaluation: Evaluation, readings: [Reading]) throws {
    let network = evaluation.network
    let (filters, classes) = (network.filters, network.classes)
    let rows = readings.map { $0.rows(network.gate) }
    var features: [Float] = []
    var labels: [Int32] = []
    var predictions = readings.map { _ in [Int32]() }
    try evaluation.forEachPart { _, theirs in
      for n in theirs.indices { features += network.features(n).array }
      labels += theirs
      for (reading, rows) in rows.enumerated() {
        predictions[reading] += network.predictedClasses(count: theirs.count) { n in
          rows.isEmpty ? nil : rows[rows.count == 1 ? 0 : Int(theirs[n])]
        }
      }
    }
    table = try FeatureTable(
      values: evaluation.gather(features, width: filters), filters: filters,
      labels: evaluation.gather(labels), classes: classes)
    self.predictions = try predictions.map { try evaluation.gather($0) }
  }
}
