import CProcess
import Core
import Foundation
import Synchronization

/// The computing threads of a rank: the caller and `count − 1` workers that wait for work.
///
/// Who does which job, and when, is left to chance: jobs must write apart, and a sum that crosses
/// jobs is the caller's, in an order of its own. A worker waits busily for a moment, since the next
/// layer soon brings work, then sleeps.
package final class ThreadTeam: @unchecked Sendable {
  /// Threads, the caller included.
  package let count: Int

  /// What workers see; they keep it alive, and the team's end stops them.
  private final class Work: @unchecked Sendable {
    /// Counts the calls of `forEach`; −1 ends the workers.
    let generation = Atomic<Int>(0)
    /// The next job that nobody has taken.
    let next = Atomic<Int>(0)
    /// Workers that are at the jobs.
    let attendance = Attendance()
    /// Workers that sleep.
    let sleeping = Atomic<Int>(0)
    let condition = NSCondition()
    var jobs = 0
    var body: OpaquePointer?

    func take(thread: Int) {
      while true {
        let job = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard job < jobs else { return }
        cprocess_call(body, job, thread)
      }
    }

    func waitForGeneration(after seen: Int) -> Int {
      for look in 0..<Attendance.patience {
        let now = generation.load(ordering: .acquiring)
        if now != seen { return now }
        if look > Attendance.eagerness { sched_yield() }
      }
      condition.lock()
      defer { condition.unlock() }
      sleeping.wrappingAdd(1, ordering: .sequentiallyConsistent)
      defer { sleeping.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
      while true {
        let now = generation.load(ordering: .sequentiallyConsistent)
        if now != seen { return now }
        condition.wait()
      }
    }

    func wakeSleepers() {
      guard sleeping.load(ordering: .sequentiallyConsistent) > 0 else { return }
      condition.lock()
      condition.broadcast()
      condition.unlock()
    }
  }

  private let work = Work()

  /// A team of `count` threads. Each worker keeps to its hardware threads of `places`, if there are any
  /// (`Topology.places`); the caller is left with what the others leave.
  /// - Throws: `CSGError` where one of them cannot be started.
  package init(count: Int, places: [[Int]]? = nil) throws {
    precondition(count >= 1, "a team has at least one thread")
    precondition(places.map { $0.count == count } ?? true, "a place for each thread")
    self.count = count
    guard count > 1 else { return }
    let places = places ?? Topology.own.places(threads: count, boundTo: Affinity.own)
    for thread in 1..<count {
      try BackgroundThread.start("compute \(thread)") { [work] in
        // Where that is refused, it runs wherever the rank may.
        if let places { _ = Affinity.bind(to: places[thread]) }
        var seen = 0
        while true {
          seen = work.waitForGeneration(after: seen)
          guard seen >= 0 else { return }
          guard work.attendance.enter() else { continue }
          work.take(thread: thread)
          work.attendance.leave()
        }
      }
    }
  }

  deinit {
    work.generation.store(-1, ordering: .sequentiallyConsistent)
    work.wakeSleepers()
  }

  /// Calls `body` for every job in 0..<jobs, each once, with the number of the thread that does it
  /// (for scratch of its own); returns when all are done. Not to be nested.
  package func forEach(_ jobs: Int, _ body: (_ job: Int, _ thread: Int) -> Void) {
    guard count > 1 && jobs > 1 else {
      for job in 0..<jobs { body(job, 0) }
      return
    }
    lendBody(body) { body in
      work.body = body
      work.jobs = jobs
      work.next.store(0, ordering: .relaxed)
      work.attendance.open()
      work.generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
      work.wakeSleepers()
      work.take(thread: 0)
      work.attendance.close()
      work.body = nil
    }
  }

  /// Calls `body` for consecutive ranges that make up 0..<count, of `size` each but the last.
  package func forEachRange(
    of count: Int, size: Int, _ body: (_ range: Range<Int>, _ thread: Int) -> Void
  ) {
    forEach((count + size - 1) / size) { job, thread in
      body(job * size..<min((job + 1) * size, count), thread)
    }
  }
}

/// Calls `use` with what `cprocess_call` calls `body` by, on any thread, until `use` returns:
/// `withoutActuallyEscaping` would put a box on the heap for each call.
@_silgen_name("cprocess_lend")
private func lendBody(
  _ body: (_ job: Int, _ thread: Int) -> Void, _ use: (_ body: OpaquePointer) -> Void)
