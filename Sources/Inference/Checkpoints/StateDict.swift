import Core
import Network
import Storage

/// Weights under torchvision's names, as they go to and come from safetensors.
package enum StateDict {
  /// The name of G, [C, K].
  static let gateName = "csg.gate"
  /// How the name of a running variance ends.
  static let varianceSuffix = ".running_var"

  /// A checkpoint's tensors under torchvision's names, and G.
  package static func tensors(of checkpoint: Checkpoint) -> [NamedTensor] {
    let gate = checkpoint.gate.map {
      [NamedTensor(name: gateName, shape: $0.shape, values: $0.values)]
    }
    return checkpoint.parameters + checkpoint.buffers + (gate ?? [])
  }

  /// A checkpoint from a state dict found in the wild: a `module.` prefix is dropped, `linear.`
  /// stands for `fc.`, `num_batches_tracked` is ignored. Whether names and shapes fit a network, and
  /// values a tensor, is seen when it is loaded.
  /// - Throws: `CSGError` 65 that names two tensors, as `origin` has them, that come to one name.
  package static func checkpoint(
    from tensors: [NamedTensor], origin: String, architecture: Architecture, classes: Int,
    channels: Int
  ) throws -> Checkpoint {
    var parameters: [NamedTensor] = []
    var buffers: [NamedTensor] = []
    var gate: NamedTensor?
    var taken: [String: String] = [:]  // the name in `origin` by the one here
    for tensor in tensors where !isIgnored(tensor.name) {
      let name = torchvisionName(tensor.name)
      if let other = taken.updateValue(tensor.name, forKey: name) {
        throw CSGError.data(
          origin, "'\(other)' and '\(tensor.name)' both stand for '\(name)'",
          remedy: "remove the one that is not meant")
      }
      let renamed = NamedTensor(name: name, shape: tensor.shape, values: tensor.values)
      if name == gateName {
        gate = NamedTensor(name: "gate", shape: tensor.shape, values: tensor.values)
      } else if name.hasSuffix(".running_mean") || name.hasSuffix(varianceSuffix) {
        buffers.append(renamed)
      } else {
        parameters.append(renamed)
      }
    }
    return Checkpoint(
      architecture: architecture.name, classes: classes, channels: channels,
      parameters: parameters, buffers: buffers, gate: gate)
  }

  /// A checkpoint from a safetensors file, as from a state dict found in the wild.
  /// - Throws: `CSGError` 66 where the file is missing, 65 where it or a value in it is unsound.
  package static func checkpoint(
    reading path: String, architecture: Architecture, classes: Int, channels: Int
  ) throws -> Checkpoint {
    try checkpoint(
      from: Safetensors.weights(path, passingOver: isIgnored), origin: path,
      architecture: architecture, classes: classes, channels: channels)
  }

  /// A checkpoint from a file of either kind, told by its name: `.safetensors`, else a checkpoint.
  package static func load(
    _ path: String, architecture: Architecture, classes: Int, channels: Int
  ) throws -> Checkpoint {
    guard path.hasSuffix(".safetensors") else { return try Checkpoint(reading: path) }
    return try checkpoint(
      reading: path, architecture: architecture, classes: classes, channels: channels)
  }

  /// What batch norms count, which nothing here needs: steps, in integers that may be no Float.
  private static func isIgnored(_ name: String) -> Bool { name.hasSuffix(".num_batches_tracked") }

  private static func torchvisionName(_ name: String) -> String {
    let bare = name.hasPrefix("module.") ? String(name.dropFirst("module.".count)) : name
    return bare.hasPrefix("linear.") ? "fc." + bare.dropFirst("linear.".count) : bare
  }
}
