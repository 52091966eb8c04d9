import CMPI
import Core

/// Every rank exchanges with every other: an all-to-all, the tree's additions on a chunk, an all-gather.
final class FlatRoute: BucketRoute {
  private let rank: Int, ranks: Int
  private let slots: FloatSlice
  /// This rank's slots, and floats between two of them.
  private let mine: Int, capacity: Int
  private let memory: Memory

  // Buckets in order: 0..<landed are done, ..<exchanged are gathered, ..<started are exchanged.
  private(set) var landed = 0, started = 0
  private var exchanged = 0
  private(set) var sentBytes = 0

  /// A route for `slots`, in buckets of at most `bucket` floats, `depth` of them on their way.
  init(rank: Int, tree: ReductionTree, slots: FloatSlice, bucket: Int, depth: Int) {
    self.rank = rank
    self.slots = slots
    ranks = tree.ranks
    mine = tree.slotsOfRank[rank]
    capacity = slots.count / mine
    memory = Memory(tree, rank: rank, bucket: bucket, depth: depth)
  }

  var depth: Int { memory.buckets.count }
  var awaited: Int { exchanged < started ? exchanged : landed }

  func begin() { (landed, exchanged, started) = (0, 0, 0) }

  func start(_ range: Range<Int>, isNarrow: Bool) throws {
    let flight = memory[started]
    flight.pointee.slots = slots.pointer + range.lowerBound
    flight.pointee.stride = Int64(capacity)
    flight.pointee.count = Int32(range.count)
    flight.pointee.is_narrow = isNarrow ? 1 : 0
    try check(cmpi_bucket_exchange(flight), "MPI_Ialltoallv")
    sentBytes += valuesSent(range.count) * (isNarrow ? 2 : 4)
    started += 1
  }

  func poll() throws {
    while exchanged < started, try hasEnded(exchanged, waits: false) { try gather() }
    while landed < exchanged, try hasEnded(landed, waits: false) { land() }
  }

  func wait() throws {
    if exchanged < started {
      _ = try hasEnded(exchanged, waits: true)
      try gather()
    } else if landed < exchanged {
      _ = try hasEnded(landed, waits: true)
      land()
    }
  }

  private func land() {
    cmpi_bucket_land(memory[landed])
    landed += 1
  }

  /// Of a bucket of `length` floats: to each other rank its chunk of all slots here, and the sum of
  /// the chunk that is added up here.
  private func valuesSent(_ length: Int) -> Int {
    let chunk = (rank + 1) * length / ranks - rank * length / ranks
    return mine * (length - chunk) + (ranks - 1) * chunk
  }

  private func gather() throws {
    try check(cmpi_bucket_gather(memory[exchanged]), "MPI_Iallgatherv")
    exchanged += 1
  }

  private func hasEnded(_ number: Int, waits: Bool) throws -> Bool {
    var isDone: Int32 = 0
    try check(
      cmpi_bucket_test(memory[number], waits ? 1 : 0, &isDone), waits ? "MPI_Wait" : "MPI_Test")
    return isDone != 0
  }

  private func check(_ code: Int32, _ call: String) throws {
    try Communicator.check(code, call, rank: rank)
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
    let blocks = Int(cmpi_bucket_blocks(tree))
    scratch = FloatBuffer(each * depth + blocks)
    buckets = .allocate(capacity: depth)
    buckets.initialize(repeating: cmpi_bucket())
    for index in 0..<depth {
      buckets[index].tree = UnsafePointer(tree)
      buckets[index].scratch = scratch.all.pointer + each * index
      buckets[index].blocks = scratch.all.pointer + each * depth
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
