import Core
import Inference
import Network
import Storage

/// The floats that a run carries from one step to the next, or a copy of them.
struct StateFloats: Sendable {
  let theta: FloatSlice, statistics: FloatSlice, gate: FloatSlice
  /// What the optimisers remember, of θ before that of G.
  let moments: [FloatSlice]

  private var all: [FloatSlice] { [theta, statistics, gate] + moments }

  /// Room for a copy.
  var room: StateFloats {
    func room(_ floats: FloatSlice) -> FloatSlice { FloatBuffer(floats.count).all }
    return StateFloats(
      theta: room(theta), statistics: room(statistics), gate: room(gate),
      moments: moments.map(room))
  }

  /// Overwrites all of it by `other`, whose floats are as many.
  func copy(from other: StateFloats) {
    for (mine, others) in zip(all, other.all) { mine.copy(from: others) }
  }
}

/// A checkpoint that is still to be gathered from its floats, by whatever thread: of network, optimiser and
/// schedule only what is fixed by the plan is asked.
struct CheckpointDraft: @unchecked Sendable {
  /// All of the checkpoint but its tensors.
  let cover: Checkpoint
  /// Where they are; nothing may change there until the checkpoint is made.
  let floats: StateFloats
  let network: Network
  let optimizer: Optimizer
  let schedule: Schedule

  /// The checkpoint.
  var checkpoint: Checkpoint {
    let tensors = network.checkpoint(
      hasGate: schedule.hasGate, theta: floats.theta, statistics: floats.statistics,
      gate: floats.gate)
    var checkpoint = cover
    (checkpoint.parameters, checkpoint.buffers) = (tensors.parameters, tensors.buffers)
    checkpoint.gate = tensors.gate
    checkpoint.optimizer = optimizer.tensors(
      of: network, moments: floats.moments, schedule: schedule, epoch: cover.epoch,
      step: cover.stepInEpoch)
    return checkpoint
  }
}
