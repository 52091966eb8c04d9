import Core
import Inference

/// How a value went over the epochs of runs that differ in their seed alone.
package struct EpochCurves: Sendable {
  /// A value after so many epochs.
  package typealias Point = (epochs: Int, value: Double)
  /// Each run's, in order of the seeds.
  package let runs: [[Point]]
  /// Their mean, where every run has a value: it ends with the shortest record.
  package let mean: [Point]

  /// What `value` says of each epoch.
  init(_ records: [RunRecords], value: (EpochRecord) -> Double?) {
    self.init(
      records.map { record in
        record.epochs.compactMap { epoch in
          value(epoch).map { (epochs: epoch.epoch + 1, value: $0) }
        }
      })
  }

  package init(_ runs: [[Point]]) {
    self.runs = runs
    var values: [Int: [Double]] = [:]
    for point in runs.joined() { values[point.epochs, default: []].append(point.value) }
    mean = values.filter { $0.value.count == runs.count }.sorted { $0.key < $1.key }.map {
      (epochs: $0.key, value: $0.value.reduce(0, +) / Double($0.value.count))
    }
  }
}

extension RecipeGroup {
  /// Records of its runs, as far as there are any.
  package var records: [RunRecords] { runs.compactMap(\.records).filter { !$0.epochs.isEmpty } }

  /// Accuracy on the test split, of the STD path.
  package var testAccuracy: EpochCurves { EpochCurves(records) { $0.testAccuracy } }

  /// Cross-entropy on the training batches of epochs on the STD path; the CSG path, which is told the
  /// label, is another task.
  package var trainingLoss: EpochCurves {
    EpochCurves(records) { $0.path == .gated ? nil : $0.trainLoss }
  }

  /// L1-density of G.
  package var density: EpochCurves { EpochCurves(records) { $0.density } }
}
