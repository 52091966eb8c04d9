import Core
import Inference
import Kernels
import Network
import Storage

/// The optimiser's part of a checkpoint: `optimizer/STATE/NAME` holds SGD's velocity,
/// `optimizer/STATE/first_moment/NAME` and `…/second_moment/NAME` Adam's moments, and
/// `optimizer/STATE/steps` [1] how many steps they are from. STATE is a path's or `shared` for θ,
/// `gate` for G; a G that shares θ's optimiser is one more tensor, `gate`, of θ's states.
extension Optimizer {
  /// A tensor of what a state remembers.
  private struct Place {
    let tensor: TensorSpec
    let values: FloatSlice
  }

  /// What the states remember, θ's before G's.
  var moments: [FloatSlice] { (states + gateStates).flatMap(\.moments).map(\.values) }

  /// Where `moments`, the states' own or copies, have what is remembered, by group, in the order of the tensors.
  private func places(_ network: Network, _ moments: [FloatSlice]) -> [String: [Place]] {
    var places: [String: [Place]] = [:]
    var rest = moments[...]
    func add(_ states: [OptimizerState], _ tensors: [TensorSpec]) {
      for (name, _) in states.flatMap(\.moments) {
        let values = rest.removeFirst()
        places[name, default: []] += tensors.map { Place(tensor: $0, values: values) }
      }
    }
    add(states, network.parameterLayout.tensors)
    add(gateStates, [network.gate.tensor])
    return places
  }

  /// The steps of the states whose rule counts them, by group. Those of a G that shares θ's optimiser follow
  /// from the schedule, as θ's do.
  private func steps(_ schedule: Schedule, epoch: Int, step: Int) -> [String: NamedTensor] {
    var steps: [String: NamedTensor] = [:]
    func add(_ states: [OptimizerState], _ count: (String) -> Int) {
      for state in states where state.countsSteps && steps[state.name] == nil {
        steps[state.name] = NamedTensor(
          name: "steps", shape: [1], values: [Float(count(state.name))])
      }
    }
    add(states) { schedule.steps(ofState: $0, epoch: epoch, step: step) }
    add(gateStates) { schedule.gateSteps(ofState: $0, epoch: epoch, step: step) }
    return steps
  }

  /// What a checkpoint between two steps holds, by group, where `moments` were what the states remember.
  func tensors(
    of network: Network, moments: [FloatSlice], schedule: Schedule, epoch: Int, step: Int
  ) -> [String: [NamedTensor]] {
    let moments = places(network, moments).mapValues { places in
      places.map {
        NamedTensor(
          name: $0.tensor.name, shape: $0.tensor.shape, values: $0.tensor.read(from: $0.values))
      }
    }
    let steps = steps(schedule, epoch: epoch, step: step).mapValues { [$0] }
    return moments.merging(steps) { moments, steps in moments + steps }
  }

  /// Takes what a checkpoint holds.
  /// - Throws: `CSGError` 78 where it is another optimiser's, 65 where its steps are not those of
  ///   the checkpoint's epoch and step.
  func restore(
    _ checkpoint: Checkpoint, to network: Network, schedule: Schedule, origin: String
  ) throws {
    let groups = checkpoint.optimizer
    let places = places(network, moments)
    let steps = steps(schedule, epoch: checkpoint.epoch, step: checkpoint.stepInEpoch)
    let expected = Set(places.keys).union(steps.keys)
    guard Set(groups.keys) == expected else {
      func list(_ names: some Sequence<String>) -> String { names.sorted().joined(separator: ", ") }
      throw CSGError(
        .configuration,
        "\(origin): its optimiser state is of another kind: \(list(groups.keys)); "
          + "this run's is \(list(expected))",
        remedy: "set optimizer.kind and gate.optimizer back, or start a new run from its weights "
          + "by --set model.weights=\(origin)")
    }
    for (name, places) in places.sorted(by: { $0.key < $1.key }) {
      let tensors = try places.map(\.tensor).match(
        groups[name] ?? [], origin: "\(origin) optimizer/\(name)")
      for (place, tensor) in zip(places, tensors) {
        place.tensor.write(tensor.values, to: place.values)
      }
    }
    for (name, counted) in steps where groups[name] != [counted] {
      throw CSGError.data(
        origin, "the steps of its optimiser state '\(name)' contradict its epoch")
    }
  }
}
