import CMPI
import Core
import Foundation

/// Ranks of one host add up what they can in memory that they share; of each pair of hosts one rank either side
/// carries what is left, and then the sums.
///
/// A bucket goes through stages, each in the order of buckets. Every rank says in the shared memory how far it has
/// come, and looks there how far the others of its host are: nobody waits for them within MPI.
final class HostRoute: BucketRoute {
  /// What a rank has done with a bucket.
  private enum Stage: Int, CaseIterable {
    /// Its slots are in the shared memory; its share of the host's terms is there; what it carries has come from
    /// other hosts; its share of the host's part of the sum is there; the sums that it carries have come.
    case copied, added, exchanged, summed, gathered
    /// Its first slot is the sum.
    case landed
  }

  private let rank: Int
  private let slots: FloatSlice
  private let capacity: Int
  private let memory: HostMemory
  private let carries: Bool

  // Buckets since the route was made: those of past steps, those that were started, whose messages were started,
  // and, by stage, those that are done.
  private var past = 0, begun = 0, exchanging = 0, gathering = 0
  private var done = Array(repeating: 0, count: Stage.allCases.count)
  /// Things done so far, of any kind.
  private var moves = 0
  private(set) var sentBytes = 0

  /// A route by `plan`; nil, on all ranks, where ranks of a host have no memory in common. Collective.
  /// - Throws: `CSGError` instead of nil where it `isRequired`.
  init?(
    _ communicator: Communicator, plan: HostPlan, slots: FloatSlice, mine: Int, bucket: Int,
    depth: Int, isRequired: Bool
  ) throws {
    rank = communicator.rank
    self.slots = slots
    capacity = slots.count / mine
    let plan = RankedHostPlan(plan, rank: rank, mine: mine)
    let bytes = HostMemory.roomBytes(plan, bucket: bucket, depth: depth)
    let isFirst = plan.local == 0
    var room = isFirst ? SharedRoom(bytes: bytes, processes: plan.locals) : nil
    let addresses = try communicator.gather(room?.address ?? [])
    if !isFirst {
      room = SharedRoom(of: addresses[plan.firstRank], bytes: bytes, processes: plan.locals)
    }
    let missing = try communicator.gather([room == nil]).firstIndex(of: [true])
    guard let room, missing == nil else {
      guard isRequired else { return nil }
      throw CSGError(
        .failure,
        "rank \(missing ?? rank) has no memory in common with the ranks of its host, which "
          + "compute.all_reduce: hosts needs",
        remedy: "set compute.all_reduce to flat or auto")
    }
    carries = !plan.peers.isEmpty
    memory = HostMemory(plan, room: room, bucket: bucket, depth: depth)
  }

  var depth: Int { memory.depth }
  var started: Int { begun - past }
  var landed: Int { done[Stage.landed.rawValue] - past }
  var awaited: Int { landed }

  func begin() { past = begun }

  func start(_ range: Range<Int>, isNarrow: Bool) throws {
    memory.set(
      begun, slots: slots.pointer + range.lowerBound, stride: capacity, count: range.count,
      isNarrow: isNarrow)
    begun += 1
  }

  func poll() throws { while try advance() {} }

  func wait() throws {
    while try !advance() {
      try check(cmpi_progress(), "MPI_Iprobe")
      sched_yield()
    }
  }

  /// Does whatever can be done now; whether there was something.
  private func advance() throws -> Bool {
    let before = moves
    // The others have left the memory of the bucket that lay there before.
    while next(.copied) < begun, next(.copied) < everyone(.landed) + depth {
      cmpi_host_copy(memory[next(.copied)])
      finish(.copied)
    }
    while next(.added) < everyone(.copied) {
      cmpi_host_add(memory[next(.added)])
      finish(.added)
    }
    while carries, exchanging < everyone(.added) {
      try check(cmpi_host_exchange(memory[exchanging]), "MPI_Isend")
      sentBytes += memory.exchangedBytes(exchanging)
      exchanging += 1
      moves += 1
    }
    while next(.exchanged) < (carries ? exchanging : next(.added)),
      try hasEnded(next(.exchanged), gathers: false)
    { finish(.exchanged) }
    while next(.summed) < everyone(.exchanged) {
      cmpi_host_sum(memory[next(.summed)])
      finish(.summed)
    }
    while carries, gathering < everyone(.summed) {
      try check(cmpi_host_gather(memory[gathering]), "MPI_Isend")
      sentBytes += memory.gatheredBytes(gathering)
      gathering += 1
      moves += 1
    }
    while next(.gathered) < (carries ? gathering : next(.summed)),
      try hasEnded(next(.gathered), gathers: true)
    { finish(.gathered) }
    while next(.landed) < everyone(.gathered) {
      cmpi_host_land(memory[next(.landed)])
      finish(.landed)
    }
    return moves > before
  }

  private func finish(_ stage: Stage) {
    done[stage.rawValue] += 1
    memory.publish(stage.rawValue, done[stage.rawValue])
    moves += 1
  }

  /// The bucket that is to go through a stage next.
  private func next(_ stage: Stage) -> Int { done[stage.rawValue] }

  /// Buckets that every rank of this host has brought through a stage.
  private func everyone(_ stage: Stage) -> Int { memory.least(stage.rawValue) }

  private func hasEnded(_ bucket: Int, gathers: Bool) throws -> Bool {
    guard carries else { return true }
    var isDone: Int32 = 0
    try check(cmpi_host_test(memory[bucket], gathers ? 1 : 0, &isDone), "MPI_Testall")
    return isDone != 0
  }

  private func check(_ code: Int32, _ call: String) throws {
    try Communicator.check(code, call, rank: rank)
  }
}
