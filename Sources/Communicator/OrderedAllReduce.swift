import CMPI
import Core

/// The sum over all ranks of one vector, in the order of a reduction tree; its front may leave while
/// its end is still computed.
///
/// Each step: `begin`, any number of `ready` and `poll`, `finish`. The vector goes in buckets, front
/// first, at most `depth` of them on their way. MPI moves data within its calls alone, so whoever
/// computes also polls. Neither bucket size, nor rank count, nor when ranges become ready changes a
/// bit of the sum. With one rank there is nothing to do.
///
/// Collective: the ranks bring vectors of equal length and take the same steps, each at its own
/// pace. Errors are `CSGError`s with call, rank and MPI's text; the vector is then undefined: abort.
package final class OrderedAllReduce {
  /// Floats of the vector of the step under way.
  package private(set) var count = 0
  /// Bytes that this rank has handed over for other ranks so far: chunks of its slots, and of sums.
  package private(set) var sentBytes = 0

  /// How long buckets were on their way so far.
  package private(set) var flightTime = FlightTime()

  private static let depth = 4
  private let communicator: Communicator
  private let slots: FloatSlice
  /// This rank's slots, and floats between two of them: the longest vector.
  private let mine: Int, capacity: Int
  private let bucket: Int
  private var bucketCount = 0
  private let memory: Memory?
  /// Where buckets on their way, and waits for them, are noted; and the spans of those, in turn.
  private let track: Track?
  private var flights: [Track.Span?]

  // Buckets in order: 0..<summed are done, ..<exchanged are gathered, ..<started are exchanged.
  private var summed = 0, exchanged = 0, started = 0
  /// When the first of the buckets on their way left, and when `finish` was called, in nanoseconds.
  private var departure: UInt64 = 0, waitBegan: UInt64?
  /// Floats at the front that are final; nil outside a step.
  private var settled: Int?

  /// Plans the sum of `slots`, this rank's slots one after another, the first of which ends as the
  /// sum on every rank: in buckets of `bucket` floats, or fewer where MPI could not count them.
  package init(_ communicator: Communicator, tree: ReductionTree, slots: FloatSlice, bucket: Int) {
    precondition(
      tree.ranks == communicator.size, "a tree for \(tree.ranks) ranks, not \(communicator.size)")
    precondition(bucket > 0, "a bucket holds at least one float")
    mine = tree.slotsOfRank[communicator.rank]
    precondition(slots.count % mine == 0, "slots of unequal length")
    capacity = slots.count / mine
    self.communicator = communicator
    self.slots = slots
    self.bucket = max(1, min(bucket, capacity, Int(Int32.max) / tree.slots.count))
    memory =
      communicator.size == 1
      ? nil
      : Memory(
        tree, rank: communicator.rank, bucket: self.bucket,
        depth: min(Self.depth, (capacity + self.bucket - 1) / self.bucket))
    track = communicator.size == 1 ? nil : communicator.recorder.track(.allReduce)
    flights = Array(repeating: nil, count: Self.depth)
  }

  /// Opens a step on the first `count` floats of each slot: nothing of them is final.
  package func begin(count: Int) {
    precondition(settled == nil, "a step is open")
    precondition(count <= capacity, "\(count) floats in slots of \(capacity)")
    self.count = count
    bucketCount = communicator.size == 1 ? 0 : (count + bucket - 1) / bucket
    (summed, exchanged, started, settled) = (0, 0, 0, 0)
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
    while exchanged < started, try hasEnded(exchanged, waits: false) { try gather() }
    while summed < exchanged, try hasEnded(summed, waits: false) { land() }
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
    while summed < bucketCount {
      if exchanged < started {
        track?.enter(.orderedSum, exchanged)
        _ = try hasEnded(exchanged, waits: true)
        try gather()
      } else {
        track?.enter(.orderedSum, summed)
        _ = try hasEnded(summed, waits: true)
        land()
        try startReady()
      }
    }
    settled = nil
  }

  private func startReady() throws {
    guard let memory, let settled else { return }
    while started < bucketCount, started - summed < memory.buckets.count {
      let first = started * bucket
      let length = min(bucket, count - first)
      guard first + length <= settled else { return }
      let flight = memory[started]
      flight.pointee.slots = slots.pointer + first
      flight.pointee.stride = Int64(capacity)
      flight.pointee.count = Int32(length)
      try check(cmpi_bucket_exchange(flight), "MPI_Ialltoallv")
      sentBytes += bytesSent(length)
      if started == summed { departure = SpanClock.now }
      flights[started % flights.count] = track?.open(.bucket, started)
      started += 1
    }
  }

  /// Bucket `summed` is the sum.
  private func land() {
    if let flight = flights[summed % flights.count] { track?.close(flight) }
    summed += 1
    if summed == started { flightTime.add(departure..<SpanClock.now, waitBegan: waitBegan) }
  }

  /// Of a bucket of `length` floats: to each other rank its chunk of all slots here, and the sum of
  /// the chunk that is added up here.
  private func bytesSent(_ length: Int) -> Int {
    let (rank, ranks) = (communicator.rank, communicator.size)
    let chunk = (rank + 1) * length / ranks - rank * length / ranks
    return (mine * (length - chunk) + (ranks - 1) * chunk) * MemoryLayout<Float>.stride
  }

  private func gather() throws {
    guard let memory else { return }
    try check(cmpi_bucket_gather(memory[exchanged]), "MPI_Iallgatherv")
    exchanged += 1
  }

  private func hasEnded(_ number: Int, waits: Bool) throws -> Bool {
    guard let memory else { return true }
    var isDone: Int32 = 0
    try check(
      cmpi_bucket_test(memory[number], waits ? 1 : 0, &isDone), waits ? "MPI_Wait" : "MPI_Test")
    return isDone != 0
  }

  private func check(_ code: Int32, _ call: String) throws {
    try Communicator.check(code, call, rank: communicator.rank)
  }
}

