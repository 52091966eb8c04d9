import Communicator
import Core
import Testing
import Training

/// Collective, as all tests here.
@Suite(.serialized) struct SumTrafficTests {
  let communicator: Communicator

  init() throws { communicator = try Communicator() }

  /// The cost model counts the bytes that the all-reduce hands over.
  @Test(arguments: [4, 5, 6, 7, 12], [1, 64, 1001, 20_011])
  func bytesAreThoseThatAreSent(_ replicas: Int, _ count: Int) throws {
    let ranks = communicator.size
    let tree = ReductionTree(replicas: replicas, ranks: ranks)
    let shape = HostShape(ranks: ranks, ranksPerHost: max(1, (ranks + 1) / 2))
    let hosts = HostMap((0..<ranks).map { $0 / shape.ranksPerHost })
    let ways: [(Configuration.Compute.AllReduce, any SumTraffic)] = [
      (.flat, FlatTraffic(replicas: replicas, shape: shape)),
      (.hosts, HostTraffic(replicas: replicas, shape: shape)),
    ]
    for (kind, traffic) in ways {
      for bucket in [count, 1 + count / 3, 640] {
        let slots = FloatBuffer(tree.slotsOfRank[communicator.rank] * count).all
        let allReduce = try OrderedAllReduce(
          communicator, tree: tree, slots: slots, bucket: bucket, kind: kind, hosts: hosts)
        allReduce.begin(count: count)
        try allReduce.finish()
        let expected = stride(from: 0, to: count, by: bucket).reduce(0) {
          $0 + traffic.sentBytes(floats: min(bucket, count - $1))[communicator.rank]
        }
        #expect(allReduce.sentBytes == expected, "\(kind), bucket \(bucket)")
      }
    }
  }
}
