import Communicator
import Core
import Datasets
import Inference

/// The two splits of a data set, and what is drawn of them.
package struct DetectionData {
  /// Checkpoints, the network's first.
  package let runs: [CheckpointedRun]
  /// A split and its draws, one a repeat.
  package struct Part {
    package let dataset: Dataset
    let draws: [DetectionDraw]
    /// All samples of the draws, by number.
    package let samples: [Int]
  }
  package let train: Part, test: Part

  /// The part of a side.
  func part(_ side: DetectionDraw.Side) -> Part { side == .train ? train : test }

  /// Opens checkpoints and the splits below `data`, the same on every rank, and draws; collective.
  /// - Throws: `CSGError` 78 where a class has fewer samples than are drawn, where classes differ, where
  ///   `data` is one split alone, or where ranks differ.
  package init(
    _ paths: [String], sets: [String], data: String, options: [Agreement], plan: DetectionPlan,
    communicator: Communicator, warn: (String) -> Void
  ) throws {
    try communicator.together {
      guard try !FileSystem.exists("\(data)/manifest.json") else {
        throw CSGError.configuration(
          "--data", "\(data) is one split; detectors learn from train/ and are tested on test/",
          remedy: "name the folder that holds both")
      }
    }
    let (runs, test) = try CheckpointedRun.open(
      paths, sets: sets, data: data, options: options, communicator: communicator, warn: warn)
    var opened: Dataset?
    try communicator.together {
      let train = try Dataset(folder: CheckpointedRun.split(data, or: "train"))
      if let caution = train.caution { warn(caution) }
      try train.requireFit(
        classes: test.manifest.classes.count, channels: test.manifest.channels)
      try train.requireClasses(test.manifest.classes, of: test.folder)
      opened = train
    }
    guard let train = opened else { preconditionFailure("together has returned") }
    try communicator.agree(on: train.agreements(key: "--data's train/"))
    self.runs = runs
    func part(_ side: DetectionDraw.Side, _ dataset: Dataset) throws -> Part {
      try plan.require(side, of: dataset)
      let labels = (0..<dataset.count).map { dataset.label($0) }
      let draws = plan.draws(side, labels: labels, classes: dataset.manifest.classes.count)
      return Part(dataset: dataset, draws: draws, samples: plan.union(side, of: draws))
    }
    self.train = try part(.train, train)
    self.test = try part(.test, test)
  }
}
