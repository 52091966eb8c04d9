import Core
import Foundation

/// A named tensor in row-major order.
package struct NamedTensor: Sendable, Equatable {
  /// Name as in torchvision's state dict.
  package let name: String
  /// Elements along each axis.
  package let shape: [Int]
  /// Elements.
  package let values: [Float]

  /// A tensor whose values fill its shape.
  package init(name: String, shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "\(name): values do not fill \(shape)")
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// The state of a run between two steps, as it lies on disk.
package struct Checkpoint: Sendable {
  /// Name of the network, and what its shapes follow from.
  package var architecture: String, classes: Int, channels: Int
  /// Steps taken over the whole run; the epoch that is next, and the steps of it that are taken.
  package var step = 0, epoch = 0, stepInEpoch = 0
  /// The resolved configuration (YAML); nil for imported weights.
  package var configuration: String?
  /// Fingerprints of the data, one line a split; nil for imported weights.
  package var dataFingerprint: String?
  /// Names of the classes in label order; nil for imported weights, and where an older version wrote.
  package var classNames: [String]?
  /// What evaluation does to a picture; nil for weights that come without, and where an older version wrote.
  package var preprocessing: Preprocessing?
  /// Version, ranks, libraries: one `name: value` a line.
  package var provenance = ""
  /// θ and running statistics.
  package var parameters: [NamedTensor], buffers: [NamedTensor]
  /// G [C, K]; nil where there is none.
  package var gate: NamedTensor?
  /// What each optimiser state remembers, by `STATE` or `STATE/GROUP`.
  package var optimizer: [String: [NamedTensor]] = [:]
  /// Named columns of records, one value an epoch, and sums of the epoch under way.
  package var history: [String: [Double]] = [:]
  /// The names in another program's file that tensors came from, where they were others; not written.
  package var namesThere: [String: String] = [:]

  /// A checkpoint of nothing but a network.
  package init(
    architecture: String, classes: Int, channels: Int, parameters: [NamedTensor],
    buffers: [NamedTensor], gate: NamedTensor?
  ) {
    self.architecture = architecture
    self.classes = classes
    self.channels = channels
    self.parameters = parameters
    self.buffers = buffers
    self.gate = gate
  }

  /// Every tensor under its name in the file.
  private var tensors: [(name: String, tensor: NamedTensor)] {
    parameters.map { ("parameters/\($0.name)", $0) } + buffers.map { ("buffers/\($0.name)", $0) }
      + (gate.map { [("gate", $0)] } ?? [])
      + optimizer.sorted(by: { $0.key < $1.key }).flatMap { state, tensors in
        tensors.map { ("optimizer/\(state)/\($0.name)", $0) }
      }
  }

  /// The XXH3-128 of θ, buffers, G and optimiser state in name order: equal for equal results.
  package var stateDigest: Digest {
    let builder = DigestBuilder()
    for (name, tensor) in tensors.sorted(by: { $0.name < $1.name }) {
      builder.update(name)
      builder.update(tensor.values)
    }
    return builder.digest()
  }

  // MARK: File

  private static let format = "csg-dist checkpoint"
  private static let version = 1

  /// Writes the checkpoint to `path`, atomically: what is read back before it gets its name has the
  /// digest of the values in memory.
  package func write(to path: String) throws {
    let content = try content
    let digest = content.digest
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File(creating: temporary, named: path)
      try content.write(to: file, digest: digest)
      try file.close()
      guard
        try CheckpointContent.digest(of: HDF5File(reading: temporary, named: path)) == digest
      else { throw CSGError.notAsMeant(path, "the checkpoint") }
    }
  }

  /// The XXH3-128 of all that the file holds: equal for checkpoints of one run and step.
  package var contentDigest: Digest { get throws { try content.digest } }

  /// What the file holds.
  private var content: CheckpointContent {
    get throws {
      var content = CheckpointContent()
      content.datasets =
        tensors.map {
          .init(name: $0.name, shape: $0.tensor.shape, values: .floats($0.tensor.values))
        }
        + history.sorted(by: { $0.key < $1.key }).map {
          .init(name: "history/\($0.key)", shape: [$0.value.count], values: .doubles($0.value))
        }
      content.attributes = [
        "format": .text(Self.format), "version": .number(Self.version),
        "architecture": .text(architecture), "classes": .number(classes),
        "channels": .number(channels), "step": .number(step), "epoch": .number(epoch),
        "step_in_epoch": .number(stepInEpoch), "provenance": .text(provenance),
      ]
      if let configuration { content.attributes["configuration"] = .text(configuration) }
      if let dataFingerprint { content.attributes["data_fingerprint"] = .text(dataFingerprint) }
      if let classNames {
        for (name, text) in try ClassNames.attributes(of: classNames) {
          content.attributes[name] = .text(text)
        }
      }
      if let preprocessing {
        content.attributes["preprocessing"] = .text(try preprocessing.text)
      }
      return content
    }
  }

  /// Reads and verifies a checkpoint.
  /// - Throws: `CSGError` 66 where it is missing, 65 where it is foreign, newer or damaged, 74 where
  ///   the system cannot read it.
  package init(reading path: String) throws {
    let file = try HDF5File(reading: path)
    guard try file.text("format") == Self.format else {
      throw CSGError.data(path, "is an HDF5 file, but no csg-dist checkpoint (or damaged)")
    }
    guard try file.number("version") != nil else {
      throw CSGError.data(path, "lacks the attribute version")
    }
    try file.requireVersion(upTo: Self.version)
    let content = try CheckpointContent(of: file)
    guard try file.text("digest") == content.digest.description else {
      throw CSGError.data(
        path, "is damaged: its content does not match its digest",
        remedy: "use an older checkpoint")
    }
    func text(_ name: String) -> String? {
      if case .text(let text) = content.attributes[name] { text } else { nil }
    }
    func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
      guard case .number(let value) = content.attributes[name] else {
        throw CSGError.data(path, "lacks the attribute \(name)")
      }
      guard range.contains(value) else {
        throw CSGError.data(
          path, "\(name) is \(value), not from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    guard let architecture = text("architecture") else {
      throw CSGError.data(path, "lacks the attribute architecture")
    }
    // The ranges of the configuration's keys: nothing that is computed from them leaves 64 bits.
    self.init(
      architecture: architecture, classes: try number("classes", 2...100_000),
      channels: try number("channels", 1...3), parameters: [], buffers: [], gate: nil)
    step = try number("step", 0...1 << 62)
    epoch = try number("epoch", 0...1 << 31)
    stepInEpoch = try number("step_in_epoch", 0...1 << 31)
    configuration = text("configuration")
    dataFingerprint = text("data_fingerprint")
    provenance = text("provenance") ?? ""
    classNames = try ClassNames.read(path, text)
    if let classNames, classNames.count != classes {
      throw CSGError.data(path, "names \(classNames.count) classes, not \(classes)")
    }
    preprocessing = try text("preprocessing").map {
      try Preprocessing(text: $0, channels: channels, origin: path)
    }
    for dataset in content.datasets { try take(dataset, path) }
  }

  private mutating func take(_ dataset: CheckpointContent.Dataset, _ path: String) throws {
    let parts = dataset.name.split(separator: "/")
    switch (parts[0], parts.count, dataset.values) {
    case ("parameters", 2, .floats): parameters.append(dataset.tensor(parts[1]))
    case ("buffers", 2, .floats): buffers.append(dataset.tensor(parts[1]))
    case ("gate", 1, .floats): gate = dataset.tensor(parts[0])
    case ("optimizer", 3, .floats):
      optimizer[String(parts[1]), default: []].append(dataset.tensor(parts[2]))
    case ("optimizer", 4, .floats):
      optimizer["\(parts[1])/\(parts[2])", default: []].append(dataset.tensor(parts[3]))
    case ("history", 2, .doubles(let values)): history[String(parts[1])] = values
    default: throw CSGError.data(path, "holds an unknown data set '\(dataset.name)'")
    }
  }
}
