import Core
import Network
import Storage

/// Weights under torchvision's names, as they go to and come from safetensors.
package enum StateDict {
  /// The name of G, [C, K].
  static let gateName = "csg.gate"
  /// How the name of a running variance ends.
  static let varianceSuffix = ".running_var"

  /// The names under which weights are written.
  package enum Names: String, CaseIterable, Sendable {
    /// Torchvision's, which timm has too.
    case torchvision
    /// Of CIFAR's ResNets in the wild: `linear.*` for `fc.*`, `shortcut.*` for `downsample.*`.
    case linear
  }

  /// A checkpoint's tensors under such names, and, unless `hasGate` is false, G.
  package static func tensors(
    of checkpoint: Checkpoint, names: Names = .torchvision, hasGate: Bool = true
  ) -> [NamedTensor] {
    let gate = checkpoint.gate.map {
      [NamedTensor(name: gateName, shape: $0.shape, values: $0.values)]
    }
    let tensors = (checkpoint.parameters + checkpoint.buffers).map {
      names == .linear ? $0.named(WeightNames.linear($0.name)) : $0
    }
    return tensors + (hasGate ? gate ?? [] : [])
  }

  /// A checkpoint from a state dict found in the wild, whose names `WeightNames` translates; the method's
  /// authors' `lmask.mask` [K, C] is G transposed, `num_batches_tracked` is ignored. Whether names and
  /// shapes fit a network, and values a tensor, is seen when it is loaded.
  /// - Throws: `CSGError` 65 that names two tensors, as `origin` has them, that come to one name.
  package static func checkpoint(
    from tensors: [NamedTensor], origin: String, architecture: Architecture, classes: Int,
    channels: Int
  ) throws -> Checkpoint {
    var checkpoint = Checkpoint(
      architecture: architecture.name, classes: classes, channels: channels, parameters: [],
      buffers: [], gate: nil)
    var taken: [String: String] = [:]  // the name in `origin` by the one here
    let tensors = tensors.filter { !isIgnored($0.name) }
    for (tensor, name) in zip(tensors, WeightNames.torchvision(tensors.map(\.name))) {
      let isGate = name == gateName || name == WeightNames.authorsGate
      let name = isGate ? gateName : name
      if let other = taken.updateValue(tensor.name, forKey: name) {
        throw CSGError.data(
          origin, "'\(other)' and '\(tensor.name)' both stand for '\(name)'",
          remedy: "remove the one that is not meant")
      }
      if tensor.name != name { checkpoint.namesThere[name] = tensor.name }
      if isGate {
        let isTransposed = tensor.name.hasSuffix(WeightNames.authorsGate)
        checkpoint.gate = (isTransposed ? tensor.transposed : tensor).named("gate")
      } else if name.hasSuffix(".running_mean") || name.hasSuffix(varianceSuffix) {
        checkpoint.buffers.append(tensor.named(name))
      } else {
        checkpoint.parameters.append(tensor.named(name))
      }
    }
    return checkpoint
  }

  /// A checkpoint from a file of weights, as from a state dict found in the wild; an export's class names and preprocessing
  /// are taken with it.
  /// - Throws: `CSGError` 66 where the file is missing, 65 where it or a value in it is unsound.
  package static func checkpoint(
    reading path: String, architecture: Architecture, classes: Int, channels: Int
  ) throws -> Checkpoint {
    var checkpoint = try checkpoint(
      from: WeightsFile.tensors(path, passingOver: isIgnored), origin: path,
      architecture: architecture, classes: classes, channels: channels)
    try checkpoint.take(WeightsFile.metadata(path), origin: path)
    return checkpoint
  }

  /// A checkpoint from a file of weights, told by its name, or from a checkpoint or run directory.
  package static func load(
    _ path: String, architecture: Architecture, classes: Int, channels: Int
  ) throws -> Checkpoint {
    guard WeightsFile.isNamed(path) else { return try RunDirectory.read(at: path).checkpoint }
    return try checkpoint(
      reading: path, architecture: architecture, classes: classes, channels: channels)
  }

  /// What batch norms count, which nothing here needs: steps, in integers that may be no Float.
  private static func isIgnored(_ name: String) -> Bool { name.hasSuffix(".num_batches_tracked") }
}

extension NamedTensor {
  /// The same tensor under another name.
  fileprivate func named(_ name: String) -> NamedTensor {
    NamedTensor(name: name, shape: shape, values: values)
  }

  /// A matrix's rows as columns; anything else as it is.
  fileprivate var transposed: NamedTensor {
    guard shape.count == 2 else { return self }
    let (rows, columns) = (shape[0], shape[1])
    let turned = (0..<values.count).map { values[$0 % rows * columns + $0 / rows] }
    return NamedTensor(name: name, shape: [columns, rows], values: turned)
  }
}
