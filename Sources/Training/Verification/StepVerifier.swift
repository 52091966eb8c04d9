import Communicator
import Core
import Datasets
import Network

/// Finds a wrong bit before it is learned, every `verify.replay_every`-th step: replicas are computed again
/// by other ranks, the sum is compared over all ranks, and the state with what it was.
///
/// Digests are compared, tensor by tensor; all ranks gather them and come to the same verdict.
package final class StepVerifier {
  let schedule: ReplaySchedule
  let samples: ReplicaSamples
  private let communicator: Communicator
  private let stateDigests: () -> [(name: String, digest: Digest)]
  private let tell: (Mismatch) throws -> Void

  /// The state as it was found, and has to be found again; nil where nobody has looked.
  private var expected: [Digest]?
  /// The names of the state's tensors, once it has been looked at.
  private var names: [String] = []
  /// The first tensor of the state, in the step under way, that was found otherwise.
  private var changed: Int?

  /// `stateDigests` are of all that a run carries from step to step; `tell` is told of each mismatch on every rank.
  init(
    schedule: ReplaySchedule, samples: ReplicaSamples, communicator: Communicator,
    stateDigests: @escaping () -> [(name: String, digest: Digest)],
    tell: @escaping (Mismatch) throws -> Void
  ) {
    self.schedule = schedule
    self.samples = samples
    self.communicator = communicator
    self.stateDigests = stateDigests
    self.tell = tell
  }

  /// Whether this rank computes the turn's replica again.
  func checks(_ turn: ReplaySchedule.Turn) -> Bool { turn.checker == communicator.rank }

  // MARK: The state

  /// Looks at the state that a step begins with.
  func begin() {
    changed = nil
    lookAtState()
  }

  /// Looks at the state again. What differs from the last look is noted: nothing has moved it.
  private func lookAtState() {
    let tensors = stateDigests()
    let seen = tensors.map(\.digest)
    if let expected, changed == nil { changed = Sighting.firstDifference(seen, expected) }
    expected = seen
    names = tensors.map(\.name)
  }

  /// Looks at the state that step `step` has left, where the next one will look too; else forgets it.
  func end(_ step: Int) {
    expected = schedule.isDue(step + 1) ? stateDigests().map(\.digest) : nil
  }

  /// Looks at a state that rests between two steps, before it is saved; collective.
  /// - Throws: `Mismatch` where it has changed, on every rank.
  func requireUntouched(step: Int, epoch: Int) throws {
    guard expected != nil else { return }
    begin()
    let all = try communicator.gather([changed.map { $0 + 1 } ?? 0])
    guard let rank = all.firstIndex(where: { $0 != [0] }) else { return }
    let mismatch = Mismatch(
      place: .state, step: step, epoch: epoch, owner: rank, checker: rank,
      tensor: names[all[rank][0] - 1])
    try tell(mismatch)
    throw mismatch
  }

  // MARK: The verdict

  /// Compares what all ranks have seen of a step, before anything moves; collective. What differs is told.
  /// - Throws: `Mismatch` of a state; `CSGError` where ranks speak otherwise.
  func judge(
    _ tensors: StepTensors, sum: FloatSlice, owned: [Digest], replayed: [Digest],
    turns: [ReplaySchedule.Turn], step: Int, epoch: Int
  ) throws -> Mismatch? {
    lookAtState()
    var mine = Sighting(state: expected ?? [], sum: tensors.digests(sum))
    (mine.changed, mine.owned, mine.replayed) = (changed, owned, replayed)
    let all = try communicator.gather(mine.words).enumerated().map { rank, words in
      guard let seen = Sighting(words: words) else {
        throw CSGError(.failure, "rank \(rank) speaks otherwise of step \(step) than this one")
      }
      return seen
    }
    let mismatch = Sighting.mismatch(
      all, turns: turns, step: step, epoch: epoch, state: names, vector: tensors.names)
    guard let mismatch else { return nil }
    try tell(mismatch)
    guard mismatch.isRepairable else { throw mismatch }
    return mismatch
  }
}
