import Inference

/// What steps, epochs and the whole of a run take on any number of ranks: a pure function of numbers.
package struct ScalingModel: Sendable {
  let run: ScaledRun
  let times: StepTimes
  let link: HostLink
  let host: HostCost
  let ranksPerHost: Int

  /// The run on hosts of `ranksPerHost` ranks.
  package init(
    _ run: ScaledRun, times: StepTimes, link: HostLink, host: HostCost, ranksPerHost: Int
  ) {
    self.run = run
    self.times = times
    self.link = link
    self.host = host
    self.ranksPerHost = ranksPerHost
  }

  /// How the gradients of so many ranks are summed: by the rule of `compute.all_reduce`. Of `compute.wire: bfloat16`
  /// all is taken for narrow, though batch statistics are not.
  package func traffic(ranks: Int) -> any SumTraffic {
    let replicas = run.run(ranks: ranks).replicas
    let shape = HostShape(ranks: ranks, ranksPerHost: ranksPerHost)
    let valueBytes = run.wire == .bfloat16 ? 2 : MemoryLayout<Float>.stride
    let byHosts =
      run.allReduce == .hosts || run.allReduce == .auto && shape.hosts > 1 && shape.ranksPerHost > 1
    return byHosts
      ? HostTraffic(replicas: replicas, shape: shape, valueBytes: valueBytes)
      : FlatTraffic(replicas: replicas, shape: shape, valueBytes: valueBytes)
  }

  /// The figures of so many ranks.
  package func row(ranks: Int) -> ScalingRow { row(ranks, alone: imagesPerSecond(ranks: 1)) }

  /// The figures of each of several numbers of ranks.
  package func rows(ranks: [Int]) -> [ScalingRow] {
    let alone = imagesPerSecond(ranks: 1)
    return ranks.map { row($0, alone: alone) }
  }

  /// The least number of ranks, up to `most`, from which on no number of them is half as efficient as one rank; nil
  /// where `most` ranks still are.
  package func knee(most: Int) -> Int? {
    Self.knee(of: rows(ranks: Array(1...most)).map(\.efficiency)).map { $0 + 1 }
  }

  /// The first place from which on all are below one half; nil where the last is not.
  package static func knee(of efficiencies: [Double]) -> Int? {
    let place = (efficiencies.lastIndex { $0 >= 0.5 } ?? -1) + 1
    return place < efficiencies.count ? place : nil
  }

  // MARK: A step

  private struct Step {
    let computing: Double, core: Double, waiting: Double
    var seconds: Double { computing + core + waiting }
  }

  private func imagesPerSecond(ranks: Int) -> Double {
    imagesPerSecond(ranks, step(traffic(ranks: ranks), ranks))
  }

  /// Of the first step of an epoch, which has no more images than the epoch.
  private func imagesPerSecond(_ ranks: Int, _ step: Step) -> Double {
    Double(min(run.run(ranks: ranks).batch, run.samples)) / step.seconds
  }

  /// The slowest rank computes, its own core moves what stays within the host and adds, and it waits for what comes
  /// over the link after that. Of the last bucket it moves and adds once that has come; of all before meanwhile.
  private func step(_ traffic: any SumTraffic, _ ranks: Int) -> Step {
    let share = Double(run.share(ranks: ranks))
    let passes = share * times.replicaSeconds + addingSeconds(traffic, ranks)
    let sum = SumCost(phases(traffic), link: link, host: host)
    // Buckets leave while the last replica goes back.
    let ready = run.bucketShares.map { passes - times.backwardSeconds * (1 - $0) }
    let meetings = meetings(ranks)
    let landed = sum.landing(ready: ready) + sum.lastCoreSeconds
    return Step(
      computing: passes + times.updateSeconds, core: sum.coreSeconds + meetings.core,
      waiting: max(0, landed - passes - sum.coreSeconds) + meetings.waiting)
  }

  /// What a rank of several replicas adds up within itself: two numbers are read and one is written for each replica
  /// beyond its slots.
  private func addingSeconds(_ traffic: any SumTraffic, _ ranks: Int) -> Double {
    let added = max(0, run.share(ranks: ranks) - traffic.mostSlots) * run.floats
    return Double(3 * MemoryLayout<Float>.stride * added) / host.memoryBytesPerSecond
  }

  /// Of each bucket; all but the last are alike.
  private func phases(_ traffic: any SumTraffic) -> [[SumPhase]] {
    let full = traffic.phases(floats: run.bucket)
    return run.buckets.map { $0 == run.bucket ? full : traffic.phases(floats: $0) }
  }

  /// Of the rank that sends most.
  private func sentBytes(_ traffic: any SumTraffic) -> Int {
    let (full, rest) = run.floats.quotientAndRemainder(dividingBy: run.bucket)
    return zip(traffic.sentBytes(floats: run.bucket), traffic.sentBytes(floats: rest))
      .map { full * $0 + $1 }.max() ?? 0
  }

  /// Twice at each norm, forward and backward, every rank gets 2 numbers a channel of 8 bytes of each replica of the
  /// others; nothing else goes on meanwhile.
  private func meetings(_ ranks: Int) -> (core: Double, waiting: Double) {
    let shape = HostShape(ranks: ranks, ranksPerHost: ranksPerHost)
    guard ranks > 1 else { return (0, 0) }
    let (share, all) = (run.share(ranks: ranks), run.run(ranks: ranks).replicas)
    let others = max(0, all - share * shape.ranksPerHost)
    return run.meetings.reduce((core: 0, waiting: 0)) { sum, channels in
      var phase = SumPhase()
      phase.messages = ranks - 1
      phase.hostBytes = 16 * channels * share * (shape.ranksPerHost - 1)
      let linkBytes = 16 * channels * others * shape.ranksPerHost
      let waiting =
        shape.hosts > 1 ? link.latencySeconds + Double(linkBytes) / link.bytesPerSecond : 0
      return (sum.core + 2 * host.seconds(phase), sum.waiting + 2 * waiting)
    }
  }

  // MARK: A row

  private func row(_ ranks: Int, alone: Double) -> ScalingRow {
    let shape = HostShape(ranks: ranks, ranksPerHost: ranksPerHost)
    let traffic = traffic(ranks: ranks)
    let step = step(traffic, ranks)
    let (replicas, batch) = run.run(ranks: ranks)
    // A short last batch is taken for a whole one.
    let steps = (run.samples + batch - 1) / batch
    let imagesPerSecond = imagesPerSecond(ranks, step)
    let training = Double(steps) * step.seconds
    let (evaluation, save) = (evaluationSeconds(ranks), saveSeconds)
    return ScalingRow(
      ranks: ranks, hosts: shape.hosts, replicas: replicas, batchSize: batch,
      isThisRun: replicas == run.replicas, stepSeconds: step.seconds,
      computingSeconds: step.computing, hostSumSeconds: step.core, waitingSeconds: step.waiting,
      imagesPerSecond: imagesPerSecond, efficiency: imagesPerSecond / (Double(ranks) * alone),
      sentBytesPerRank: sentBytes(traffic),
      linkBytesPerHost: phases(traffic).joined().reduce(0) { $0 + $1.linkBytes },
      stepsPerEpoch: steps, evaluationSeconds: evaluation, saveSeconds: save,
      epochSeconds: training + (run.evaluations > 0 ? evaluation : 0) + (run.saves > 0 ? save : 0),
      runSeconds: Double(run.epochs) * training + Double(run.evaluations) * evaluation
        + Double(run.saves) * save)
  }

  /// The test split forward once, block by block, by the rank with the most blocks.
  private func evaluationSeconds(_ ranks: Int) -> Double {
    let blocks = (run.testSamples + SampleBlocks.size - 1) / SampleBlocks.size
    let images = min(run.testSamples, (blocks + ranks - 1) / ranks * SampleBlocks.size)
    return Double(images) * (times.loadSeconds + times.forwardSeconds)
      / Double(run.replicaImages)
  }

  /// What steps wait for: the state is hashed, looked through (read once each) and copied. It is written while they
  /// go on.
  private var saveSeconds: Double { 4 * Double(run.stateBytes) / host.memoryBytesPerSecond }
}

