import Inference
import Network

/// What happens in a run, for whoever shows it (rank 0 only).
package enum TrainingEvent: Sendable {
  /// Training begins after `step` steps; the plan is known.
  case begin(step: Int, stepsPerEpoch: Int, epochs: Int, memory: MemoryPlan)
  /// A step was taken; the loss is that of the step, the penalties on G included.
  case step(
    epoch: Int, stepInEpoch: Int, path: Path, loss: Double, penalty: Double, density: Double?)
  /// A record was written.
  case record(StepRecord)
  /// An epoch has ended.
  case epoch(EpochRecord)
  /// A checkpoint was saved there.
  case saved(String)
  /// The run has ended; the process held so many bytes at most.
  case end(peakBytes: Int)
  /// Something is wrong that the run survives.
  case warning(String)
  /// Something looks wrong, and is not.
  case note(String)
}

/// How a run ended.
package enum TrainingOutcome: Sendable {
  /// All epochs are done, or `maxSteps` is reached.
  case finished
  /// There was nothing left to do: the run has taken so many steps.
  case alreadyDone(step: Int)
  /// A signal asked to stop; the state is saved.
  case stopped
}
