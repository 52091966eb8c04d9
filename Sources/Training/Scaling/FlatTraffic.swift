import Communicator

/// The traffic of `OrderedAllReduce`, which knows nothing of hosts: each rank sends each other rank its chunk of
/// all slots, adds, and sends each the sum of its own chunk.
///
/// Open MPI 4.1 does both by as many messages as there are other ranks, all at once (libnbc's linear algorithms,
/// `ompi/mca/coll/libnbc/nbc_ialltoallv.c` and `nbc_iallgatherv.c`).
package struct FlatTraffic: SumTraffic {
  private let tree: ReductionTree
  private let shape: HostShape
  private let valueBytes: Int

  /// The sum over `replicas` replicas, of values that are `valueBytes` long on their way.
  package init(replicas: Int, shape: HostShape, valueBytes: Int = MemoryLayout<Float>.stride) {
    tree = ReductionTree(replicas: replicas, ranks: shape.ranks)
    mostSlots = tree.slotsOfRank.max() ?? 1
    self.shape = shape
    self.valueBytes = valueBytes
  }

  package let mostSlots: Int
  private var slots: Int { tree.slots.count }

  private func chunk(_ floats: Int, _ rank: Int) -> Int {
    chunks(floats, rank..<rank + 1)
  }

  private func chunks(_ floats: Int, _ ranks: Range<Int>) -> Int {
    ranks.upperBound * floats / shape.ranks - ranks.lowerBound * floats / shape.ranks
  }

  /// Bytes that are read and written as so many floats become 16 bits, or 16 bits them.
  private func narrowed(_ floats: Int) -> Int {
    valueBytes < MemoryLayout<Float>.stride ? floats * (valueBytes + MemoryLayout<Float>.stride) : 0
  }

  package func sentBytes(floats: Int) -> [Int] {
    (0..<shape.ranks).map { rank in
      let chunk = chunk(floats, rank)
      let sent = tree.slotsOfRank[rank] * (floats - chunk) + (shape.ranks - 1) * chunk
      return sent * valueBytes
    }
  }

  package func phases(floats: Int) -> [SumPhase] {
    guard shape.ranks > 1 else { return [] }
    var exchange = SumPhase()
    var gather = SumPhase()
    exchange.messages = shape.ranks - 1
    gather.messages = shape.ranks - 1
    exchange.touchedBytes = narrowed(mostSlots * floats)
    gather.touchedBytes = narrowed(floats)
    if shape.hosts > 1 {
      let most = (floats + shape.ranks - 1) / shape.ranks
      exchange.longestBytes = mostSlots * most * valueBytes
      gather.longestBytes = most * valueBytes
    }
    for host in 0..<shape.hosts {
      let here = shape.ranks(ofHost: host)
      let (mine, others) = (chunks(floats, here), shape.ranks - here.count)
      let slotsHere = tree.slotsOfRank[here].reduce(0, +)
      // Out: our slots of their chunks, then our chunks' sums to each of them; in: the other way round.
      exchange.raise(\.linkBytes, to: slotsHere * (floats - mine) * valueBytes)
      exchange.raise(\.linkBytes, to: (slots - slotsHere) * mine * valueBytes)
      gather.raise(\.linkBytes, to: others * mine * valueBytes)
      gather.raise(\.linkBytes, to: here.count * (floats - mine) * valueBytes)
      for rank in here {
        let chunk = chunk(floats, rank)
        exchange.raise(\.hostBytes, to: tree.slotsOfRank[rank] * (mine - chunk) * valueBytes)
        exchange.raise(\.addedBytes, to: (slots - 1) * chunk * MemoryLayout<Float>.stride)
        gather.raise(\.hostBytes, to: (here.count - 1) * chunk * valueBytes)
      }
    }
    return [exchange, gather]
  }
}