/// What a run costs on a number of ranks.
package struct ScalingRow: Sendable, Encodable {
  /// P, and the hosts that have them.
  package let ranks: Int, hosts: Int
  /// R and B of the run that they train, and whether that is the one that was asked for: another has another result.
  package let replicas: Int, batchSize: Int, isThisRun: Bool
  /// A step; of it what the slowest rank computes, what its core moves within its host and adds, and what it waits
  /// for over links.
  package let stepSeconds: Double, computingSeconds: Double, hostSumSeconds: Double
  package let waitingSeconds: Double
  /// Of all ranks; and by that of one rank times ranks, of the run that was asked for.
  package let imagesPerSecond: Double, efficiency: Double
  /// Of a step: what the busiest rank hands over for others, and what goes through the busiest host's link in
  /// one direction.
  package let sentBytesPerRank: Int, linkBytesPerHost: Int
  /// Of an epoch, the evaluation and the save after one, and the whole run.
  package let stepsPerEpoch: Int, evaluationSeconds: Double, saveSeconds: Double
  package let epochSeconds: Double, runSeconds: Double

  enum CodingKeys: String, CodingKey {
    case ranks, hosts, replicas, efficiency
    case batchSize = "batch_size_images"
    case isThisRun = "is_this_run"
    case stepSeconds = "step_seconds"
    case computingSeconds = "step_computing_seconds"
    case hostSumSeconds = "step_host_sum_seconds"
    case waitingSeconds = "step_waiting_seconds"
    case imagesPerSecond = "images_per_second"
    case sentBytesPerRank = "step_sent_bytes_per_rank"
    case linkBytesPerHost = "step_link_bytes_per_host"
    case stepsPerEpoch = "steps_per_epoch"
    case evaluationSeconds = "evaluation_seconds"
    case saveSeconds = "save_seconds"
    case epochSeconds = "epoch_seconds"
    case runSeconds = "run_seconds"
  }
}
