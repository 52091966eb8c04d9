import Core
import Datasets
import Kernels
import Network

extension TrainingStep {
  /// The sum over all replicas of a step that is verified before anything moves: replicas are computed again
  /// by other ranks, or by the only one. Where bits differ, all is computed once more from samples that are read anew.
  /// - Throws: `Mismatch` where bits differ again, or the state has changed.
  func verifiedSum(
    of given: Batch, number: Int, path: Path, vector: StepVector, verifier: StepVerifier,
    finish: (FloatSlice) -> Void
  ) throws -> FloatSlice {
    let turns = verifier.schedule.turns(number)
    let tensors = StepTensors(vector, of: network)
    func samples(_ replicas: Range<Int>) throws -> Batch {
      try verifier.samples.batch(epoch: given.epoch, step: given.step, replicas: replicas)
    }
    var batch = given
    var first: Mismatch?
    verifier.begin()
    while true {
      var owned: [Digest] = [], replayed: [Digest] = []
      let sum = try sumOverReplicas(
        of: batch, path: path, vector: vector,
        watched: { replica, place in
          if turns.contains(where: { $0.replica == replica }) { owned += tensors.digests(place) }
        }, finish: finish)
      for turn in turns where verifier.checks(turn) {
        replayed += try replay(
          samples(turn.replica..<turn.replica + 1), path: path, vector: vector, tensors)
      }
      let mismatch = try verifier.judge(
        tensors, sum: sum, owned: owned, replayed: replayed, turns: turns, step: number,
        epoch: given.epoch)
      guard let mismatch else { return sum }
      if first != nil { throw mismatch }
      first = mismatch
      batch = try samples(ownedReplicas)
    }
  }

  /// The digests of what a batch's only replica brings.
  private func replay(
    _ batch: Batch, path: Path, vector: StepVector, _ tensors: StepTensors
  ) throws -> [Digest] {
    guard let room = replayed?[0..<vector.count] else {
      preconditionFailure("verify.replay_every makes room for a second contribution")
    }
    contribute(batch, 0, path: path, vector: vector, to: room) { _ in }
    return tensors.digests(room)
  }
}
