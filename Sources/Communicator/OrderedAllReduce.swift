import Core

/// The sum over all ranks of one vector, in the order of a reduction tree; its front may leave while
/// its end is still computed.
///
/// Each step: `begin`, any number of `ready` and `poll`, `finish`. The vector goes in buckets, front
/// first, at most `depth` of them on their way. MPI moves data within its calls alone, so whoever
/// computes also polls. Neither bucket size, nor rank count, nor the route, nor when ranges become
/// ready changes a bit of the sum. With one rank there is nothing to do.
///
/// A front of the vector may be narrow: of bfloat16s alone, which go in 16 bits; there each addition is rounded to
/// such (to the nearest, of two as near the even one), so that all partial sums are some too.
///
/// Collective: the ranks bring vectors of equal length and take the same steps, each at its own
/// pace. Errors are `CSGError`s with call, rank and MPI's text; the vector is then undefined: abort.
package final class OrderedAllReduce {
  /// Floats of the vector of the step under way.
  package private(set) var count = 0
  /// How long buckets were on their way so far.
  package private(set) var flightTime = FlightTime()
  /// The way that its buckets take; nil with one rank.
  package let kind: Configuration.Compute.AllReduce?

  /// Buckets on their way at a time, at most.
  package static let depth = 4
  private let capacity: Int
  private let bucket: Int
  private var bucketCount = 0
  /// Floats of the narrow front, and its buckets, which come first.
  private var narrow = 0, narrowBuckets = 0
  private let route: (any BucketRoute)?
  /// Where buckets on their way, and waits for them, are noted; and the spans of those, in turn.
  private let track: Track?
  private var flights: [Track.Span?]

  /// Buckets that are known to have landed.
  private var landed = 0
  /// When the first of the buckets on their way left, and when `finish` was called, in nanoseconds.
  private var departure: UInt64 = 0, waitBegan: UInt64?
  /// Floats at the front that are final; nil outside a step.
  private var settled: Int?

  /// Plans the sum of `slots`, this rank's slots one after another, the first of which ends as the
  /// sum on every rank: in buckets of `bucket` floats, or fewer where MPI could not count them. `hosts` says which
  /// ranks share one, if not their hosts' names. Collective.
  /// - Throws: `CSGError` where ranks of a host are to share memory and cannot.
  package init(
    _ communicator: Communicator, tree: ReductionTree, slots: FloatSlice, bucket: Int,
    kind: Configuration.Compute.AllReduce = .auto, hosts: HostMap? = nil
  ) throws {
    precondition(
      tree.ranks == communicator.size, "a tree for \(tree.ranks) ranks, not \(communicator.size)")
    precondition(bucket > 0, "a bucket holds at least one float")
    let mine = tree.slotsOfRank[communicator.rank]
    precondition(slots.count % mine == 0, "slots of unequal length")
    capacity = slots.count / mine
    let most = max(1, min(bucket, capacity, Int(Int32.max) / tree.slots.count))
    self.bucket = most
    let depth = max(1, min(Self.depth, (capacity + most - 1) / most))
    flights = Array(repeating: nil, count: Self.depth)
    guard communicator.size > 1 else {
      (route, track, self.kind) = (nil, nil, nil)
      return
    }
    track = communicator.recorder.track(.allReduce)
    let map = try hosts ?? communicator.hosts()
    if kind == .hosts || kind == .auto && map.isWorthwhile,
      let byHosts = try HostRoute(
        communicator, plan: HostPlan(tree, map), slots: slots, mine: mine, bucket: most,
        depth: depth, isRequired: kind == .hosts)
    {
      (route, self.kind) = (byHosts, .hosts)
    } else {
      route = FlatRoute(
        rank: communicator.rank, tree: tree, slots: slots, bucket: most, depth: depth)
      self.kind = .flat
    }
  }

  /// Bytes that this rank has handed to MPI for other ranks so far: what ranks of one host read in shared memory is
  /// none of them.
  package var sentBytes: Int { route?.sentBytes ?? 0 }

  /// Opens a step on the first `count` floats of each slot, the first `narrow` of which are bfloat16s: nothing of
  /// them is final.
  package func begin(count: Int, narrow: Int = 0) {
    precondition(settled == nil, "a step is open")
    precondition(count <= capacity, "\(count) floats in slots of \(capacity)")
    precondition(narrow >= 0 && narrow <= count, "\(narrow) of \(count) floats")
    (self.count, self.narrow) = (count, narrow)
    func buckets(_ count: Int) -> Int { route == nil ? 0 : (count + bucket - 1) / bucket }
    narrowBuckets = buckets(narrow)
    bucketCount = narrowBuckets + buckets(count - narrow)
    route?.begin()
    (landed, settled) = (0, 0)
  }

  /// Says that floats 0..<`end` of every slot of this rank are final, and starts what can leave.
  package func ready(upTo end: Int) throws {
    guard let settled else { preconditionFailure("no step is open") }
    precondition(end >= settled && end <= count, "\(end) is outside \(settled)...\(count)")
    self.settled = end
    try startReady()
  }

  /// Lets what is on its way come further, without waiting.
  package func poll() throws {
    try route?.poll()
    noteLandings()
    try startReady()
  }

  /// Closes the step: all of the vector is final. Waits until the first slot is the sum.
  package func finish() throws {
    if bucketCount > 0 { waitBegan = SpanClock.now }
    try ready(upTo: count)
    defer {
      track?.leave(.orderedSum)
      waitBegan = nil
    }
    while let route, landed < bucketCount {
      track?.enter(.orderedSum, route.awaited)
      try route.wait()
      try route.poll()  // what else has come: each bucket that lands makes room for one to leave
      noteLandings()
      try startReady()
    }
    settled = nil
  }

  private func startReady() throws {
    guard let route, let settled else { return }
    while route.started < bucketCount, route.started - landed < route.depth {
      let number = route.started
      let isNarrow = number < narrowBuckets
      let first = isNarrow ? number * bucket : narrow + (number - narrowBuckets) * bucket
      let range = first..<min(first + bucket, isNarrow ? narrow : count)
      guard range.upperBound <= settled else { return }
      try route.start(range, isNarrow: isNarrow)
      if number == landed { departure = SpanClock.now }
      flights[number % flights.count] = track?.open(.bucket, number)
    }
  }

  private func noteLandings() {
    guard let route else { return }
    while landed < route.landed {
      if let flight = flights[landed % flights.count] { track?.close(flight) }
      landed += 1
      if landed == route.started {
        flightTime.add(departure..<SpanClock.now, waitBegan: waitBegan)
      }
    }
  }
}
