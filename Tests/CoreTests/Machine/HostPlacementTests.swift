import Core
import Testing

/// Ranks on a server of two sockets, each a memory node of two cores of two hardware threads.
struct HostPlacementTests {
  private func placement(_ ranks: [(boundTo: [Int], threads: Int)], _ topology: Topology? = nil)
    -> HostPlacement
  {
    HostPlacement(
      host: "node", topology: topology ?? TopologyTests.server,
      ranks: ranks.enumerated().map {
        HostPlacement.Rank(
          number: $0.offset, boundTo: $0.element.boundTo, threads: $0.element.threads)
      })
  }

  @Test func aRankForEachSocketIsAsItShouldBe() {
    let placement = placement([([0, 4, 1, 5], 2), ([2, 6, 3, 7], 2)])
    #expect(placement.findings.isEmpty)
    #expect(
      placement.drawing == [
        "node: 2 sockets, 2 memory nodes, 4 cores, 8 hardware threads",
        "  socket 0, memory node 0, cores 0-1: rank 0",
        "  socket 1, memory node 1, cores 2-3: rank 1",
      ])
  }

  @Test func coresThatNobodyHas() {
    #expect(
      placement([([0, 4], 1), ([0, 4], 1), ([3], 1)]).drawing.dropFirst() == [
        "  socket 0, memory node 0, core 0: ranks 0-1",
        "  socket 0, memory node 0, core 1: no rank",
        "  socket 1, memory node 1, core 2: no rank",
        "  socket 1, memory node 1, core 3: rank 2",
      ])
  }

  @Test(
    arguments: [
      // Two ranks on one core, which leave others free; and on two that are enough for both.
      (
        [([0, 4], 1), ([0, 4], 1)], ["ranks 0-1 of node run 2 threads on core 0, which they share"]
      ),
      ([([0, 1], 1), ([1, 0], 1)], []),
      // Across sockets: one that was not bound, and two that were bound wrongly.
      (
        [(Array(0..<8), 4)],
        ["rank 0 of node may run on more than one socket, far from a part of its"]
      ),
      (
        [([0, 2], 2), ([1, 3], 2)],
        ["ranks 0-1 of node may run on more than one socket, far from a part of their memory"]
      ),
      // Hardware threads as cores, and more threads than there are of either.
      ([([0, 4], 2)], ["on the 1 core that it is bound to, on hardware threads"]),
      ([([0], 2)], ["on the 1 core that it is bound to: lower compute.threads, or bind"]),
      // More threads, and more ranks, than the host has cores.
      (
        [([0, 4, 1, 5], 4), ([2, 6, 3, 7], 1)],
        ["more computing threads than its 4 cores", "rank 0 of node runs 4 threads on the 2 cores"]
      ),
      (
        [([0], 1), ([4], 1), ([1], 1), ([2], 1), ([3], 1)],
        ["node runs 5 ranks on 4 cores", "ranks 0-1 of node run 2 threads on core 0"]
      ),
    ] as [([([Int], Int)], [String])])
  func whatIsWrong(_ ranks: [([Int], Int)], _ expected: [String]) {
    let findings = placement(ranks.map { (boundTo: $0.0, threads: $0.1) }).findings
    #expect(findings.count == expected.count, "\(findings)")
    for (finding, part) in zip(findings, expected) { #expect(finding.contains(part), "\(finding)") }
  }

  /// Sockets that share all memory, as a virtual machine may have them.
  @Test func socketsOfOneMemory() {
    let virtual = Topology(
      (0..<4).map { Topology.HardwareThread(number: $0, core: $0, socket: $0, memoryNode: 0) })
    #expect(placement([(boundTo: Array(0..<4), threads: 4)], virtual).findings.isEmpty)
  }

  /// Of hardware threads that this host has not nothing is said.
  @Test func aRankOfElsewhere() {
    #expect(placement([([64], 1), ([], 1)]).findings.isEmpty)
  }

  /// The remedy keeps within memory nodes where there are several in one socket.
  @Test func memoryNodesOfOneSocket() {
    let clustered = Topology(
      (0..<8).map {
        Topology.HardwareThread(number: $0, core: $0, socket: 0, memoryNode: $0 / 2)
      })
    let findings = placement([(boundTo: Array(0..<8), threads: 8)], clustered).findings
    #expect(findings.count == 1)
    #expect(findings[0].contains("more than one memory node"))
    #expect(findings[0].contains("--map-by ppr:1:numa:PE=2 --bind-to core"))
  }
}
