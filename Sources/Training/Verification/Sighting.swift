import Core

/// What a rank has seen of a verified step, by digests; and what all ranks together make of it.
package struct Sighting: Equatable {
  /// Its number among the state's tensors, where one has changed that nothing had changed.
  package var changed: Int?
  /// The state that the step began with, and the sum over all replicas: a digest of each tensor.
  package var state: [Digest], sum: [Digest]
  /// What replicas bring, as this rank computed its own and those that it checks: a digest of each tensor, one
  /// turn's after the other's.
  package var owned: [Digest] = [], replayed: [Digest] = []

  // MARK: On its way to other ranks

  /// As numbers: counts, then the words of all digests.
  package var words: [UInt64] {
    let parts = [state, sum, owned, replayed]
    return [UInt64(changed.map { $0 + 1 } ?? 0)] + parts.map { UInt64($0.count) }
      + parts.flatMap { $0.flatMap { [$0.high, $0.low] } }
  }

  /// Without any turn's digests.
  package init(state: [Digest], sum: [Digest]) { (self.state, self.sum) = (state, sum) }

  /// From another rank's numbers; nil where they are none.
  package init?(words: [UInt64]) {
    guard words.count >= 5 else { return nil }
    let most = UInt64(words.count)
    let counts = words[1..<5].map { Int(min($0, most)) }
    guard words[0] < most, words.count == 5 + 2 * counts.reduce(0, +) else { return nil }
    var place = 5
    let parts = counts.map { count in
      defer { place += 2 * count }
      return (0..<count).map { Digest(high: words[place + 2 * $0], low: words[place + 2 * $0 + 1]) }
    }
    (state, sum, owned, replayed) = (parts[0], parts[1], parts[2], parts[3])
    changed = words[0] > 0 ? Int(words[0]) - 1 : nil
  }

  // MARK: What they mean

  /// The first mismatch among what all ranks have seen, in rank order: of the state, then of the replicas,
  /// by turns, then of the sum; nil where all is equal.
  package static func mismatch(
    _ all: [Sighting], turns: [ReplaySchedule.Turn], step: Int, epoch: Int, state: [String],
    vector: [String]
  ) -> Mismatch? {
    func found(_ place: Mismatch.Place, _ owner: Int, _ checker: Int, _ tensor: String) -> Mismatch
    {
      Mismatch(
        place: place, step: step, epoch: epoch, owner: owner, checker: checker, tensor: tensor)
    }
    for (rank, seen) in all.enumerated() {
      if let changed = seen.changed { return found(.state, rank, rank, state[changed]) }
    }
    for (rank, seen) in all.enumerated() {
      if let i = firstDifference(seen.state, all[0].state) {
        return found(.state, rank, 0, state[i])
      }
    }
    var owned = all.map { $0.owned[...] }, replayed = all.map { $0.replayed[...] }
    for turn in turns {
      let one = owned[turn.owner].prefix(vector.count)
      let other = replayed[turn.checker].prefix(vector.count)
      if let i = firstDifference(one, other) {
        return found(.replica(turn.replica), turn.owner, turn.checker, vector[i])
      }
      owned[turn.owner].removeFirst(one.count)
      replayed[turn.checker].removeFirst(other.count)
    }
    for (rank, seen) in all.enumerated() {
      if let i = firstDifference(seen.sum, all[0].sum) { return found(.sum, rank, 0, vector[i]) }
    }
    return nil
  }

  /// Lists of one length.
  static func firstDifference(_ one: some Collection<Digest>, _ other: some Collection<Digest>)
    -> Int?
  {
    precondition(one.count == other.count, "digests of different tensors")
    return zip(one, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset
  }
}
