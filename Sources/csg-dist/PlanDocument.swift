import Core
import Training

/// What `plan` prints.
struct PlanDocument: Encodable {
  let facts: ScalingFacts
  let shape: HostShape
  let link: HostLink
  let times: StepTimes
  let host: HostCost
  let threads: Int
  let asked: ScalingRow, table: [ScalingRow]
  /// Nil: it lies beyond the table.
  let knee: Int?
  /// Ranks of a host that computed at once as steps were measured.
  let ranksAtOnce: Int
  /// Where times come from.
  let stepSource: String, hostSource: String

  enum CodingKeys: String, CodingKey {
    case architecture, asked, table, measured, threads, shards, replicas
    case batchSize = "batch_size_images"
    case ranksPerHost = "ranks_per_host"
    case linkRate = "link_gigabits_per_second"
    case linkLatency = "link_latency_microseconds"
    case memoryPerRank = "memory_bytes_per_rank"
    case buffersPerRank = "memory_buffers_bytes_per_rank"
    case memoryPerHost = "memory_bytes_per_host"
    case checkpoint = "checkpoint_bytes"
    case imagesPerHost = "data_images_per_second_per_host"
    case bytesPerHost = "data_bytes_per_second_per_host"
    case knee = "knee_ranks"
  }

  enum MeasuredKeys: String, CodingKey {
    case load = "load_seconds_per_replica"
    case forward = "forward_seconds_per_replica"
    case backward = "backward_seconds_per_replica"
    case update = "update_seconds_per_step"
    case images = "images_per_replica"
    case memory = "memory_bytes_per_second"
    case message = "message_seconds"
    case ranksAtOnce = "ranks_at_once"
    case stepSource = "step_source"
    case hostSource = "host_source"
  }

  func encode(to encoder: any Encoder) throws {
    var all = encoder.container(keyedBy: CodingKeys.self)
    try all.encode(facts.architecture, forKey: .architecture)
    try all.encode(facts.run.replicas, forKey: .replicas)
    try all.encode(facts.run.batch, forKey: .batchSize)
    try all.encode(shape.ranksPerHost, forKey: .ranksPerHost)
    try all.encode(threads, forKey: .threads)
    try all.encode(link.gigabitsPerSecond, forKey: .linkRate)
    try all.encode(link.latencyMicroseconds, forKey: .linkLatency)
    try all.encode(asked, forKey: .asked)
    try all.encode(table, forKey: .table)
    try all.encode(knee, forKey: .knee)
    try all.encode(facts.memory.total, forKey: .memoryPerRank)
    try all.encode(facts.memory.buffers, forKey: .buffersPerRank)
    try all.encode(facts.memory.total * shape.ranksPerHost, forKey: .memoryPerHost)
    try all.encode(facts.run.stateBytes, forKey: .checkpoint)
    try all.encode(facts.shards, forKey: .shards)
    try all.encode(imagesPerHost, forKey: .imagesPerHost)
    try all.encode(imagesPerHost * Double(facts.imageBytes), forKey: .bytesPerHost)
    var measured = all.nestedContainer(keyedBy: MeasuredKeys.self, forKey: .measured)
    try measured.encode(times.loadSeconds, forKey: .load)
    try measured.encode(times.forwardSeconds, forKey: .forward)
    try measured.encode(times.backwardSeconds, forKey: .backward)
    try measured.encode(times.updateSeconds, forKey: .update)
    try measured.encode(facts.run.replicaImages, forKey: .images)
    try measured.encode(host.memoryBytesPerSecond, forKey: .memory)
    try measured.encode(host.messageSeconds, forKey: .message)
    try measured.encode(ranksAtOnce, forKey: .ranksAtOnce)
    try measured.encode(stepSource, forKey: .stepSource)
    try measured.encode(hostSource, forKey: .hostSource)
  }

  /// What the busiest host reads.
  private var imagesPerHost: Double {
    asked.imagesPerSecond * Double(shape.ranksPerHost) / Double(shape.ranks)
  }
}

// MARK: For people

extension PlanDocument {
  var text: String {
    ([
      "\(facts.architecture) on \(NumberText.count(asked.hosts, "host")) × "
        + "\(NumberText.count(shape.ranksPerHost, "rank")) × \(NumberText.count(threads, "thread")), "
        + "links of \(NumberText.short(link.gigabitsPerSecond)) Gbit/s and "
        + "\(NumberText.short(link.latencyMicroseconds)) µs",
      line("step", step), line("sent", sent),
      line("images/s", "\(rate(asked.imagesPerSecond)), efficiency \(efficiency(asked))"),
      line("epoch", epoch),
      line(
        "run",
        "\(time(asked.runSeconds)): \(NumberText.count(facts.run.epochs, "epoch")), evaluated "
          + "\(facts.run.evaluations) and saved \(facts.run.saves) times"),
      line("memory", memory), line("data", data), line("replicas", replicas),
    ] + cautions.map { line("caution", $0) } + [
      line(
        "measured",
        "steps: \(stepSource), \(NumberText.count(ranksAtOnce, "rank")) at once; memory and "
          + "messages: \(hostSource)"), "",
    ] + rows + ["", kneeText]).joined(separator: "\n")
  }

