import Core
import Kernels
import Network
import Storage

extension Network {
  /// θ, running statistics and G (unless `hasGate` is false) as a checkpoint: its own, or what copies of them hold.
  package func checkpoint(
    hasGate: Bool, theta: FloatSlice? = nil, statistics: FloatSlice? = nil, gate: FloatSlice? = nil
  ) -> Checkpoint {
    func tensors(_ layout: TensorLayout, _ flat: FloatSlice) -> [NamedTensor] {
      layout.tensors.map {
        NamedTensor(name: $0.name, shape: $0.shape, values: $0.read(from: flat))
      }
    }
    let matrix = NamedTensor(
      name: "gate", shape: [classes, filters], values: (gate ?? self.gate.matrix).array)
    return Checkpoint(
      architecture: architecture.name, classes: classes, channels: input.channels,
      parameters: tensors(parameterLayout, theta ?? self.theta),
      buffers: tensors(statisticsLayout, statistics ?? self.statistics),
      gate: hasGate ? matrix : nil)
  }

  /// `checkpoint` with this network's last layer in place of its own, which may have other classes,
  /// and without its G.
  package func withOwnLastLayer(_ checkpoint: Checkpoint) -> Checkpoint {
    func isLast(_ name: String) -> Bool { name.hasPrefix("\(architecture.lastLayer).") }
    var changed = checkpoint
    changed.gate = nil
    changed.parameters.removeAll { isLast($0.name) }
    changed.parameters += parameterLayout.tensors.filter { isLast($0.name) }.map {
      NamedTensor(name: $0.name, shape: $0.shape, values: $0.read(from: theta))
    }
    return changed
  }

  /// Takes θ, running statistics and, where there is one, G from a checkpoint; all or nothing.
  /// - Throws: `CSGError` 78 that names every tensor that is missing, unknown, of another shape or
  ///   there twice; 65 that names tensor and place of a value that it cannot have: of G one outside
  ///   [0, 1] if its run projects it.
  package func load(_ checkpoint: Checkpoint, origin: String) throws {
    let parameters = try parameterLayout.tensors.match(
      checkpoint.parameters, named: checkpoint.namesThere, origin: origin)
    let buffers = try statisticsLayout.tensors.match(
      checkpoint.buffers, named: checkpoint.namesThere, origin: origin)
    for tensor in parameters + buffers { try tensor.requireSound(origin: origin) }
    if let matrix = checkpoint.gate {
      guard matrix.shape == [classes, filters] else {
        throw CSGError(
          .configuration, "\(origin): gate is \(matrix.shape), the network's \([classes, filters])")
      }
      if let fault = matrix.firstValue(where: { !$0.isFinite }) {
        throw CSGError.data(origin, "gate holds \(fault)")
      }
      if let fault = checkpoint.unprojectedGateEntry, try checkpoint.isGateProjected(origin: origin)
      {
        throw CSGError.data(origin, "gate holds \(fault), not within [0, 1]")
      }
      gate.matrix.copy(from: matrix.values)
    }
    for (spec, tensor) in zip(parameterLayout.tensors, parameters) {
      spec.write(tensor.values, to: theta)
    }
    for (spec, tensor) in zip(statisticsLayout.tensors, buffers) {
      spec.write(tensor.values, to: statistics)
    }
  }
}

extension Checkpoint {
  /// The first entry of G that no projection leaves.
  package var unprojectedGateEntry: String? {
    gate?.firstValue { !($0 >= 0 && $0 <= 1) }
  }

  /// Whether its run projects G; false of weights without a run.
  fileprivate func isGateProjected(origin: String) throws -> Bool {
    try configuration.map {
      try ResolvedConfiguration(text: $0, origin: origin).values.gate.projection != .none
    } ?? false
  }
}

extension NamedTensor {
  /// Checks that every value is finite and, of a running variance, not below 0.
  /// - Throws: `CSGError` 65 that names tensor, value and place.
  fileprivate func requireSound(origin: String) throws {
    if let fault = firstValue(where: { !$0.isFinite }) {
      throw CSGError.data(origin, "\(name) holds \(fault)")
    }
    guard name.hasSuffix(StateDict.varianceSuffix) else { return }
    if let fault = firstValue(where: { $0 < 0 }) {
      throw CSGError.data(origin, "\(name) holds \(fault): no variance is below 0")
    }
  }
}

extension [TensorSpec] {
  /// `tensors` in the order of these; `there` has the names that they have in `origin`, where those are
  /// others.
  /// - Throws: `CSGError` 78 that lists what is unknown, as `origin` calls it and with a guess what it may
  ///   be, and what is missing, of another shape or there twice.
  package func match(_ tensors: [NamedTensor], named there: [String: String] = [:], origin: String)
    throws -> [NamedTensor]
  {
    var byName: [String: NamedTensor] = [:]
    var faults: [String] = []
    for tensor in tensors where byName.updateValue(tensor, forKey: tensor.name) != nil {
      faults.append("\(tensor.name) is there twice")
    }
    var matched: [NamedTensor] = []
    var missing: [TensorSpec] = []
    for spec in self {
      guard let tensor = byName.removeValue(forKey: spec.name) else {
        faults.append("\(spec.name) is missing")
        missing.append(spec)
        continue
      }
      if tensor.shape != spec.shape {
        faults.append("\(spec.name) is \(tensor.shape), the network's \(spec.shape)")
      }
      matched.append(tensor)
    }
    let unknown = byName.values.sorted { $0.name < $1.name }.map { tensor in
      let name = there[tensor.name] ?? tensor.name
      let ending = tensor.name.split(separator: ".").last
      // In order: what is left of one shape and kind may well be meant in the order of names.
      guard
        let guess = missing.firstIndex(where: {
          $0.shape == tensor.shape && $0.name.split(separator: ".").last == ending
        })
      else { return "\(name) is unknown" }
      return "\(name) is unknown (\(missing.remove(at: guess).name)?)"
    }
    guard faults.isEmpty && unknown.isEmpty else {
      // Some of either kind: what is missing may be there under another name.
      let first = unknown.prefix(8 - Swift.min(4, faults.count))
      let listed = first + faults.prefix(8 - first.count)
      let rest = faults.count + unknown.count - listed.count
      let shown = listed.joined(separator: ", ")
      let more = rest > 0 ? ", and \(rest) more" : ""
      throw CSGError(.configuration, "\(origin): does not fit the network: \(shown)\(more)")
    }
    return matched
  }
}
