import Core
import Foundation

/// A named tensor in row-major order.
public struct NamedTensor: Sendable, Equatable {
  /// Name as in torchvision's state dict.
  public let name: String
  /// Elements along each axis.
  public let shape: [Int]
  /// Elements.
  public let values: [Float]

  /// A tensor whose values fill its shape.
  public init(name: String, shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "\(name): values do not fill \(shape)")
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// The state of a run between two steps, as it lies on disk.
public struct Checkpoint: Sendable {
  /// Name of the network, and what its shapes follow from.
  public var architecture: String, classes: Int, channels: Int
  /// Steps taken over the whole run; the epoch that is next, and the steps of it that are taken.
  public var step = 0, epoch = 0, stepInEpoch = 0
  /// The resolved configuration (YAML); nil for imported weights.
  public var configuration: String?
  /// Fingerprints of the data, one line a split; nil for imported weights.
  public var dataFingerprint: String?
  /// Version, ranks, libraries: one `name: value` a line. Never read back.
  public var provenance = ""
  /// θ and running statistics.
  public var parameters: [NamedTensor], buffers: [NamedTensor]
  /// G [C, K]; nil where there is none.
  public var gate: NamedTensor?
  /// What each optimiser state remembers, by `STATE` or `STATE/GROUP`.
  public var optimizer: [String: [NamedTensor]] = [:]
  /// Named columns of records, one value an epoch, and sums of the epoch under way.
  public var history: [String: [Double]] = [:]

  /// A checkpoint of nothing but a network.
  public init(
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
  public var stateDigest: Digest {
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

  /// Writes the checkpoint to `path`, atomically, and reads it back to verify it.
  public func write(to path: String) throws {
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File(creating: temporary)
      for (name, tensor) in tensors { try file.write(tensor.values, shape: tensor.shape, to: name) }
      for (name, values) in history.sorted(by: { $0.key < $1.key }) {
        try file.write(values, shape: [values.count], to: "history/\(name)")
      }
      try file.setAttribute("format", Self.format)
      try file.setAttribute("version", Self.version)
      try file.setAttribute("architecture", architecture)
      try file.setAttribute("classes", classes)
      try file.setAttribute("channels", channels)
      try file.setAttribute("step", step)
      try file.setAttribute("epoch", epoch)
      try file.setAttribute("step_in_epoch", stepInEpoch)
      try file.setAttribute("provenance", provenance)
      if let configuration { try file.setAttribute("configuration", configuration) }
      if let dataFingerprint { try file.setAttribute("data_fingerprint", dataFingerprint) }
      try file.setAttribute("digest", Self.contentDigest(of: file).description)
      try file.close()
    }
    _ = try Checkpoint(reading: path)
  }

  /// The digest of every data set and attribute but the digest itself, in name order.
  private static func contentDigest(of file: HDF5File) throws -> Digest {
    let builder = DigestBuilder()
    for name in try file.datasetNames() {
      let dataset = try file.dataset(name)
      builder.update(name)
      builder.update(dataset.shape.map(Int64.init))
      if try dataset.holds(Double.self) {
        builder.update(try dataset.readAll(Double.self))
      } else {
        builder.update(try dataset.readAll(Float.self))
      }
    }
    for name in try file.attributeNames() where name != "digest" {
      builder.update(name)
      if let text = try file.text(name) {
        builder.update(text)
      } else if let number = try file.number(name) {
        builder.update([Int64(number)])
      } else {
        throw CSGError.data(file.path, "attribute \(name) is neither text nor a whole number")
      }
    }
    return builder.digest()
  }

  /// Reads and verifies a checkpoint.
  /// - Throws: `CSGError` 66 where it is missing, 65 where it is foreign, newer or damaged.
  public init(reading path: String) throws {
    let file = try HDF5File(reading: path)
    guard try file.text("format") == Self.format else {
      throw CSGError.data(path, "is an HDF5 file, but no csg-dist checkpoint (or damaged)")
    }
    guard let version = try file.number("version") else {
      throw CSGError.data(path, "lacks the attribute version")
    }
    guard version <= Self.version else {
      throw CSGError(
        .failure, "\(path): comes from a newer csg-dist", remedy: "read it with that version")
    }
    guard try file.text("digest") == Self.contentDigest(of: file).description else {
      throw CSGError.data(
        path, "is damaged: its content does not match its digest",
        remedy: "use an older checkpoint")
    }
    func number(_ name: String) throws -> Int {
      guard let value = try file.number(name), value >= 0 else {
        throw CSGError.data(path, "lacks the attribute \(name)")
      }
      return value
    }
    func tensor(_ dataset: String, _ name: Substring) throws -> NamedTensor {
      let source = try file.dataset(dataset)
      return NamedTensor(
        name: String(name), shape: source.shape, values: try source.readAll(Float.self))
    }

    guard let architecture = try file.text("architecture") else {
      throw CSGError.data(path, "lacks the attribute architecture")
    }
    self.init(
      architecture: architecture, classes: try number("classes"),
      channels: try number("channels"), parameters: [], buffers: [], gate: nil)
    step = try number("step")
    epoch = try number("epoch")
    stepInEpoch = try number("step_in_epoch")
    configuration = try file.text("configuration")
    dataFingerprint = try file.text("data_fingerprint")
    provenance = try file.text("provenance") ?? ""
    for dataset in try file.datasetNames() {
      let parts = dataset.split(separator: "/")
      switch (parts[0], parts.count) {
      case ("parameters", 2): parameters.append(try tensor(dataset, parts[1]))
      case ("buffers", 2): buffers.append(try tensor(dataset, parts[1]))
      case ("gate", 1): gate = try tensor(dataset, parts[0])
      case ("optimizer", 3):
        optimizer[String(parts[1]), default: []].append(try tensor(dataset, parts[2]))
      case ("optimizer", 4):
        optimizer["\(parts[1])/\(parts[2])", default: []].append(try tensor(dataset, parts[3]))
      case ("history", 2):
        history[String(parts[1])] = try file.dataset(dataset).readAll(Double.self)
      default: throw CSGError.data(path, "holds an unknown data set '\(dataset)'")
      }
    }
  }
}
