import Communicator

/// What one phase of the sum of a bucket moves: all ranks begin it once the one before is over.
package struct SumPhase: Sendable, Equatable {
  /// Bytes through the link of the host with the most, in the direction with the most.
  package var linkBytes = 0
  /// Bytes that the busiest rank hands to others of its host.
  package var hostBytes = 0
  /// Messages that a rank sends.
  package var messages = 0
  /// Bytes that the busiest rank adds to others, once the phase is over.
  package var addedBytes = 0

  /// Nothing.
  package init() {}
}

/// A way to sum a vector over ranks, as far as its cost goes: what it moves, bucket by bucket.
package protocol SumTraffic {
  /// What the sum of a bucket of so many floats moves, in order.
  func phases(floats: Int) -> [SumPhase]
  /// Bytes that a rank hands over for others in it.
  func sentBytes(floats: Int, rank: Int) -> Int
}

/// The traffic of `OrderedAllReduce`, which knows nothing of hosts: each rank sends each other rank its chunk of
/// all slots, adds, and sends each the sum of its own chunk.
///
/// Open MPI 4.1 does both by as many messages as there are other ranks, all at once (libnbc's linear algorithms,
/// `ompi/mca/coll/libnbc/nbc_ialltoallv.c` and `nbc_iallgatherv.c`).
package struct FlatTraffic: SumTraffic {
  private let tree: ReductionTree
  private let shape: HostShape

  /// The sum over `replicas` replicas.
  package init(replicas: Int, shape: HostShape) {
    tree = ReductionTree(replicas: replicas, ranks: shape.ranks)
    self.shape = shape
  }

  /// Slots of the rank with the most, and of all.
  package var mostSlots: Int { tree.slotsOfRank.max() ?? 1 }
  package var slots: Int { tree.slots.count }

  private func chunk(_ floats: Int, _ rank: Int) -> Int {
    chunks(floats, rank..<rank + 1)
  }

  private func chunks(_ floats: Int, _ ranks: Range<Int>) -> Int {
    ranks.upperBound * floats / shape.ranks - ranks.lowerBound * floats / shape.ranks
  }

  package func sentBytes(floats: Int, rank: Int) -> Int {
    let chunk = chunk(floats, rank)
    let sent = tree.slotsOfRank[rank] * (floats - chunk) + (shape.ranks - 1) * chunk
    return sent * MemoryLayout<Float>.stride
  }

  package func phases(floats: Int) -> [SumPhase] {
    guard shape.ranks > 1 else { return [] }
    var exchange = SumPhase()
    var gather = SumPhase()
    exchange.messages = shape.ranks - 1
    gather.messages = shape.ranks - 1
    for host in 0..<shape.hosts {
      let here = shape.ranks(ofHost: host)
      let (mine, others) = (chunks(floats, here), shape.ranks - here.count)
      let slotsHere = tree.slotsOfRank[here].reduce(0, +)
      // Out: our slots of their chunks, then our chunks' sums to each of them; in: the other way round.
      exchange.raise(\.linkBytes, floats: slotsHere * (floats - mine))
      exchange.raise(\.linkBytes, floats: (slots - slotsHere) * mine)
      gather.raise(\.linkBytes, floats: others * mine)
      gather.raise(\.linkBytes, floats: here.count * (floats - mine))
      for rank in here {
        let chunk = chunk(floats, rank)
        exchange.raise(\.hostBytes, floats: tree.slotsOfRank[rank] * (mine - chunk))
        exchange.raise(\.addedBytes, floats: (slots - 1) * chunk)
        gather.raise(\.hostBytes, floats: (here.count - 1) * chunk)
      }
    }
    return [exchange, gather]
  }
}

extension SumPhase {
  fileprivate mutating func raise(_ part: WritableKeyPath<SumPhase, Int>, floats: Int) {
    self[keyPath: part] = max(self[keyPath: part], floats * MemoryLayout<Float>.stride)
  }
}
