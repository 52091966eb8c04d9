import CMPI
import Core
import Foundation

/// The ranks of a job, and all that they say to each other: the one Swift door to MPI.
///
/// Without mpirun (or another launcher that MPI knows) the job is one rank and MPI is never
/// started. Every function is collective: all ranks call in the same order, from one thread.
package final class Communicator: Ranks {
  /// This rank's number, and the number of ranks (P).
  package let rank: Int, size: Int
  /// MPI's thread level: 0 single to 3 multiple; nil without MPI.
  package let threadLevel: Int?

  /// What this rank is at: its one place where that is noted.
  package let recorder: Recorder
  let watchdog: Watchdog

  /// Whether a launcher has started this process as a rank.
  package static func isLaunched(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Bool { Launcher(environment).joinsRanks }

  /// Joins the job. A wait for other ranks ends it from here on, up to `finish` and to the exit of a process that
  /// does not come there.
  /// - Throws: `CSGError` where MPI fails, sees fewer processes than the launcher started, or no thread can be
  ///   started to watch over it.
  package init() throws {
    let launcher = Launcher()
    let recorder = Recorder(isShared: launcher.joinsRanks)
    let watchdog = Watchdog(
      rank: launcher.rank ?? 0, limitSeconds: try Patience.start(), recorder: recorder)
    (self.recorder, self.watchdog) = (recorder, watchdog)
    if launcher.joinsRanks {
      try watchdog.start()
      recorder.main.enter(.initialize)
      defer { recorder.main.leave(.initialize) }
      var world = cmpi_world()
      try Self.check(cmpi_init(&world), Activity.initialize.words, rank: nil)
      Self.finalizeAtExit(recorder, watchdog)
      (rank, size, threadLevel) = (Int(world.rank), Int(world.size), Int(world.thread_level))
    } else {
      (rank, size, threadLevel) = (0, 1, nil)
    }
    if let objection = launcher.objection(to: size) {
      throw CSGError(
        .failure, "\(objection): each would do all of the work, into the same files",
        remedy:
          "start with Open MPI's mpirun, or srun --mpi=pmix; one process alone within such a step "
          + "with mpirun -n 1")
    }
  }

  /// Whether MPI may be called by any thread, one at a time: from MPI_THREAD_SERIALIZED on.
  package var allowsAnyThread: Bool {
    threadLevel.map { $0 >= Self.serialized } ?? true
  }
  /// MPI_THREAD_SERIALIZED, of the levels from 0 on.
  private static let serialized = 2

  /// Whether this rank speaks for the job.
  package var isRoot: Bool { rank == 0 }

  /// A wait for other ranks longer than this ends the job.
  /// `name` is what people set it by.
  package func setTimeout(seconds: Int, named name: String = Patience.variable) {
    watchdog.setLimit(seconds: seconds, named: name)
  }

  /// Notes what this rank is at from now on: "step", 12.
  package func enter(_ activity: Activity, _ number: Int? = nil) {
    recorder.main.enter(activity, number)
  }

  /// Notes that it is done with what it is at of that depth.
  package func leave(_ activity: Activity) { recorder.main.leave(activity) }

  /// Leaves the job; all ranks do.
  package func finish() throws {
    guard size > 1 else { return }
    try collective(.finalize) { cmpi_finalize() }
  }

  /// Recorder and watchdog of the last communicator: it stays awake until the process has gone.
  private static let last = Locked<(recorder: Recorder, watchdog: Watchdog)?>(nil)

  /// Has MPI end with the process where no `finish` has come before; that too waits for the other ranks.
  private static func finalizeAtExit(_ recorder: Recorder, _ watchdog: Watchdog) {
    let isFirst = last.withLock { last in
      defer { last = (recorder, watchdog) }
      return last == nil
    }
    guard isFirst else { return }
    atexit {
      Communicator.last.withLock { $0 }?.recorder.main.enter(.finalize)
      _ = cmpi_finalize()
    }
  }

  /// Ends all ranks with an exit status. Does not return.
  package static func abort(_ code: ExitCode) -> Never {
    if isLaunched() { cmpi_abort(code.rawValue) }
    _exit(code.rawValue)  // no library tidies up after a fault: HDF5 would flush what has failed
  }

  /// Rank 0's bytes on every rank.
  package func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    guard size > 1 else { return bytes }
    var count = Int64(bytes.count)
    try collective(.broadcast) { cmpi_broadcast(&count, 8, 0) }
    var result = isRoot ? bytes : [UInt8](repeating: 0, count: Int(count))
    try collective(.broadcast) { cmpi_broadcast(&result, count, 0) }
    return result
  }

  /// Rank 0's text on every rank.
  package func broadcast(_ text: String) throws -> String {
    String(decoding: try broadcast(Array(text.utf8)), as: UTF8.self)
  }

  /// Every rank's bytes, in rank order.
  package func gather(_ mine: [UInt8]) throws -> [[UInt8]] { try gather(mine, roundBytes: 1 << 30) }

  /// Every rank's values, in rank order. Ranks may bring different counts, of any size.
  package func gather<Value: BitwiseCopyable>(_ mine: [Value]) throws -> [[Value]] {
    try gather(mine, roundBytes: 1 << 30)
  }

  /// The same in rounds that bring about `roundBytes` in all: MPI counts and places bytes by 31 bits.
  package func gather<Value: BitwiseCopyable>(_ mine: [Value], roundBytes: Int) throws
    -> [[Value]]
  {
    guard size > 1 else { return [mine] }
    let counts = try allGather([mine.count][...], counts: Array(repeating: 1, count: size))
    let most = max(1, roundBytes / (size * MemoryLayout<Value>.stride))
    var all = counts.map { count in
      var values: [Value] = []
      values.reserveCapacity(count)
      return values
    }
    for start in stride(from: 0, to: counts.max() ?? 0, by: most) {
      let parts = counts.map { min(most, max(0, $0 - start)) }
      let part = mine[min(start, mine.count)..<min(start + most, mine.count)]
      let received = try allGather(part, counts: parts)
      var place = 0
      for (rank, count) in parts.enumerated() {
        all[rank] += received[place..<place + count]
        place += count
      }
    }
    return all
  }

  /// Every rank's values one after another, of which rank p brings `counts[p]`.
  private func allGather<Value: BitwiseCopyable>(_ mine: ArraySlice<Value>, counts: [Int]) throws
    -> [Value]
  {
    let bytes = try counts.map { count in
      guard let bytes = Int32(exactly: count * MemoryLayout<Value>.stride) else {
        throw CSGError(.failure, "\(count) values are too many for one MPI_Allgatherv")
      }
      return bytes
    }
    let total = counts.reduce(0, +)
    return try [Value](unsafeUninitializedCapacity: total) { all, filled in
      try mine.withUnsafeBytes { mine in
        try collective(.gather) {
          cmpi_all_gather(mine.baseAddress, bytes, all.baseAddress)
        }
      }
      filled = total
    }
  }

  /// Replaces `values` on every rank by their sums, added in whatever order MPI picks: the yardstick
  /// of `OrderedAllReduce`.
  package func unorderedAllReduce(_ values: FloatSlice) throws {
    guard size > 1 else { return }
    guard let count = Int32(exactly: values.count) else {
      throw CSGError(.failure, "\(values.count) floats are too many for one MPI_Allreduce")
    }
    try collective(.unorderedSum) { cmpi_all_reduce(values.pointer, count) }
  }

  /// Which ranks share a host, by its name. Collective.
  package func hosts() throws -> HostMap {
    HostMap(size > 1 ? try gather(Array(Self.hostName.utf8)) : [[]])
  }

  /// The ranks of this rank's host, it among them.
  package func ranksOfThisHost() throws -> [Int] {
    let hosts = try hosts()
    return hosts.ranks[hosts.hostOfRank[rank]]
  }

  /// Compares named digests across ranks.
  /// - Throws: `CSGError` that names step, the first differing tensor, and the rank whose value
  ///   differs from rank 0's.
  package func requireLockstep(_ digests: [(name: String, digest: Digest)], step: Int) throws {
    let things = digests.map { Agreement($0.name, "\($0.digest)", exitCode: .failure) }
    guard let difference = try disagreement(on: things) else { return }
    throw CSGError(
      .failure,
      "step \(step): rank \(difference.rank) is out of lockstep with rank 0, first in "
        + difference.name,
      remedy: Self.lockstepRemedy)
  }

  /// What to do where bits differ that should be equal.
  package static let lockstepRemedy =
    "check that all ranks run the same program on sound memory, then resume"

  // MARK: MPI's codes

  func collective(_ call: Activity, _ body: () -> Int32) throws {
    recorder.main.enter(call)
    defer { recorder.main.leave(call) }
    try Self.check(body(), call.words, rank: rank)
  }

  static func check(_ code: Int32, _ call: String, rank: Int?) throws {
    guard code != 0 else { return }
    let text = text { cmpi_error_text(code, $0, $1) }
    let place = rank.map { "rank \($0): " } ?? ""
    throw CSGError(.failure, "\(place)\(call) failed with MPI code \(code): \(text)")
  }

  private static func text(_ fill: (UnsafeMutablePointer<CChar>, Int32) -> Void) -> String {
    var buffer = [CChar](repeating: 0, count: 1024)
    fill(&buffer, Int32(buffer.count))
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Name and version of the MPI library.
  package static var libraryVersion: String {
    let whole = text { cmpi_library_version($0, $1) }
    return String(whole.prefix { $0 != "," && $0 != "\n" })
  }

  /// The host that this rank runs on.
  package static var hostName: String { text { cmpi_host_name($0, $1) } }
}
