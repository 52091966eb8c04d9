import Core
import Network
import Storage

/// The optimiser's part of a checkpoint: `optimizer/STATE/NAME` holds SGD's velocity,
/// `optimizer/STATE/first_moment/NAME` and `…/second_moment/NAME` Adam's moments, and
/// `optimizer/STATE/steps` [1] how many steps they are from. STATE is a path's or `shared` for θ,
/// `gate` for G.
extension Optimizer {
  /// One state beside the way to read and write its tensors, and its steps.
  private struct Part {
    let state: OptimizerState
    let tensors: [TensorSpec]
    let steps: Int

    /// The groups that a checkpoint has for it.
    var groups: [String] { state.moments.map(\.name) + (counted == nil ? [] : [state.name]) }

    /// Its steps, where the rule counts them.
    var counted: NamedTensor? {
      state.countsSteps ? NamedTensor(name: "steps", shape: [1], values: [Float(steps)]) : nil
    }
  }

  private func parts(_ network: Network, _ schedule: Schedule, epoch: Int, step: Int) -> [Part] {
    let ofGate = gateState.map {
      Part(
        state: $0, tensors: [network.gate.tensor],
        steps: schedule.gateSteps(epoch: epoch, step: step))
    }
    return states.map { state in
      Part(
        state: state, tensors: network.parameterLayout.tensors,
        steps: schedule.steps(ofState: state.name, epoch: epoch, step: step))
    } + [ofGate].compactMap { $0 }
  }

  /// What a checkpoint between two steps holds, by group.
  func tensors(of network: Network, schedule: Schedule, epoch: Int, step: Int)
    -> [String: [NamedTensor]]
  {
    var groups: [String: [NamedTensor]] = [:]
    for part in parts(network, schedule, epoch: epoch, step: step) {
      for (name, values) in part.state.moments {
        groups[name] = part.tensors.map {
          NamedTensor(name: $0.name, shape: $0.shape, values: $0.read(from: values))
        }
      }
      if let counted = part.counted { groups[part.state.name] = [counted] }
    }
    return groups
  }

  /// Takes what a checkpoint holds.
  /// - Throws: `CSGError` 78 where it is another optimiser's, 65 where its steps are not those of
  ///   the checkpoint's epoch and step.
  func restore(
    _ checkpoint: Checkpoint, to network: Network, schedule: Schedule, origin: String
  ) throws {
    let groups = checkpoint.optimizer
    let parts = parts(
      network, schedule, epoch: checkpoint.epoch, step: checkpoint.stepInEpoch)
    let expected = parts.flatMap(\.groups)
    guard groups.keys.sorted() == expected.sorted() else {
      func list(_ names: some Sequence<String>) -> String { names.sorted().joined(separator: ", ") }
      throw CSGError(
        .configuration,
        "\(origin): its optimiser state is of another kind: \(list(groups.keys)); "
          + "this run's is \(list(expected))",
        remedy: "set optimizer.kind and gate.optimizer back, or start a new run from its weights "
          + "by --set model.weights=\(origin)")
    }
    for part in parts {
      for (name, values) in part.state.moments {
        let tensors = try part.tensors.match(
          groups[name] ?? [], origin: "\(origin) optimizer/\(name)")
        for (spec, tensor) in zip(part.tensors, tensors) { spec.write(tensor.values, to: values) }
      }
      if let counted = part.counted, groups[part.state.name] != [counted] {
        throw CSGError.data(
          origin, "the steps of its optimiser state '\(part.state.name)' contradict its epoch")
      }
    }
  }
}
