import Communicator
import Core
import Datasets
import Kernels
import Network
import Storage

/// A checkpoint to ask something about: its network, and the configuration that it was trained by.
package struct CheckpointedRun {
  /// Where the checkpoint lies.
  package let file: String
  /// What is in it.
  package let checkpoint: Checkpoint
  /// What it was trained by, with the keys that were changed since.
  package let configuration: ResolvedConfiguration

  /// Reads a checkpoint; `path` may also be a run directory, whose latest is taken.
  package init(_ path: String, sets: [String]) throws {
    (file, checkpoint) = try RunDirectory.read(at: path)
    if let text = checkpoint.configuration {
      configuration = try ResolvedConfiguration(text: text, origin: path, sets: sets)
    } else {
      let model = [
        "model.architecture=\(checkpoint.architecture)", "model.classes=\(checkpoint.classes)",
        "model.channels=\(checkpoint.channels)",
      ]
      configuration = try ResolvedConfiguration(sets: model + sets)
    }
    let model = configuration.values.model
    let name = try Architecture(model).name
    guard name == checkpoint.architecture, model.classes == checkpoint.classes,
      model.channels == checkpoint.channels
    else {
      throw CSGError.configuration(
        "model",
        "\(name), \(model.classes) classes, \(model.channels) channels are not the "
          + "checkpoint's: \(checkpoint.architecture), \(checkpoint.classes), "
          + "\(checkpoint.channels)",
        remedy: "leave model.* as it is")
    }
  }

  /// Checkpoints and the split that they are asked about, the same on every rank; collective.
  /// `warn` is told of what may be wrong with them.
  /// - Throws: `CSGError` 78 where a checkpoint's classes are not the split's, unless `matchesClasses` is
  ///   false, or ranks differ.
  package static func open(
    _ paths: [String], sets: [String], data: String, options: [Agreement] = [],
    matchesClasses: Bool = true, communicator: Communicator, warn: (String) -> Void
  ) throws -> (runs: [CheckpointedRun], dataset: Dataset) {
    let level = try CPULevel.select()
    try communicator.agree(
      on: options + [Agreement("--set", sets.joined(separator: " ")), .arithmetic(level)])
    var opened: (runs: [CheckpointedRun], dataset: Dataset)?
    try communicator.together {
      let runs = try paths.map { try CheckpointedRun($0, sets: sets) }
      let dataset = try Dataset(folder: split(data))
      opened = (runs, dataset)
      if let caution = dataset.caution { warn(caution) }
      for (path, run) in zip(paths, runs) {
        guard let names = run.checkpoint.classNames else {
          warn(
            "\(path) holds no class names: its classes are taken for those of \(data), in order")
          continue
        }
        guard matchesClasses else { continue }
        try dataset.requireFit(
          classes: run.checkpoint.classes, channels: run.checkpoint.channels)
        try dataset.requireClasses(names, of: path)
      }
    }
    guard let opened else { preconditionFailure("together has returned") }
    try communicator.agree(
      on: zip(["the checkpoint", "the baseline"], opened.runs).map { $1.checkpoint.agreement($0) }
        + opened.dataset.agreements(key: "--data"))
    return opened
  }

  /// The split that `--data` means: itself, or one of the data set.
  package static func split(_ path: String, or split: String = "test") throws -> String {
    try FileSystem.exists("\(path)/manifest.json") ? path : "\(path)/\(split)"
  }

  /// The network with the checkpoint's state, for images of height × width.
  private func network(
    height: Int, width: Int, capacity: Int, reachesImage: Bool, compute: Network.Compute
  ) throws -> Network {
    let architecture = try Architecture(checkpoint.architecture)
    try architecture.requireRoom(height: height, width: width)
    let network = try Network(
      architecture: architecture,
      channels: checkpoint.channels, classes: checkpoint.classes, height: height, width: width,
      capacity: capacity, initialGate: configuration.values.gate.initial,
      reachesImage: reachesImage, compute: compute)
    try network.load(checkpoint, origin: file)
    return network
  }

  /// Passes of the checkpoint's network over a split, `capacity` images at a time, over all ranks; with `reachesImage` its gradients go
  /// down to the image. Collective.
  /// - Throws: `CSGError` 78 where it does not fit the split; where `matchesClasses` is false, its classes
  ///   need not.
  package func passes(
    over dataset: Dataset, capacity: Int = SplitPasses.blockSize, reachesImage: Bool = false,
    matchesClasses: Bool = true, communicator: Communicator
  ) throws -> SplitPasses {
    try dataset.requireFit(
      classes: matchesClasses ? checkpoint.classes : dataset.manifest.classes.count,
      channels: checkpoint.channels)
    let keys = configuration.values.data
    let transform = try ImageTransform(keys, manifest: dataset.manifest, trainingSeed: nil)
    let network = try network(
      height: transform.height, width: transform.width, capacity: capacity,
      reachesImage: reachesImage,
      compute: configuration.values.compute.resolved(
        level: CPULevel.select(), communicator: communicator))
    return try SplitPasses(
      network: network, dataset: dataset, transform: transform,
      normalizer: ImageNormalizer(keys, manifest: dataset.manifest),
      communicator: communicator)
  }
}
