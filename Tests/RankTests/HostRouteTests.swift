import Communicator
import Core
import Foundation
import TestSupport
import Testing

/// Ranks of this host that take themselves for several hosts'. Collective, as all tests here.
@Suite(.serialized) struct HostRouteTests {
  let communicator: Communicator

  init() throws { communicator = try Communicator() }

  /// Hosts of up to four ranks: 2 + 2, 3 + 1, 1 + 3, 1 + 1 + 2, 4, in turn, and 1 + 1 + 1 + 1.
  static let partitions = [
    [0, 0, 1, 1], [0, 0, 0, 1], [0, 1, 1, 1], [0, 1, 2, 2], [0, 0, 0, 0], [0, 1, 0, 1],
    [0, 1, 2, 3],
  ]

  private func map(_ hosts: [Int]) -> HostMap { HostMap(Array(hosts.prefix(communicator.size))) }

  /// The bits are those of the tree's definition and of the flat route, step after step, whoever drives, however
  /// the vector is cut.
  @Test(arguments: partitions, [false, true])
  func theRouteChangesNoBit(_ hosts: [Int], _ isThreaded: Bool) throws {
    for replicas in 4...9 {
      let tree = ReductionTree(replicas: replicas, ranks: communicator.size)
      let subtrees = tree.slots(of: communicator.rank)
      var random = RandomValues(seed: UInt64(communicator.rank * 100 + replicas))
      for (count, bucket) in [(1, 1), (5, 3), (1001, 167), (9011, 3001)] {
        func sum(_ kind: Configuration.Compute.AllReduce) throws -> (OrderedAllReduce, FloatSlice) {
          let slots = FloatBuffer(subtrees.count * count).all
          return (
            try OrderedAllReduce(
              communicator, tree: tree, slots: slots, bucket: bucket, kind: kind, hosts: map(hosts)),
            slots
          )
        }
        let (byHosts, slots) = try sum(.hosts)
        let (flat, flatSlots) = try sum(.flat)
        if communicator.size > 1 { #expect(byHosts.kind == .hosts && flat.kind == .flat) }
        let thread = isThreaded ? try CommunicationThread(byHosts) : nil
        defer { thread?.end() }
        let allReduce: any OverlappedSum = thread ?? byHosts
        for step in 0..<3 {
          // A step may be of a part of the vector, and a front of it narrow.
          let length = step == 1 ? (count + 1) / 2 : count
          let narrow = [0, length * 2 / 3, length][step]
          let values = try ReplicaValues(
            communicator, replicas: replicas, count: count, step: step)
          for slots in [slots, flatSlots] {
            slots.copy(from: subtrees.flatMap { values.sum($0, rounding: narrow) })
          }
          allReduce.begin(count: length, narrow: narrow)
          var end = 0
          while step > 0 && end < length {
            end = min(length, end + 1 + random.below(max(2, length / 3)))
            try allReduce.ready(upTo: end)
            for _ in 0..<random.below(4) { try allReduce.poll() }
          }
          try allReduce.finish()
          flat.begin(count: length, narrow: narrow)
          try flat.finish()
          let sum = slots[0..<length].array
          let expected = values.sum(0..<replicas, rounding: narrow)[..<length]
          let isRight = sum == Array(expected) && sum == flatSlots[0..<length].array
          #expect(isRight, "\(replicas) replicas, bucket \(bucket), step \(step)")
        }
      }
    }
  }

  /// Between two hosts go the terms of each part, and its sum, once; within one nothing goes by MPI.
  @Test(arguments: partitions) func bytesBetweenHosts(_ hosts: [Int]) throws {
    let (replicas, count, bucket) = (6, 1001, 167)
    let tree = ReductionTree(replicas: replicas, ranks: communicator.size)
    let slots = FloatBuffer(tree.slotsOfRank[communicator.rank] * count).all
    let map = map(hosts)
    let allReduce = try OrderedAllReduce(
      communicator, tree: tree, slots: slots, bucket: bucket, kind: .hosts, hosts: map)
    allReduce.begin(count: count)
    try allReduce.finish()
    let wide = allReduce.sentBytes
    allReduce.begin(count: count, narrow: count)
    try allReduce.finish()
    #expect(2 * (allReduce.sentBytes - wide) == wide, "16 bits instead of 32")
    let plan = HostPlan(tree, map)
    var expected = 0
    for first in stride(from: 0, to: count, by: bucket) {
      let length = min(bucket, count - first)
      // The more terms a host has, the more it finishes.
      func part(_ host: Int) -> Int {
        let terms = plan.roots.map(\.count)
        let before = terms[..<host].reduce(0, +)
        return (before + terms[host]) * length / plan.terms - before * length / plan.terms
      }
      for host in map.ranks.indices {
        for other in map.ranks.indices where other != host {
          expected += plan.roots[host].count * part(other) + part(host)
        }
      }
    }
    let sent = try communicator.gather([wide]).reduce(0) { $0 + $1[0] }
    #expect(sent == (communicator.size == 1 ? 0 : 4 * expected))
  }

  /// Polls alone bring a bucket to its end, and its flight is timed.
  @Test(arguments: partitions) func pollingMovesABucket(_ hosts: [Int]) throws {
    let tree = ReductionTree(replicas: 4, ranks: communicator.size)
    let values = try ReplicaValues(communicator, replicas: 4, count: 100, step: 9)
    let slots = FloatBuffer(tree.slots(of: communicator.rank).flatMap { values.sum($0) }).all
    let allReduce = try OrderedAllReduce(
      communicator, tree: tree, slots: slots, bucket: 40, kind: .hosts, hosts: map(hosts))
    allReduce.begin(count: 100)
    try allReduce.ready(upTo: 90)
    let expected = values.sum
    while slots[0..<80].array != Array(expected[0..<80]) { try allReduce.poll() }
    let before = allReduce.flightTime
    #expect(before.nanoseconds == before.hidden)
    try allReduce.finish()
    #expect(slots[0..<100].array == expected)
    #expect((allReduce.flightTime.nanoseconds > before.nanoseconds) == (communicator.size > 1))
  }

  /// Where there is no memory to share (here: no descriptor for it) the rule falls back, on all ranks alike, and who
  /// asked for it is told.
  @Test func withoutSharedMemoryTheRouteIsFlat() throws {
    guard communicator.size > 2 else { return }
    let tree = ReductionTree(replicas: 4, ranks: communicator.size)
    let slots = FloatBuffer(tree.slotsOfRank[communicator.rank] * 10).all
    func kind(_ kind: Configuration.Compute.AllReduce) throws -> Configuration.Compute.AllReduce? {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      var none = limit
      none.rlim_cur = 3
      if communicator.rank == 1 { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none) }
      defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
      return try OrderedAllReduce(
        communicator, tree: tree, slots: slots, bucket: 10, kind: kind, hosts: map([0, 1, 1, 1])
      ).kind
    }
    #expect(try kind(.auto) == .flat)
    let error = #expect(throws: CSGError.self) { try kind(.hosts) }
    #expect(error?.message.contains("rank 1 has no memory in common") == true, "\(error as Any)")
    #expect(
      try OrderedAllReduce(
        communicator, tree: tree, slots: slots, bucket: 10, hosts: map([0, 1, 1, 1])
      ).kind == .hosts)
  }
}
