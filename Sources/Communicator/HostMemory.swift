import CMPI
import Core

/// A plan as one rank sees it.
struct RankedHostPlan {
  let plan: HostPlan
  /// This rank's host; this rank among those of its host, how many they are, and the first of them.
  let host: Int, local: Int, locals: Int, firstRank: Int
  /// Its slots among those of its host.
  let first: Int, mine: Int
  /// The other hosts that it carries to, with the ranks there.
  let peers: [(host: Int, rank: Int)]

  /// As `rank` sees it, which has `mine` slots.
  init(_ plan: HostPlan, rank: Int, mine: Int) {
    self.plan = plan
    self.mine = mine
    let host = plan.map.hostOfRank[rank]
    let ranks = plan.map.ranks[host]
    guard let local = ranks.firstIndex(of: rank) else {
      preconditionFailure("a rank is on its host")
    }
    (self.host, self.local, locals, firstRank) = (host, local, ranks.count, ranks[0])
    first = plan.firstSlot(of: rank)
    peers = plan.map.ranks.indices.compactMap { other in
      guard other != host, plan.carrier(of: host, to: other) == rank else { return nil }
      return (other, plan.carrier(of: other, to: host))
    }
  }
}

/// What C needs of a plan and its buckets, at addresses that stay: the shared memory of a host's ranks, and what is
/// this rank's alone.
final class HostMemory {
  /// Buckets that have room at a time.
  let depth: Int
  private let room: SharedRoom
  private let locals: Int, local: Int
  private let plan: UnsafeMutablePointer<cmpi_host_plan>
  private let buckets: UnsafeMutableBufferPointer<cmpi_host_bucket>
  private let scratch: FloatBuffer
  private let numbers: [UnsafeMutableBufferPointer<Int32>]
  private let additions: [UnsafeMutableBufferPointer<cmpi_addition>]
  private let requests: UnsafeMutableBufferPointer<UInt>

  /// A rank's counters have a line of cache to themselves.
  private static let counterBytes = 64
  private static let pageBytes = 4096

  /// Bytes of the memory that the ranks of a host share, for buckets of at most `bucket` floats.
  static func roomBytes(_ plan: RankedHostPlan, bucket: Int, depth: Int) -> Int {
    areaStart(plan) + depth * areaBytes(plan, bucket)
  }

  private static func areaStart(_ plan: RankedHostPlan) -> Int {
    pages(SharedRoom.frontBytes + plan.locals * counterBytes)
  }

  /// One bucket's: the slots of the host's ranks, its terms, the sums, and the other hosts' terms of its part.
  private static func areaBytes(_ ranked: RankedHostPlan, _ bucket: Int) -> Int {
    let plan = ranked.plan
    let (slots, terms) = (plan.slots[ranked.host].count, plan.roots[ranked.host].count)
    let part = bucket * terms / plan.terms + 1
    return pages(
      ((slots + terms + 1) * bucket + (plan.terms - terms) * part) * MemoryLayout<Float>.stride)
  }

  private static func pages(_ bytes: Int) -> Int { (bytes + pageBytes - 1) / pageBytes * pageBytes }

  init(_ ranked: RankedHostPlan, room: SharedRoom, bucket: Int, depth: Int) {
    self.depth = depth
    self.room = room
    (local, locals) = (ranked.local, ranked.locals)
    let host = ranked.host, hosts = ranked.plan.map.ranks.count
    var peers = Array(repeating: Int32(-1), count: hosts)
    for (host, rank) in ranked.peers { peers[host] = Int32(rank) }
    numbers = [
      ranked.plan.roots.map { Int32($0.count) }, ranked.plan.roots[host].map(Int32.init), peers,
    ].map(Self.copy)
    additions = [ranked.plan.inner[host], ranked.plan.outer].map { additions in
      Self.copy(additions.map { cmpi_addition(into: Int32($0.into), from: Int32($0.from)) })
    }
    let slots = ranked.plan.slots[host].count
    plan = .allocate(capacity: 1)
    plan.initialize(
      to: cmpi_host_plan(
        host: Int32(host), hosts: Int32(hosts), local: Int32(local), locals: Int32(locals),
        slots: Int32(slots), first: Int32(ranked.first), mine: Int32(ranked.mine),
        terms_of_host: numbers[0].baseAddress, roots: numbers[1].baseAddress,
        peers: numbers[2].baseAddress, inner: additions[0].baseAddress,
        inner_count: Int32(ranked.plan.inner[host].count), outer: additions[1].baseAddress,
        outer_count: Int32(ranked.plan.outer.count), sum: Int32(ranked.plan.sum),
        capacity: Int64(bucket)))
    scratch = FloatBuffer(max(slots, ranked.plan.terms) * Int(cmpi_host_block()))
    // Receives and sends of the terms, and of the sums.
    let each = 4 * hosts
    requests = .allocate(capacity: each * depth)
    requests.initialize(repeating: 0)
    buckets = .allocate(capacity: depth)
    buckets.initialize(repeating: cmpi_host_bucket())
    let areaBytes = Self.areaBytes(ranked, bucket)
    for index in 0..<depth {
      buckets[index].plan = UnsafePointer(plan)
      buckets[index].area = (room.pointer + Self.areaStart(ranked) + index * areaBytes)
        .assumingMemoryBound(to: Float.self)
      buckets[index].scratch = scratch.all.pointer
      buckets[index].requests = requests.baseAddress.map { $0 + each * index }
    }
  }

  private static func copy<Element>(_ values: [Element]) -> UnsafeMutableBufferPointer<Element> {
    let place = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(1, values.count))
    _ = place.initialize(from: values)
    return place
  }

  /// Where bucket `number` goes.
  subscript(number: Int) -> UnsafeMutablePointer<cmpi_host_bucket> {
    guard let first = buckets.baseAddress else { preconditionFailure("no bucket is planned") }
    return first + number % depth
  }

  /// Says which part of this rank's slots bucket `number` is.
  func set(
    _ number: Int, slots: UnsafeMutablePointer<Float>, stride: Int, count: Int, isNarrow: Bool
  ) {
    let bucket = self[number]
    bucket.pointee.own = slots
    bucket.pointee.stride = Int64(stride)
    bucket.pointee.count = Int32(count)
    bucket.pointee.is_narrow = isNarrow ? 1 : 0
  }

  /// Bytes of terms, and of sums, that this rank sends of bucket `number`.
  func exchangedBytes(_ number: Int) -> Int { Int(cmpi_host_sent(self[number], 0)) }
  func gatheredBytes(_ number: Int) -> Int { Int(cmpi_host_sent(self[number], 1)) }

  // MARK: How far the ranks of a host are

  /// Says that this rank has brought so many buckets through a stage.
  func publish(_ stage: Int, _ count: Int) {
    cmpi_publish(counters(local) + stage, UInt64(count))
  }

  /// Buckets that all ranks of the host have brought through a stage.
  func least(_ stage: Int) -> Int {
    var least = UInt64.max
    for local in 0..<locals { least = min(least, cmpi_published(counters(local) + stage)) }
    return Int(least)
  }

  private func counters(_ local: Int) -> UnsafeMutablePointer<UInt64> {
    (room.pointer + SharedRoom.frontBytes + local * Self.counterBytes)
      .assumingMemoryBound(to: UInt64.self)
  }

  deinit {
    buckets.deallocate()
    plan.deallocate()
    requests.deallocate()
    numbers.forEach { $0.deallocate() }
    additions.forEach { $0.deallocate() }
  }
}
