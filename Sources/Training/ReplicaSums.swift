import Communicator
import Core
import Kernels

/// The sum over all replicas of all ranks, in the order of the reduction tree.
final class ReplicaSums {
  private let tree: ReductionTree
  private let count: Int
  private let bucket: Int
  private let communicator: Communicator
  private let kernels: MapKernels
  /// This rank's subtrees, one after another; the first ends as the sum over all ranks.
  private let slots: FloatSlice
  private let subtrees: [Range<Int>]
  /// Right-hand sums that wait, one a level.
  private let waiting: [FloatSlice]
  private var scratch: FloatBuffer?

  init(
    communicator: Communicator, replicas: Int, count: Int, bucketMegabytes: Int, level: CPULevel
  ) {
    self.communicator = communicator
    self.count = count
    tree = ReductionTree(replicas: replicas, ranks: communicator.size)
    subtrees = tree.slots(of: communicator.rank)
    slots = FloatBuffer(subtrees.count * count).all
    waiting = (0..<tree.depth).map { _ in FloatBuffer(count).all }
    bucket = bucketMegabytes << 20 / MemoryLayout<Float>.stride
    kernels = MapKernels(level: level)
  }

  /// The replicas of this rank.
  var owned: Range<Int> {
    ReductionTree.owned(by: communicator.rank, replicas: tree.replicas, ranks: tree.ranks)
  }

  /// Calls `contribute` for each replica of this rank with the place that it overwrites, then
  /// `finish` with this rank's first sum, and returns the sum over all ranks.
  func sum(
    contribute: (_ replica: Int, _ place: FloatSlice) -> Void, finish: (FloatSlice) -> Void
  ) throws -> FloatSlice {
    for (slot, replicas) in subtrees.enumerated() {
      add(replicas, into: slots[slot * count..<(slot + 1) * count], level: 0, contribute)
    }
    let first = slots[0..<count]
    finish(first)
    try communicator.orderedAllReduce(slots, tree: tree, bucket: bucket, scratch: &scratch)
    return first
  }

  private func add(
    _ replicas: Range<Int>, into place: FloatSlice, level: Int,
    _ contribute: (Int, FloatSlice) -> Void
  ) {
    guard replicas.count > 1 else { return contribute(replicas.lowerBound, place) }
    let middle = ReductionTree.middle(of: replicas)
    add(replicas.lowerBound..<middle, into: place, level: level + 1, contribute)
    add(middle..<replicas.upperBound, into: waiting[level], level: level + 1, contribute)
    kernels.add(waiting[level], to: place)
  }
}