  private func line(_ title: String, _ text: String) -> String {
    title.padding(toLength: 10, withPad: " ", startingAt: 0) + text
  }

  private func rate(_ value: Double) -> String { NumberText.fixed(value, value < 100 ? 1 : 0) }

  private func efficiency(_ row: ScalingRow) -> String { NumberText.fixed(row.efficiency, 3) }

  private func time(_ seconds: Double) -> String {
    seconds < 60
      ? "\(NumberText.fixed(seconds, 1)) s"
      : NumberText.clock(Int(min(seconds, Double(Int32.max))))
  }

  private func megabytes(_ bytes: Double) -> String { "\(NumberText.fixed(bytes / 1e6, 2)) MB" }

  private var step: String {
    "\(NumberText.milliseconds(asked.stepSeconds)): computing "
      + "\(NumberText.milliseconds(asked.computingSeconds)), moving and adding within the host "
      + "\(NumberText.milliseconds(asked.hostSumSeconds)), waiting for links "
      + NumberText.milliseconds(asked.waitingSeconds)
  }

  private var sent: String {
    "a step: \(megabytes(Double(asked.sentBytesPerRank))) by a rank, "
      + "\(megabytes(Double(asked.linkBytesPerHost))) each way through a host's link"
  }

  private var epoch: String {
    "\(time(asked.epochSeconds)): \(NumberText.count(asked.stepsPerEpoch, "step")); "
      + "an evaluation takes \(time(asked.evaluationSeconds)), a save holds steps up for "
      + "\(NumberText.milliseconds(asked.saveSeconds)) and writes "
      + megabytes(Double(facts.run.stateBytes))
  }

  private var memory: String {
    "\(facts.memory.text); a host: "
      + NumberText.mebibytes(facts.memory.total * shape.ranksPerHost, roundedUp: true)
  }

  private var data: String {
    let reads =
      switch facts.shuffle {
      case .full: "all \(NumberText.count(facts.shards, "shard")), in random order"
      case .window: "\(NumberText.count(facts.shards, "shard")), one after another"
      case .none: "\(NumberText.count(facts.shards, "shard")) from first to last"
      }
    return "a host reads \(rate(imagesPerHost)) images/s, "
      + "\(megabytes(imagesPerHost * Double(facts.imageBytes)))/s of them as the net takes them, of "
      + reads
  }

  private var replicas: String {
    let run = facts.run
    let each = "of \(NumberText.count(run.replicaImages, "image"))"
    guard asked.isThisRun else {
      return
        "\(shape.ranks) ranks need replicas=\(asked.replicas) and, of replicas \(each) as now, "
        + "batch_size=\(asked.batchSize): another run than that of \(run.replicas) and \(run.batch), "
        + "with another result"
    }
    let most = run.share(ranks: shape.ranks)
    return
      "\(run.replicas) \(each), at most \(most) a rank; up to \(run.replicas) ranks come to the same bits"
  }

  private var cautions: [String] {
    var cautions: [String] = []
    if asked.batchSize > facts.run.samples {
      cautions.append(
        "a batch of \(asked.batchSize) is more than the \(facts.run.samples) samples of an epoch")
    }
    let even = facts.run.share(ranks: shape.ranks) * shape.ranks
    if even > asked.replicas {
      cautions.append(
        "\(asked.replicas) replicas do not go evenly into \(shape.ranks) ranks: some wait for others"
      )
    }
    if ranksAtOnce != shape.ranksPerHost {
      cautions.append(
        "steps were measured with \(NumberText.count(ranksAtOnce, "rank")) at once, and a host has "
          + "\(shape.ranksPerHost), which share caches and memory")
    }
    return cautions
  }

  private var rows: [String] {
    let header = [
      "ranks", "hosts", "replicas", "batch", "step", "images/s", "efficiency", "epoch", "run",
    ]
    let cells = table.map { row in
      [
        "\(row.ranks)", "\(row.hosts)", "\(row.replicas)\(row.isThisRun ? "" : "*")",
        "\(row.batchSize)", NumberText.milliseconds(row.stepSeconds), rate(row.imagesPerSecond),
        efficiency(row), time(row.epochSeconds), time(row.runSeconds),
      ]
    }
    let widths = header.indices.map { i in ([header] + cells).map { $0[i].count }.max() ?? 0 }
    let lines = ([header] + cells).map { row in
      zip(row, widths).map { cell, width in
        String(repeating: " ", count: width - cell.count) + cell
      }.joined(separator: "  ")
    }
    let hasOthers = table.contains { !$0.isThisRun }
    return lines + (hasOthers ? ["* another run, with another result"] : [])
  }

  private var kneeText: String {
    guard let knee else {
      return
        "knee: beyond \(PlanCommand.mostRanks) ranks, which are half as efficient as one or more"
    }
    return "knee: from \(NumberText.count(knee, "rank")) on efficiency is below one half"
  }
}
