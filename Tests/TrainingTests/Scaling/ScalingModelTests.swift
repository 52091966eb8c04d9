import Core
import Testing
import Training

@Suite struct ScalingModelTests {
  private let times = StepTimes(
    loadSeconds: 0.25, forwardSeconds: 1, backwardSeconds: 2, updateSeconds: 0.5)
  private let freeHost = HostCost(memoryBytesPerSecond: .infinity, messageSeconds: 0)
  private let freeLink = HostLink(bytesPerSecond: .infinity, latencySeconds: 0)

  private func run(
    floats: Int = 1000, bucket: Int = 1000, overlaps: Bool = true,
    layers: [ScaledRun.Layer] = [], meetings: [Int] = []
  ) -> ScaledRun {
    ScaledRun(
      samples: 10_000, testSamples: 1000, batch: 512, replicas: 8, epochs: 10, evaluations: 5,
      saves: 2, floats: floats, bucket: bucket, overlaps: overlaps, layers: layers,
      meetings: meetings, stateBytes: 4000, allReduce: .flat, wire: .float32)
  }

  private func model(
    _ run: ScaledRun, _ link: HostLink, _ host: HostCost? = nil, ranksPerHost: Int = 1
  ) -> ScalingModel {
    ScalingModel(run, times: times, link: link, host: host ?? freeHost, ranksPerHost: ranksPerHost)
  }

  /// Where nothing that is sent takes time, ranks lose what cannot be shared: the update, and replicas that do not go
  /// evenly into ranks.
  @Test(arguments: [1, 2, 3, 4, 7, 8, 16, 1024])
  func anInfinitelyFastLinkLeavesComputing(_ ranks: Int) {
    let row = model(run(), freeLink).row(ranks: ranks)
    let share = Double((max(8, ranks) + ranks - 1) / ranks)
    let computing = 3.25 * share + 0.5
    let alone = 512 / (3.25 * 8 + 0.5)
    #expect(row.stepSeconds == computing && row.waitingSeconds == 0 && row.hostSumSeconds == 0)
    let images = Double(min(64 * max(8, ranks), 10_000)) / computing
    #expect(abs(row.imagesPerSecond / images - 1) < 1e-12)
    #expect(abs(row.efficiency / (images / alone / Double(ranks)) - 1) < 1e-12)
  }

  @Test func oneRankSendsNothing() {
    let row = model(run(), HostLink(bytesPerSecond: 1, latencySeconds: 1)).row(ranks: 1)
    #expect(row.sentBytesPerRank == 0 && row.linkBytesPerHost == 0 && row.waitingSeconds == 0)
    #expect(row.efficiency == 1 && row.hosts == 1 && row.isThisRun)
  }

  /// More ranks than replicas train another run, whose replicas are as large.
  @Test func aRankNeedsAReplica() {
    let model = model(run(), freeLink, ranksPerHost: 4)
    let (eight, nine) = (model.row(ranks: 8), model.row(ranks: 9))
    #expect(eight.isThisRun && (eight.replicas, eight.batchSize) == (8, 512) && eight.hosts == 2)
    #expect(!nine.isThisRun && (nine.replicas, nine.batchSize) == (9, 576) && nine.hosts == 3)
    #expect(eight.stepsPerEpoch == 20 && nine.stepsPerEpoch == 18)
  }

  /// 10,000 samples are fewer than 200 ranks' replicas of 64 could take.
  @Test func anEpochHasNoMoreSamplesThanThereAre() {
    let row = model(run(), freeLink).row(ranks: 200)
    #expect(row.batchSize == 12_800 && row.stepsPerEpoch == 1)
    #expect(row.imagesPerSecond == 10_000 / 3.75)
  }

  /// One bucket that leaves at the end: two messages wait for each other in a step, and nothing hides them.
  @Test(arguments: [2, 4, 8])
  func doubledLatencyAddsTwoMessages(_ ranks: Int) {
    func step(_ latency: Double) -> Double {
      model(run(overlaps: false), HostLink(bytesPerSecond: 1e6, latencySeconds: latency))
        .row(ranks: ranks).stepSeconds
    }
    let (once, twice) = (step(0.125), step(0.25))
    #expect(abs(twice - once - 2 * 0.125) < 1e-12)
  }

  /// Two ranks on two hosts send each other half of their slots and half of the sum: 2000 bytes each way a phase.
  @Test func whatLeavesEarlyIsHidden() {
    let link = HostLink(bytesPerSecond: 4000, latencySeconds: 0)
    #expect(model(run(overlaps: false), link).row(ranks: 2).waitingSeconds == 1)
    // All but the last bucket may leave after a quarter of the last backward pass, 1.5 s before its end.
    let early = run(bucket: 500, layers: [.init(end: 900, share: 0.25)])
    let row = model(early, link).row(ranks: 2)
    #expect(row.waitingSeconds == 0.5)
    #expect(row.sentBytesPerRank == 4000 && row.linkBytesPerHost == 4000)
    // Ranks of one host wait for no link.
    #expect(model(early, link, ranksPerHost: 2).row(ranks: 2).waitingSeconds == 0)
  }

