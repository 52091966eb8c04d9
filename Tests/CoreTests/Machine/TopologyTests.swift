import Core
import Foundation
import Testing

struct TopologyTests {
  /// Two sockets, each a memory node of two cores of two hardware threads; siblings are numbered as on most servers.
  static let server = Topology(
    (0..<4).flatMap { core in
      [core, core + 4].map {
        Topology.HardwareThread(
          number: $0, core: core, socket: core / 2, memoryNode: core / 2)
      }
    })

  @Test func coresOfHardwareThreads() {
    #expect(Self.server.cores() == [0, 1, 2, 3])
    #expect(Self.server.cores(of: [1, 5, 6]) == [1, 2])
    #expect(Self.server.cores(of: [9]).isEmpty)
    #expect(Self.server.hardwareThreads(of: [6, 1]).map(\.number) == [1, 6])
  }

  /// A thread for each core has those hardware threads of it that its process may use.
  @Test(
    arguments: [
      ([0, 1, 4, 5], 2, [[0, 4], [1, 5]]), ([5, 2], 2, [[5], [2]]), ([0, 1, 4, 5], 4, nil),
      ([0, 1, 4, 5], 1, nil), (Array(0..<8), 4, nil), ([], 1, nil),
    ] as [([Int], Int, [[Int]]?)])
  func placesOfThreads(_ bound: [Int], _ threads: Int, _ places: [[Int]]?) {
    #expect(Self.server.places(threads: threads, boundTo: bound) == places)
  }

  @Test func thisMachine() {
    let own = Topology.own
    let limits = MachineLimits()
    #expect(limits.machineCores == own.cores().count)
    #expect(limits.boundCores == own.cores(of: Affinity.own).count)
    #expect(Set(Affinity.own).isSubset(of: Set(own.hardwareThreads.map(\.number))))
    #expect(own.cores().count <= own.hardwareThreads.count)
    #expect(Set(own.hardwareThreads.map(\.number)).count == own.hardwareThreads.count)
  }

  /// A thread of its own, so that no other test is bound.
  @Test func aThreadIsKeptToItsPlace() throws {
    let place = try #require(Affinity.own.last)
    let found = Locked<(isBound: Bool, own: [Int])?>(nil)
    try BackgroundThread.start("bound") {
      let isBound = Affinity.bind(to: [place])
      found.withLock { $0 = (isBound, Affinity.own) }
    }
    while found.withLock({ $0 == nil }) { usleep(1000) }
    #expect(found.withLock { $0?.isBound } == true)
    #expect(found.withLock { $0?.own } == [place])
    #expect(!Affinity.bind(to: []) && !Affinity.bind(to: [-1, 1 << 20]))
  }
}
