import Core
import Foundation
import Testing
import Training

/// A thread that does one piece of work at a time.
@Suite struct BackgroundWorkTests {
  private struct Fault: Error {}

  @Test func whatComesOfItIsKeptUntilSomebodyAsks() throws {
    let work = try BackgroundWork(named: "test")
    defer { work.stop() }
    let gate = DispatchSemaphore(value: 0)
    work.begin { gate.wait() }
    #expect(!work.isOver)
    gate.signal()
    try work.end()
    #expect(!work.isOver)
    try work.end()  // nothing was begun
    work.begin { throw Fault() }
    #expect(throws: Fault.self) { try work.end() }
    try work.end()
  }

  @Test func aStopWaitsForIt() throws {
    let work = try BackgroundWork(named: "test")
    let done = DispatchSemaphore(value: 0)
    work.begin { done.signal() }
    work.stop()
    #expect(done.wait(timeout: .now()) == .success)
  }
}
