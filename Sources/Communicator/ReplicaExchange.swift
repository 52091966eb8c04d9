import CMPI
import Core

/// Shows every rank some numbers of all replicas, whichever rank computed them: what batch norms
/// over the global batch merge. It may meet while an all-reduce is on its way.
package final class ReplicaExchange {
  /// The replicas of this rank.
  package let owned: Range<Int>

  private let communicator: Communicator
  /// Of each rank: its replicas; and, for rows of the width of the last exchange, its numbers and
  /// where they start.
  private let replicas: [Range<Int>]
  private var counts: [Int32], starts: [Int32]

  /// An exchange among the ranks that share `replicas` replicas.
  package init(_ communicator: Communicator, replicas: Int) {
    self.communicator = communicator
    self.replicas = (0..<communicator.size).map {
      ReductionTree.owned(by: $0, replicas: replicas, ranks: communicator.size)
    }
    owned = self.replicas[communicator.rank]
    counts = Array(repeating: 0, count: communicator.size)
    starts = counts
  }

  /// Completes `rows` [replica][width], of which this rank has filled in those of its replicas.
  ///
  /// Collective: all ranks call in the same order with equal widths.
  /// - Throws: `CSGError` with call, rank and MPI's text; the rows are then undefined: abort.
  package func complete(_ rows: inout [Double], width: Int) throws {
    guard communicator.size > 1 else { return }
    guard Int32(exactly: rows.count) != nil else {
      throw CSGError(.failure, "\(rows.count) numbers of replicas are too many to exchange")
    }
    for (rank, replicas) in replicas.enumerated() {
      counts[rank] = Int32(replicas.count * width)
      starts[rank] = Int32(replicas.lowerBound * width)
    }
    precondition(
      replicas.last.map { $0.upperBound * width <= rows.count } ?? true, "rows too short")
    try communicator.collective(.batchStatistics) {
      cmpi_exchange_rows(&rows, counts, starts)
    }
  }
}