  /// The ranks of a host share its link.
  @Test func fourRanksOfAHostSendFourTimesAsMuch() {
    let run = ScaledRun(
      samples: 1, testSamples: 0, batch: 8, replicas: 8, epochs: 1, evaluations: 0, saves: 0,
      floats: 8000, bucket: 8000, overlaps: false, layers: [], meetings: [], stateBytes: 0,
      allReduce: .flat, wire: .float32)
    let bytes = [1, 4].map {
      model(run, freeLink, ranksPerHost: $0).row(ranks: 2 * $0).linkBytesPerHost
    }
    #expect(bytes == [4 * 8000, 4 * 8000 * 4])
  }

  /// Unless they add up first: then as much as one rank a host does; half of that in 16 bits.
  @Test(arguments: [.float32, .bfloat16] as [Configuration.Compute.Wire])
  func byHostsTheySendAsMuchAsOne(_ wire: Configuration.Compute.Wire) {
    var run = run(floats: 8000, bucket: 8000)
    (run.allReduce, run.wire) = (.auto, wire)
    let bytes = [1, 4].map {
      model(run, freeLink, ranksPerHost: $0).row(ranks: 2 * $0).linkBytesPerHost
    }
    let whole = wire == .float32 ? 4 * 8000 : 2 * 8000
    #expect(bytes == [whole, whole])
    // Within one host there is nothing to choose.
    #expect(model(run, freeLink, ranksPerHost: 4).traffic(ranks: 4) is FlatTraffic)
    #expect(model(run, freeLink, ranksPerHost: 4).traffic(ranks: 5) is HostTraffic)
  }

  /// Norms over the batch meet twice each, and show 2 numbers of 8 bytes a channel of each replica.
  @Test func normsThatMeetWait() {
    let link = HostLink(bytesPerSecond: 1000, latencySeconds: 0.25)
    let meets = run(floats: 0, meetings: [10, 20])
    let row = model(meets, link).row(ranks: 2)
    let bytes = 16.0 * 4 * 30
    let expected = 4 * 0.25 + 2 * bytes / 1000
    #expect(abs(row.waitingSeconds - expected) < 1e-12)
    #expect(model(meets, link, ranksPerHost: 2).row(ranks: 2).waitingSeconds == 0)
  }

  @Test func anEpochEvaluatesAndSaves() {
    let host = HostCost(memoryBytesPerSecond: 16_000, messageSeconds: 0)
    let row = model(run(floats: 0), freeLink, host).row(ranks: 4)
    // 16 blocks of 64 samples, 4 a rank: forward and load of 4 replicas. Saves touch the state four times.
    #expect(row.evaluationSeconds == 4 * 1.25 && row.saveSeconds == 1)
    let steps = 20.0 * 7.0
    #expect(row.epochSeconds == steps + 5 + 1)
    let run = 10 * steps + 5 * 5 + 2
    #expect(row.runSeconds == run)
  }

  @Test func theKneeIsWhereNoMoreRanksHelp() {
    #expect(ScalingModel.knee(of: [1, 0.9, 0.5, 0.4, 0.1]) == 3)
    #expect(ScalingModel.knee(of: [1, 0.4, 0.6, 0.4]) == 3)
    #expect(ScalingModel.knee(of: [0.4]) == 0)
    #expect(ScalingModel.knee(of: [1, 0.7]) == nil)
    // Two ranks wait for 4000 bytes, 20 s, and compute for 13.5 s, where one computes for 26.5 s.
    let slow = HostLink(bytesPerSecond: 200, latencySeconds: 0)
    #expect(model(run(overlaps: false), slow).row(ranks: 2).efficiency < 0.5)
    #expect(model(run(overlaps: false), slow).knee(most: 32) == 2)
    #expect(model(run(overlaps: false), freeLink).knee(most: 32) == nil)
  }

  @Test func aFasterLinkIsNoSlower() {
    let early = run(
      floats: 50_000, bucket: 4096,
      layers: (1...10).map { .init(end: 4900 * $0, share: 0.1 * Double($0)) })
    for ranks in [2, 6, 8, 48] {
      let steps = (0..<30).map { step in
        var rate = 1e3
        for _ in 0..<step { rate *= 1.6 }
        return model(early, HostLink(bytesPerSecond: rate, latencySeconds: 1e-3), ranksPerHost: 2)
          .row(ranks: ranks).stepSeconds
      }
      for (slower, faster) in zip(steps, steps.dropFirst()) { #expect(faster <= slower) }
    }
  }

  @Test func timesOfSeveralRanksAreTheirMeans() {
    let slower = StepTimes(
      loadSeconds: 0.75, forwardSeconds: 2, backwardSeconds: 4, updateSeconds: 1)
    let means = StepTimes(
      loadSeconds: 0.5, forwardSeconds: 1.5, backwardSeconds: 3, updateSeconds: 0.75)
    #expect(StepTimes(meanOf: [times, slower]) == means)
  }
}
