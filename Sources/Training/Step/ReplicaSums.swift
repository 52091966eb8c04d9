import Communicator
import Core
import Kernels
import Network

/// The sum over all replicas of all ranks, in the order of the reduction tree.
///
/// A front of the vector may be rounded to bfloat16: what each replica brings, and each sum of two, on whatever rank
/// it is added. So the bits do not depend on ranks there either, and 16 of them are sent.
package final class ReplicaSums {
  private let tree: ReductionTree
  private let capacity: Int
  private let overlaps: Bool
  private let kernels: MapKernels
  /// This rank's subtrees, one after another; the first ends as the sum over all ranks.
  private let slots: FloatSlice
  private let subtrees: [Range<Int>]
  /// Right-hand sums that wait, one a level.
  private let waiting: [FloatSlice]
  private let allReduce: any OverlappedSum
  /// Floats at the front, of the vector of the step under way, that are rounded.
  private var rounded = 0
  /// The replicas of this rank.
  package let owned: Range<Int>

  /// What a replica brings: it overwrites its place, and says "floats 0..<n are final" as they
  /// become so (or never).
  package typealias Contribution = (
    _ replica: Int, _ place: FloatSlice, _ ready: (Int) -> Void
  ) -> Void

  /// When buckets leave; that changes no bit.
  package enum Overlap {
    /// All at the end.
    case none
    /// While the last replica computes, moved by the computing thread between two layers.
    case polled
    /// Then too, moved by a thread of its own.
    case threaded
  }

  /// Plans sums of at most `capacity` floats, in buckets of `bucket` floats that go by way of `kind`; `hosts` says
  /// which ranks share one, if not their hosts' names. Collective.
  /// - Throws: `CSGError` where a thread that is to move them cannot be started, or ranks of a host cannot share
  ///   memory as `kind` has it.
  package init(
    communicator: Communicator, replicas: Int, capacity: Int, bucket: Int, overlap: Overlap,
    kind: Configuration.Compute.AllReduce = .auto, hosts: HostMap? = nil, level: CPULevel
  ) throws {
    self.capacity = capacity
    overlaps = overlap != .none
    tree = ReductionTree(replicas: replicas, ranks: communicator.size)
    subtrees = tree.slots(of: communicator.rank)
    owned = ReductionTree.owned(by: communicator.rank, replicas: replicas, ranks: tree.ranks)
    slots = FloatBuffer(subtrees.count * capacity).all
    waiting = (0..<tree.depth).map { _ in FloatBuffer(capacity).all }
    kernels = MapKernels(level: level)
    let sum = try OrderedAllReduce(
      communicator, tree: tree, slots: slots, bucket: bucket, kind: kind, hosts: hosts)
    let isThreaded = overlap == .threaded && communicator.size > 1
    allReduce = isThreaded ? try CommunicationThread(sum) : sum
  }

  deinit { (allReduce as? CommunicationThread)?.end() }

  /// Bytes that this rank has handed over for other ranks so far.
  package var sentBytes: Int { allReduce.sentBytes }

  /// How long buckets of the all-reduce were on their way so far.
  var flightTime: FlightTime { allReduce.flightTime }

  /// Sums `count` floats, the first `rounded` of them rounded: calls `contribute` for each replica of this rank, then `finish` with this
  /// rank's first sum, and returns the sum over all ranks. What `finish` changes must lie behind all
  /// that was said to be final.
  package func sum(
    count: Int, rounded: Int = 0, contribute: Contribution, finish: (FloatSlice) -> Void
  ) throws -> FloatSlice {
    begin(count, rounded)
    for (slot, replicas) in subtrees.enumerated() {
      let place = slots[slot * capacity..<slot * capacity + count]
      if slot + 1 < subtrees.count {
        add(replicas, VectorParts(0..<count), into: place, level: 0) { contribute($0, $1) { _ in } }
      } else {
        try addLast(replicas, into: place, contribute)
      }
    }
    let first = slots[0..<count]
    finish(first)
    try allReduce.finish()
    return first
  }

  private func begin(_ count: Int, _ rounded: Int) {
    self.rounded = rounded
    allReduce.begin(count: count, narrow: rounded)
  }

  /// Rounds what a replica brings in a range, as far as it is to be.
  private func round(_ range: Range<Int>, of place: FloatSlice) {
    let front = range.clamped(to: 0..<rounded)
    if !front.isEmpty { kernels.roundToBFloat16(place[front]) }
  }

  /// Adds a range of another sum, and rounds likewise.
  private func add(_ range: Range<Int>, of other: FloatSlice, to place: FloatSlice) {
    let front = range.clamped(to: 0..<rounded), rest = front.count..<range.count
    if !front.isEmpty { kernels.addRounding(other[front], to: place[front]) }
    let back = range.lowerBound + rest.lowerBound..<range.upperBound
    if !back.isEmpty { kernels.add(other[back], to: place[back]) }
  }

  /// Adds up `parts` of what `contribute` leaves for each of the replicas.
  private func add(
    _ replicas: Range<Int>, _ parts: VectorParts, into place: FloatSlice, level: Int,
    _ contribute: (_ replica: Int, _ place: FloatSlice) -> Void
  ) {
    guard replicas.count > 1 else {
      contribute(replicas.lowerBound, place)
      return parts.forEach { round($0, of: place) }
    }
    let middle = ReductionTree.middle(of: replicas)
    let other = waiting[level][0..<place.count]
    add(replicas.lowerBound..<middle, parts, into: place, level: level + 1, contribute)
    add(middle..<replicas.upperBound, parts, into: other, level: level + 1, contribute)
    parts.forEach { add($0, of: other, to: place) }
  }

  /// Adds the last subtree. While its last replica computes, all else is there: whatever range is
  /// final there is added up to the root at once, and may leave.
  private func addLast(
    _ subtree: Range<Int>, into place: FloatSlice, _ contribute: Contribution
  ) throws {
    var replicas = subtree
    var level = 0
    while replicas.count > 1 {
      let middle = ReductionTree.middle(of: replicas)
      add(
        replicas.lowerBound..<middle, VectorParts(0..<place.count),
        into: edge(level, below: place), level: level + 1
      ) { contribute($0, $1) { _ in } }
      replicas = middle..<replicas.upperBound
      level += 1
    }

    var settled = 0
    var fault: (any Error)?
    contribute(replicas.lowerBound, edge(level, below: place)) { end in
      guard overlaps, fault == nil else { return }
      addUp(settled..<end, from: level, to: place)
      settled = end
      do {
        try allReduce.ready(upTo: end)
        try allReduce.poll()
      } catch { fault = error }
    }
    if let fault { throw fault }
    addUp(settled..<place.count, from: level, to: place)
  }

  /// The place of the subtree at a level of the right-hand edge; its root is at 0.
  private func edge(_ level: Int, below root: FloatSlice) -> FloatSlice {
    level == 0 ? root : waiting[level - 1][0..<root.count]
  }

  /// Adds a range of the right-hand edge, where the last replica has left it, from `level` up to the root.
  private func addUp(_ range: Range<Int>, from level: Int, to root: FloatSlice) {
    round(range, of: edge(level, below: root))
    for upper in (0..<level).reversed() {
      add(range, of: edge(upper + 1, below: root), to: edge(upper, below: root))
    }
  }

  // MARK: Replicas that compute together

  /// The same where all replicas of this rank compute together, layer by layer: calls `contribute`
  /// once, which adds part after part, and says "floats 0..<n are final" as they become so.
  package func sumTogether(
    count: Int, rounded: Int = 0,
    contribute: (_ contributions: any ReplicaContributions, _ ready: (Int) -> Void) throws -> Void,
    finish: (FloatSlice) -> Void
  ) throws -> FloatSlice {
    begin(count, rounded)
    var fault: (any Error)?
    try contribute(Parts(sums: self, count: count)) { end in
      guard overlaps, fault == nil else { return }
      do {
        try allReduce.ready(upTo: end)
        try allReduce.poll()
      } catch { fault = error }
    }
    if let fault { throw fault }
    let first = slots[0..<count]
    finish(first)
    try allReduce.finish()
    return first
  }

  /// Adds what all replicas of this rank bring to some parts of the vector.
  private struct Parts: ReplicaContributions {
    let sums: ReplicaSums
    let count: Int

    func add(_ parts: VectorParts, _ body: (_ number: Int, _ contribution: FloatSlice) -> Void) {
      for (slot, replicas) in sums.subtrees.enumerated() {
        let start = slot * sums.capacity
        sums.add(
          replicas, parts, into: sums.slots[start..<start + count], level: 0
        ) { replica, place in
          parts.forEach { place[$0].fill(0) }
          body(replica - sums.owned.lowerBound, place)
        }
      }
    }
  }
}