/// What C needs of a planned sum, at addresses that stay.
private final class Memory {
  let buckets: UnsafeMutableBufferPointer<cmpi_bucket>
  private let tree: UnsafeMutablePointer<cmpi_tree>
  private let slotsOfRank: UnsafeMutableBufferPointer<Int32>
  private let additions: UnsafeMutableBufferPointer<cmpi_addition>
  private let counts: UnsafeMutableBufferPointer<Int32>
  private let scratch: FloatBuffer

  init(_ plan: ReductionTree, rank: Int, bucket: Int, depth: Int) {
    slotsOfRank = .allocate(capacity: plan.ranks)
    _ = slotsOfRank.initialize(from: plan.slotsOfRank.map(Int32.init))
    additions = .allocate(capacity: plan.additions.count)
    _ = additions.initialize(
      from: plan.additions.map { cmpi_addition(into: Int32($0.into), from: Int32($0.from)) })
    tree = .allocate(capacity: 1)
    tree.initialize(
      to: cmpi_tree(
        rank: Int32(rank), size: Int32(plan.ranks), slots_of_rank: slotsOfRank.baseAddress,
        additions: additions.baseAddress, addition_count: Int32(additions.count)))
    counts = .allocate(capacity: 4 * plan.ranks * depth)
    counts.initialize(repeating: 0)
    let each = Int(cmpi_bucket_scratch(tree, Int32(bucket)))
    scratch = FloatBuffer(each * depth)
    buckets = .allocate(capacity: depth)
    buckets.initialize(repeating: cmpi_bucket())
    for index in 0..<depth {
      buckets[index].tree = UnsafePointer(tree)
      buckets[index].scratch = scratch.all.pointer + each * index
      buckets[index].counts = counts.baseAddress.map { $0 + 4 * plan.ranks * index }
    }
  }

  /// Where bucket `number` of the vector goes.
  subscript(number: Int) -> UnsafeMutablePointer<cmpi_bucket> {
    guard let first = buckets.baseAddress else { preconditionFailure("no bucket is planned") }
    return first + number % buckets.count
  }

  deinit {
    buckets.deallocate()
    tree.deallocate()
    slotsOfRank.deallocate()
    additions.deallocate()
    counts.deallocate()
  }
}
