import Core
import Foundation
import Synchronization

/// A sum over ranks whose front may leave early: driven by whoever computes (`OrderedAllReduce`), or
/// by a thread of its own.
package protocol OverlappedSum: AnyObject {
  /// Opens a step on the first `count` floats of the vector, the first `narrow` of which are bfloat16s: nothing of
  /// them is final.
  func begin(count: Int, narrow: Int)
  /// Says that floats 0..<`end` are final, and lets them leave.
  func ready(upTo end: Int) throws
  /// Lets what is on its way come further, without waiting.
  func poll() throws
  /// Closes the step: all is final. Waits until the first slot is the sum.
  func finish() throws
  /// Bytes that this rank has handed over for other ranks, as of the last `finish`.
  var sentBytes: Int { get }
  /// How long buckets were on their way, likewise.
  var flightTime: FlightTime { get }
}

extension OrderedAllReduce: OverlappedSum {}

/// Drives an all-reduce from a thread of its own, for ranks that have a core to spare: MPI moves
/// data within its calls alone, and the computing threads come by only between two layers.
///
/// Between `begin` and `finish` this thread alone calls MPI, else the computing thread alone: never
/// two at a time (`MPI_THREAD_SERIALIZED`). The sum's bits are those of the all-reduce.
package final class CommunicationThread: OverlappedSum, @unchecked Sendable {
  private let sum: OrderedAllReduce
  /// Floats at the front that are final, for the thread to see.
  private let settled = Atomic<Int>(0)
  private let condition = NSCondition()
  // Guarded by `condition`.
  private var isOpen = false, isEnded = false
  private var fault: (any Error)?

  /// Takes over `sum`, which nobody else may use from now on; call `end` to be rid of the thread.
  /// - Throws: `CSGError` where there is no thread to be had.
  package init(_ sum: OrderedAllReduce) throws {
    self.sum = sum
    try BackgroundThread.start("communication") { [self] in
      while waitForStep() { drive() }
    }
  }

  /// Ends the thread, which has no step open.
  package func end() {
    condition.withLock {
      isEnded = true
      condition.broadcast()
    }
  }

  /// Opens a step.
  package func begin(count: Int, narrow: Int) {
    settled.store(0, ordering: .relaxed)
    sum.begin(count: count, narrow: narrow)
  }

  /// Lets the thread take floats 0..<`end`. It sleeps until there are some: there may be no core to spare after all.
  package func ready(upTo end: Int) {
    let before = settled.load(ordering: .relaxed)
    precondition(end >= before && end <= sum.count, "\(end) goes back")
    settled.store(end, ordering: .releasing)
    if before == 0 && end > 0 { open() }
  }

  private func open() {
    condition.withLock {
      isOpen = true
      condition.broadcast()
    }
  }

  /// Nothing: the thread polls.
  package func poll() {}

  /// Waits until the thread has closed the step.
  /// - Throws: what stopped it.
  package func finish() throws {
    ready(upTo: sum.count)
    if sum.count == 0 { open() }
    try condition.withLock {
      while isOpen { condition.wait() }
      if let fault { throw fault }
    }
  }

  /// Bytes that this rank has sent, between two steps.
  package var sentBytes: Int { sum.sentBytes }

  /// How long buckets were on their way, between two steps.
  package var flightTime: FlightTime { sum.flightTime }

  private func waitForStep() -> Bool {
    condition.withLock {
      while !isOpen && !isEnded { condition.wait() }
      return isOpen
    }
  }

  private func drive() {
    var fault: (any Error)?
    do {
      while true {
        let end = settled.load(ordering: .acquiring)
        if end == sum.count { break }
        try sum.ready(upTo: end)
        try sum.poll()
        sched_yield()
      }
      try sum.finish()
    } catch let error { fault = error }
    condition.withLock {
      self.fault = fault
      isOpen = false
      condition.broadcast()
    }
  }
}
