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
  /// Whether `data.resize` was changed since, perhaps to null.
  private let saysResize: Bool

  /// Reads a checkpoint; `path` may also be a run directory, whose latest is taken.
  package init(_ path: String, sets: [String]) throws {
    (file, checkpoint) = try RunDirectory.read(at: path)
    saysResize = sets.contains { $0.hasPrefix("data.resize=") }
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
        if let caution = run.caution(of: dataset, path) { warn(caution) }
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

  /// What is to be known of a split whose images the network does not see as it saw those that it was trained on, where
  /// no key says how it is to.
  private func caution(of dataset: Dataset, _ path: String) -> String? {
    let (keys, manifest) = (configuration.values.data, dataset.manifest)
    guard let own = checkpoint.preprocessing else {
      let isOfTraining = checkpoint.dataFingerprint?.contains(manifest.fingerprint) ?? false
      guard !isOfTraining, keys.mean == .auto || keys.std == .auto else { return nil }
      return
        "\(path) does not say how its images were normalised: those of \(dataset.folder) are by their own mean and std; "
        + "--set data.mean=[…] and --set data.std=[…] say otherwise"
    }
    guard keys.imageSize == nil, !manifest.holdsFiles,
      (own.height, own.width) != (manifest.height, manifest.width)
    else { return nil }
    let remedy =
      own.height == own.width ? "; --set data.image_size=\(own.height) gives them that size" : ""
    return
      "\(dataset.folder) has images of \(manifest.height) x \(manifest.width) pixels, and \(path) was "
      + "trained on \(own.height) x \(own.width): they are read as they are\(remedy)"
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
    var keys = configuration.values.data
    if let own = checkpoint.preprocessing, !saysResize {
      keys = keys.framed(as: own, dataset.manifest)
    }
    let transform = try ImageTransform(keys, manifest: dataset.manifest, trainingSeed: nil)
    let network = try network(
      height: transform.height, width: transform.width, capacity: capacity,
      reachesImage: reachesImage,
      compute: configuration.values.compute.resolved(
        level: CPULevel.select(), communicator: communicator))
    return try SplitPasses(
      network: network, dataset: dataset, transform: transform,
      normalizer: normalizer(of: dataset.manifest), communicator: communicator)
  }

  /// As the network was trained, also where `data.mean` is `auto` and the split is of other data than its
  /// training's; only a checkpoint that does not say how has the split's own numbers.
  private func normalizer(of manifest: Manifest) throws -> ImageNormalizer {
    let keys = configuration.values.data
    guard let own = try checkpoint.preprocessing?.changed(by: keys) else {
      return try ImageNormalizer(keys, manifest: manifest)
    }
    return ImageNormalizer(mean: own.mean, std: own.std)
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
