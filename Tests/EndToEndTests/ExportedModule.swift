import Core
import Foundation
import Inference
import Kernels
import Network
import Storage
import TestSupport

/// A network of random weights, exported for PyTorch, and what it says of random images itself.
struct ExportedModule {
  let standard: [[Float]], gated: [[Float]], features: [[Float]]

  /// Writes `load.py`, `weights.safetensors` and the images into `folder`.
  init(
    _ architecture: String, channels: Int, classes: Int, side: Int, count: Int, folder: String
  ) throws {
    let network = try Network(
      architecture: Architecture(architecture), channels: channels, classes: classes, height: side,
      width: side, capacity: count, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    var random = RandomValues(seed: 6)
    Self.fill(network, &random)
    let preprocessing = Preprocessing(
      stored: .init(jpeg: false, size: side), height: side, width: side, resize: nil,
      mean: Array([0.45, 0.5, 0.55].prefix(channels)),
      std: Array([0.25, 0.2, 0.3].prefix(channels)))
    var checkpoint = network.checkpoint(hasGate: true)
    checkpoint.classNames = (0..<classes).map { "κ \($0)" }
    try PyTorchFolder(path: folder).write(
      checkpoint, preprocessing: preprocessing, as: .float32, hasGate: true)

    let bytes = (0..<count * side * side * channels).map { _ in UInt8(random.below(256)) }
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/images.bin"))
    try "[\(count), \(side), \(side), \(channels)]".write(
      toFile: "\(folder)/images.json", atomically: false, encoding: .utf8)
    let normalizer = ImageNormalizer(mean: preprocessing.mean, std: preprocessing.std)
    normalizer.fill(
      network.images,
      from: .init(
        epoch: 0, step: 0, replicas: [0..<count], pixels: bytes,
        labels: Array(repeating: 0, count: count)), 0..<count, team: network.team)
    network.forward(count: count)
    features = (0..<count).map { network.features($0).array }
    standard = network.logits(count: count)
    _ = network.predictedClasses(count: count) { network.gate.row($0 % classes) }
    gated = (0..<count).map { network.logits($0).array }
  }

  /// Gives every tensor random values, away from where it starts, so that nothing can stand for another:
  /// weights after He, repeated from a table of a prime length; the last norm of a block is small, so that what
  /// many blocks add up stays of one size.
  private static func fill(_ network: Network, _ random: inout RandomValues) {
    let table = random.floats(16_381)
    let names = Set(network.parameterLayout.tensors.map(\.name))
    for tensor in network.parameterLayout.tensors {
      let scale = Float((6 / Double(tensor.shape.dropFirst().reduce(1, *))).squareRoot())
      if tensor.shape.count > 1 {
        tensor.write((0..<tensor.count).map { scale * table[$0 % table.count] }, to: network.theta)
        continue
      }
      let parts = tensor.name.split(separator: ".")
      let block = parts.dropLast(2).joined(separator: ".")
      let number = Int(parts[parts.count - 2].dropFirst(2)) ?? 0
      let isLast = parts.count > 2 && !names.contains("\(block).bn\(number + 1).weight")
      let centre: Float = tensor.name.hasSuffix("bias") ? 0 : isLast ? 0.25 : 1
      tensor.write(random.floats(tensor.count).map { centre + 0.2 * $0 }, to: network.theta)
    }
    for tensor in network.statisticsLayout.tensors {
      let isMean = tensor.name.hasSuffix("running_mean")
      tensor.write(
        (0..<tensor.count).map { _ in Float((isMean ? 0 : 1) + 0.3 * random.unit()) },
        to: network.statistics)
    }
    network.gate.matrix.copy(
      from: (0..<network.gate.matrix.count).map { _ in Float(0.5 + 0.5 * random.unit()) })
  }
}
