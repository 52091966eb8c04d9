import Communicator
import Training
import Testing

/// Against a count of every message between two ranks.
@Suite struct FlatTrafficTests {
  /// Floats that pass between ranks, as a rank of the one and of the other host sees them.
  private struct Counted {
    var out: [Int], into: [Int], within: [Int]

    init(_ shape: HostShape, _ message: (_ from: Int, _ to: Int) -> Int) {
      out = Array(repeating: 0, count: shape.hosts)
      into = out
      within = Array(repeating: 0, count: shape.ranks)
      for from in 0..<shape.ranks {
        for to in 0..<shape.ranks where to != from {
          let (a, b) = (from / shape.ranksPerHost, to / shape.ranksPerHost)
          if a == b {
            within[from] += message(from, to)
          } else {
            out[a] += message(from, to)
            into[b] += message(from, to)
          }
        }
      }
    }

    var link: Int { 4 * max(out.max() ?? 0, into.max() ?? 0) }
    var host: Int { 4 * (within.max() ?? 0) }
  }

  @Test(
    arguments: [(4, 4, 2), (6, 4, 2), (7, 3, 2), (12, 5, 2), (9, 9, 4), (8, 8, 8), (16, 4, 1)],
    [1, 7, 64, 1001])
  func phasesAreTheMessages(_ job: (Int, Int, Int), _ floats: Int) {
    let (replicas, ranks, ranksPerHost) = job
    let shape = HostShape(ranks: ranks, ranksPerHost: ranksPerHost)
    let tree = ReductionTree(replicas: replicas, ranks: ranks)
    func chunk(_ p: Int) -> Int { (p + 1) * floats / shape.ranks - p * floats / shape.ranks }
    let exchange = Counted(shape) { tree.slotsOfRank[$0] * chunk($1) }
    let gather = Counted(shape) { from, _ in chunk(from) }
    let phases = FlatTraffic(replicas: replicas, shape: shape).phases(floats: floats)
    #expect(phases.map(\.linkBytes) == [exchange.link, gather.link])
    #expect(phases.map(\.hostBytes) == [exchange.host, gather.host])
    #expect(phases.map(\.messages) == [shape.ranks - 1, shape.ranks - 1])
    let added = (0..<shape.ranks).map { 4 * (tree.slots.count - 1) * chunk($0) }.max()
    #expect(phases.map(\.addedBytes) == [added, 0])
  }

  @Test func oneRankMovesNothing() {
    let alone = FlatTraffic(replicas: 4, shape: HostShape(ranks: 1, ranksPerHost: 8))
    #expect(alone.phases(floats: 1000).isEmpty)
    #expect(alone.sentBytes(floats: 1000) == [0])
  }

  @Test func hostsAreFilledInOrder() {
    let shape = HostShape(ranks: 7, ranksPerHost: 3)
    #expect(shape.hosts == 3)
    #expect((0..<3).map(shape.ranks(ofHost:)) == [0..<3, 3..<6, 6..<7])
    #expect(HostShape(ranks: 2, ranksPerHost: 8) == HostShape(ranks: 2, ranksPerHost: 2))
  }

  @Test func linksAreToldInTheUnitsTheyAreSoldIn() throws {
    let link = try #require(HostLink("10,50"))
    #expect(link.bytesPerSecond == 1.25e9 && link.latencySeconds == 50e-6)
    #expect(link.gigabitsPerSecond == 10 && link.latencyMicroseconds == 50)
    for text in ["", "10", "10,", ",5", "10,5,1", "0,5", "-1,5", "10,-1", "nan,1", "inf,1", "a,b"] {
      #expect(HostLink(text) == nil, "\(text)")
    }
  }
}
