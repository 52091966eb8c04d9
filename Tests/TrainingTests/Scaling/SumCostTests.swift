import Training
import Testing

@Suite struct SumCostTests {
  private let free = HostCost(memoryBytesPerSecond: .infinity, messageSeconds: 0)

  private func phase(link: Int = 0, host: Int = 0, messages: Int = 0, added: Int = 0) -> SumPhase {
    var phase = SumPhase()
    (phase.linkBytes, phase.hostBytes) = (link, host)
    (phase.messages, phase.addedBytes) = (messages, added)
    return phase
  }

  private func landing(
    _ buckets: [[SumPhase]], ready: [Double], rate: Double, latency: Double
  ) -> Double {
    SumCost(
      buckets, link: HostLink(bytesPerSecond: rate, latencySeconds: latency), host: free
    ).landing(ready: ready)
  }

  /// A bucket alone: each of its phases moves its bytes, and waits for its message.
  @Test func aBucketTakesBytesAndLatencies() {
    let bucket = [phase(link: 64), phase(link: 32)]
    #expect(landing([bucket], ready: [3], rate: 16, latency: 0.5) == 3 + 4 + 2 + 2 * 0.5)
    #expect(landing([bucket], ready: [3], rate: .infinity, latency: 0) == 3)
    #expect(landing([[phase(host: 64)]], ready: [3], rate: 16, latency: 0.5) == 3)
    #expect(landing([[]], ready: [3], rate: 16, latency: 0.5) == 3)
  }

  @Test(arguments: [0.0, 0.25, 1, 8])
  func doubledLatencyAddsOneAPhase(_ latency: Double) {
    let bucket = [phase(link: 64), phase(link: 32), phase(link: 8), phase(host: 9)]
    let once = landing([bucket], ready: [1], rate: 16, latency: latency)
    #expect(landing([bucket], ready: [1], rate: 16, latency: 2 * latency) == once + 3 * latency)
  }

  /// A link of one byte a second. The second bucket's exchange takes it while the first one's bytes are on their
  /// way; then the sums, in order.
  @Test func bucketsShareALink() {
    let bucket = [phase(link: 4), phase(link: 2)]
    // Exchanges: 0 to 4, 4 to 8; there at 5 and 9. Gathers: 8 to 10, 10 to 12; there at 11 and 13.
    #expect(landing([bucket, bucket], ready: [0, 0], rate: 1, latency: 1) == 13)
    // The first one is over before the second one is ready.
    #expect(landing([bucket, bucket], ready: [0, 100], rate: 1, latency: 1) == 108)
  }

  /// Without bytes to speak of, four buckets land after two latencies, and four more after two others.
  @Test func fourBucketsAreOnTheirWay() {
    let bucket = [phase(link: 1), phase(link: 1)]
    for (count, latencies) in [(1, 2), (4, 2), (5, 4), (8, 4), (9, 6)] {
      let end = landing(
        Array(repeating: bucket, count: count), ready: Array(repeating: 0, count: count),
        rate: 1e12, latency: 1)
      #expect(abs(end - Double(latencies)) < 1e-9, "\(count) buckets")
    }
  }

  @Test func aFasterLinkIsNoSlower() {
    let shape = HostShape(ranks: 6, ranksPerHost: 2)
    let traffic = FlatTraffic(replicas: 13, shape: shape)
    let buckets = [1000, 1000, 1000, 1000, 1000, 1000, 77].map(traffic.phases)
    let ready = [0.1, 0.2, 0.3, 0.35, 0.4, 0.6, 0.8]
    let ends = (0..<40).map { step in
      var rate = 1e3
      for _ in 0..<step { rate *= 1.4 }
      return landing(buckets, ready: ready, rate: rate, latency: 0.01)
    }
    for (slower, faster) in zip(ends, ends.dropFirst()) { #expect(faster <= slower) }
    #expect(ends[0] > 10 && ends[39] < 0.83)
  }

  @Test func aCoreCopiesAddsAndSends() {
    let host = HostCost(memoryBytesPerSecond: 100, messageSeconds: 0.5)
    #expect(host.seconds(phase(link: 9, host: 50, messages: 3, added: 100)) == 2 + 3 + 1.5)
    let cost = SumCost(
      [[phase(host: 50), phase(messages: 2)], [phase(added: 100)]],
      link: HostLink(bytesPerSecond: 1, latencySeconds: 0), host: host)
    #expect(cost.coreSeconds == 2 + 1 + 3)
    #expect(cost.linkSeconds == 0)
  }

  /// What a host costs comes back from two sums that cost so much.
  @Test func twoSamplesTellRateAndMessage() {
    let host = HostCost(memoryBytesPerSecond: 3e9, messageSeconds: 2e-6)
    func sample(_ floats: Int, _ host: HostCost) -> HostCost.Sample {
      let traffic = FlatTraffic(replicas: 4, shape: HostShape(ranks: 4, ranksPerHost: 4))
      let phases = [1 << 20, floats - 1 << 20].filter { floats > 1 << 20 && $0 > 0 }
      let buckets = (phases.isEmpty ? [floats] : phases).map(traffic.phases)
      let cost = SumCost(buckets, link: HostLink(bytesPerSecond: 1, latencySeconds: 0), host: host)
      return HostCost.Sample(floats: floats, ranks: 4, bucket: 1 << 20, seconds: cost.coreSeconds)
    }
    let (short, long) = (1000, 1 << 20 + 1 << 19)
    let found = HostCost(shortest: sample(short, host), longest: sample(long, host))
    #expect(abs(found.memoryBytesPerSecond / 3e9 - 1) < 1e-9)
    #expect(abs(found.messageSeconds / 2e-6 - 1) < 1e-9)
    // One length tells the rate alone; so do two of which the shorter takes no message's time.
    let bare = HostCost(memoryBytesPerSecond: 3e9, messageSeconds: 0)
    let one = HostCost(shortest: sample(long, bare), longest: sample(long, bare))
    #expect(one.messageSeconds == 0 && abs(one.memoryBytesPerSecond / 3e9 - 1) < 1e-9)
  }
}
