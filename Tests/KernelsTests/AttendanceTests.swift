import Core
import Foundation
import Kernels
import Synchronization
import Testing

struct AttendanceTests {
  /// A thread that does not come is not waited for, and is sent away if it comes later.
  @Test func whoComesTooLateHoldsNobodyUp() {
    let attendance = Attendance()
    let isEarly = !attendance.enter()
    attendance.open()
    attendance.close()
    let isLate = !attendance.enter()
    attendance.open()
    let isInTime = attendance.enter()
    attendance.leave()
    attendance.close()
    let isLateAgain = !attendance.enter()
    #expect(isEarly && isLate && isInTime && isLateAgain)
  }

  private final class Piece: Sendable {
    let attendance = Attendance()
    let entered = Atomic<Int>(0), done = Atomic<Int>(0)
  }

  /// Whoever is there is waited for, however long his work takes.
  @Test(arguments: [1, 3]) func whoIsThereIsWaitedFor(_ threads: Int) throws {
    let piece = Piece()
    piece.attendance.open()
    for number in 0..<threads {
      try BackgroundThread.start("test \(number)") {
        guard piece.attendance.enter() else { return }
        piece.entered.wrappingAdd(1, ordering: .relaxed)
        usleep(20_000 * UInt32(number + 1))
        piece.done.wrappingAdd(1, ordering: .relaxed)
        piece.attendance.leave()
      }
    }
    while piece.entered.load(ordering: .relaxed) < threads { sched_yield() }
    piece.attendance.close()
    #expect(piece.done.load(ordering: .relaxed) == threads)
  }
}
