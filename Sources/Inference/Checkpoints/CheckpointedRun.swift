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
      let own = checkpoint.preprocessing?.sets ?? []
      configuration = try ResolvedConfiguration(sets: model + own.outside(sets) + sets)
    }
    let model = configuration.values.model
    let name = try Architecture(model).name
    guard name == checkpoint.architecture, model.classes == checkpoint.classes,
      model.channels == checkpoint.channels
    else {
      throw CSGError.configuration(
        "model",
        "\(name), \(NumberText.count(model.classes, "class", "classes")), \(NumberText.count(model.channels, "channel")) are not the "
          + "checkpoint's: \(checkpoint.architecture), \(checkpoint.classes), "
          + "\(checkpoint.channels)",
        remedy: "leave model.* as it is")
    }
  }

  /// What evaluation does to a picture that no data set has stored yet: what the checkpoint says, with the
  /// keys that were changed since. An older run's is found in the training data, where they are still
  /// there; weights from elsewhere need the keys.
  /// - Throws: `CSGError` 78 that names the keys that are missing.
  package func preprocessing() throws -> Preprocessing {
    let keys = configuration.values.data
    if let own = try checkpoint.preprocessing ?? ofTrainingData() {
      return try own.changed(by: keys)
    }
    guard let told = Preprocessing(keys) else {
      let side = try Architecture(checkpoint.architecture).imageSide
      throw CSGError.configuration(
        "data", "\(file) does not say what is done to a picture",
        remedy: "add --set data.mean=[…] --set data.std=[…] --set data.image_size=\(side)")
    }
    return try Preprocessing(
      stored: nil, height: told.height, width: told.width, resize: told.resize,
      mean: Array(repeating: 0, count: checkpoint.channels),
      std: Array(repeating: 1, count: checkpoint.channels)
    ).changed(by: keys)
  }

  /// That of a run of an older version, by the manifest of the very data that it was trained on.
  private func ofTrainingData() throws -> Preprocessing? {
    guard let fingerprint = checkpoint.dataFingerprint,
      let folder = configuration.values.data.train,
      let manifest = try? Manifest(folder: folder),
      fingerprint.split(separator: "\n").contains("train \(manifest.fingerprint)")
    else { return nil }
    return try Preprocessing(configuration.values.data, manifest: manifest)
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
          classes: run.checkpoint.classes, channels: run.checkpoint.channels, of: path)
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
  func network(
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
      channels: checkpoint.channels, of: file)
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

extension [String] {
  /// Those that say nothing of the image's size where `sets` do: resize and size belong together.
  fileprivate func outside(_ sets: [String]) -> [String] {
    let sizes = ["data.image_size=", "data.resize="]
    func saysSize(_ set: String) -> Bool { sizes.contains { set.hasPrefix($0) } }
    return sets.contains(where: saysSize) ? filter { !saysSize($0) } : self
  }
}
