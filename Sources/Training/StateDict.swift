import Core
import Network
import Storage

/// Weights under torchvision's names, as they go to and come from safetensors.
public enum StateDict {
  /// The name of G, [C, K].
  static let gateName = "csg.gate"

  /// A checkpoint's tensors under torchvision's names, and G.
  public static func tensors(of checkpoint: Checkpoint) -> [NamedTensor] {
    let gate = checkpoint.gate.map {
      [NamedTensor(name: gateName, shape: $0.shape, values: $0.values)]
    }
    return checkpoint.parameters + checkpoint.buffers + (gate ?? [])
  }

  /// A checkpoint from a state dict found in the wild: a `module.` prefix is dropped, `linear.`
  /// stands for `fc.`, `num_batches_tracked` is ignored. Whether names and shapes fit a network is
  /// seen when it is loaded.
  public static func checkpoint(
    from tensors: [NamedTensor], architecture: Architecture, classes: Int, channels: Int
  ) -> Checkpoint {
    var parameters: [NamedTensor] = []
    var buffers: [NamedTensor] = []
    var gate: NamedTensor?
    for tensor in tensors {
      var name = tensor.name
      if name.hasPrefix("module.") { name.removeFirst("module.".count) }
      if name.hasPrefix("linear.") { name = "fc." + name.dropFirst("linear.".count) }
      if name.hasSuffix(".num_batches_tracked") { continue }
      let renamed = NamedTensor(name: name, shape: tensor.shape, values: tensor.values)
      if name == gateName {
        gate = NamedTensor(name: "gate", shape: tensor.shape, values: tensor.values)
      } else if name.hasSuffix(".running_mean") || name.hasSuffix(".running_var") {
        buffers.append(renamed)
      } else {
        parameters.append(renamed)
      }
    }
    return Checkpoint(
      architecture: architecture.name, classes: classes, channels: channels,
      parameters: parameters, buffers: buffers, gate: gate)
  }

  /// A checkpoint from a file of either kind, told by its name: `.safetensors`, else a checkpoint.
  static func load(
    _ path: String, architecture: Architecture, classes: Int, channels: Int
  ) throws -> Checkpoint {
    guard path.hasSuffix(".safetensors") else { return try Checkpoint(reading: path) }
    return try checkpoint(
      from: Safetensors.read(path), architecture: architecture, classes: classes,
      channels: channels)
  }
}
