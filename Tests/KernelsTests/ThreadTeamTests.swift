import Core
import Foundation
import Kernels
import Synchronization
import Testing

@Suite struct ThreadTeamTests {
  @Test(arguments: [1, 2, 3, 8]) func doesEveryJobOnce(_ threads: Int) throws {
    let team = try ThreadTeam(count: threads)
    let done = Locked([Int](repeating: 0, count: 1000))
    let seen = Locked(Set<Int>())
    for _ in 0..<20 {
      team.forEach(1000) { job, thread in
        done.withLock { $0[job] += 1 }
        _ = seen.withLock { $0.insert(thread) }
      }
    }
    #expect(done.withLock { $0.allSatisfy { $0 == 20 } })
    #expect(seen.withLock { $0.isSubset(of: Set(0..<threads)) })
  }

  @Test func wakesSleepersAgain() throws {
    let team = try ThreadTeam(count: 2)
    let total = Atomic<Int>(0)
    for pause in [0, 50_000, 0, 200_000] {
      if pause > 0 { Thread.sleep(forTimeInterval: Double(pause) / 1e6) }
      team.forEach(10) { job, _ in total.add(job, ordering: .relaxed) }
    }
    #expect(total.load(ordering: .relaxed) == 4 * 45)
  }

  /// A worker runs at its place alone; the caller, and the threads that it starts, where they could before.
  @Test(.enabled(if: Affinity.own.count > 1, "SKIPPED: there is one place"))
  func workersKeepToTheirPlaces() throws {
    let own = Affinity.own
    let place = own.suffix(1)
    let team = try ThreadTeam(count: 2, places: [own, Array(place)])
    let found = Locked<[Int: [Int]]>([:])
    repeat {
      team.forEach(2) { _, thread in
        found.withLock { $0[thread] = Affinity.own }
        usleep(1000)  // so that the worker comes in time
      }
    } while found.withLock { $0.count < 2 }
    #expect(found.withLock { $0 } == [0: own, 1: Array(place)])
  }

  @Test func rangesCoverAllOnce() throws {
    let covered = Locked([Int](repeating: 0, count: 103))
    try ThreadTeam(count: 2).forEachRange(of: 103, size: 10) { range, _ in
      #expect(range.count == 10 || range == 100..<103)
      covered.withLock { for i in range { $0[i] += 1 } }
    }
    #expect(covered.withLock { $0.allSatisfy { $0 == 1 } })
  }
}
