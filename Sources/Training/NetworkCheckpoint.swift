import Core
import Kernels
import Network
import Storage

extension Network {
  /// θ, running statistics and G (unless `hasGate` is false) as a checkpoint.
  public func checkpoint(hasGate: Bool) -> Checkpoint {
    func tensors(_ layout: TensorLayout, _ flat: FloatSlice) -> [NamedTensor] {
      layout.tensors.map {
        NamedTensor(name: $0.name, shape: $0.shape, values: $0.read(from: flat))
      }
    }
    let matrix = NamedTensor(
      name: "gate", shape: [classes, filters], values: gate.matrix.array)
    return Checkpoint(
      architecture: architecture.name, classes: classes, channels: input.channels,
      parameters: tensors(parameterLayout, theta), buffers: tensors(statisticsLayout, statistics),
      gate: hasGate ? matrix : nil)
  }

  /// `checkpoint` with this network's last layer in place of its own, which may have other classes,
  /// and without its G.
  func withOwnLastLayer(_ checkpoint: Checkpoint) -> Checkpoint {
    func isLast(_ name: String) -> Bool { name.hasPrefix("\(architecture.lastLayer).") }
    var changed = checkpoint
    changed.gate = nil
    changed.parameters.removeAll { isLast($0.name) }
    changed.parameters += parameterLayout.tensors.filter { isLast($0.name) }.map {
      NamedTensor(name: $0.name, shape: $0.shape, values: $0.read(from: theta))
    }
    return changed
  }

  /// Takes θ, running statistics and, where there is one, G from a checkpoint.
  /// - Throws: `CSGError` 78 that names every tensor that is missing, unknown or of another shape.
  public func load(_ checkpoint: Checkpoint, origin: String) throws {
    let parameters = try parameterLayout.tensors.match(checkpoint.parameters, origin: origin)
    let buffers = try statisticsLayout.tensors.match(checkpoint.buffers, origin: origin)
    for (spec, tensor) in zip(parameterLayout.tensors, parameters) {
      spec.write(tensor.values, to: theta)
    }
    for (spec, tensor) in zip(statisticsLayout.tensors, buffers) {
      spec.write(tensor.values, to: statistics)
    }
    guard let matrix = checkpoint.gate else { return }
    guard matrix.shape == [classes, filters] else {
      throw CSGError(
        .configuration, "\(origin): gate is \(matrix.shape), the network's \([classes, filters])")
    }
    if let entry = matrix.values.first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw CSGError(.configuration, "\(origin): gate holds \(entry), not within [0, 1]")
    }
    gate.matrix.copy(from: matrix.values)
  }
}

extension [TensorSpec] {
  /// `tensors` in the order of these.
  /// - Throws: `CSGError` 78 that lists what is missing, unknown or of another shape.
  func match(_ tensors: [NamedTensor], origin: String) throws -> [NamedTensor] {
    var byName = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var faults: [String] = []
    var matched: [NamedTensor] = []
    for spec in self {
      guard let tensor = byName.removeValue(forKey: spec.name) else {
        faults.append("\(spec.name) is missing")
        continue
      }
      if tensor.shape != spec.shape {
        faults.append("\(spec.name) is \(tensor.shape), the network's \(spec.shape)")
      }
      matched.append(tensor)
    }
    faults += byName.keys.sorted().map { "\($0) is unknown" }
    guard faults.isEmpty else {
      let shown = faults.prefix(8).joined(separator: ", ")
      let more = faults.count > 8 ? ", and \(faults.count - 8) more" : ""
      throw CSGError(.configuration, "\(origin): does not fit the network: \(shown)\(more)")
    }
    return matched
  }
}
