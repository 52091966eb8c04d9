import ArgumentParser
import Benchmarks
import Communicator
import Core
import Foundation
import Kernels
import Network
import Training

/// What a run would cost on other ranks.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Tell what a run costs on more ranks and hosts than there are.",
    discussion: """
      Steps of one replica are measured here, by as many computing ranks at once as a host has and this machine has \
      cores for; a model of the ordered all-reduce gives the rest. The link is what a host has to the others, shared \
      by its ranks: 10⁹ bits a second in either direction, and the microseconds of a message.

      --measured takes what bench step --json has written on the machine that the run is for, started there on as \
      many ranks as a host has, and, given again, what bench allreduce --json has: without, a message within a host \
      costs its bytes alone.

      The efficiency is the images a second by those of one rank times ranks. The knee is the least number of ranks, \
      up to \(Self.mostRanks), from which on it stays below one half. More ranks than replicas cannot share a batch: \
      such rows are of another run, with replicas as large as this one's, and as many as ranks.

        csg-dist plan configs/cifar10-resnet20-csg.yaml --hosts 4 --ranks-per-host 2 --link 10,50
        launch/run 2 bench step --no-overlap --architecture resnet20 --batch 64 --json > step.json
        launch/run 2 bench allreduce --json > sum.json
        csg-dist plan configs/cifar10-resnet20-csg.yaml --hosts 4 --ranks-per-host 2 --measured step.json --measured \
      sum.json
      """)

  /// The table's last row, and where the knee is looked for.
  static let mostRanks = 1024

  @Argument(help: ArgumentHelp("Configuration file (YAML).", valueName: "config"))
  var file: String

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Change one key.", valueName: "key.path=value"))
  var sets: [String] = []

  @Option(help: ArgumentHelp("Hosts.", valueName: "n"))
  var hosts = 1

  @Option(help: ArgumentHelp("Ranks on each host.", valueName: "n"))
  var ranksPerHost = 1

  @Option(
    help: ArgumentHelp(
      "A host's link: Gbit/s, and a message's microseconds.", valueName: "gbit,microseconds"))
  var link = "10,50"

  @Option(
    help: ArgumentHelp(
      "Document of bench step or bench allreduce to take times from; may be given twice.",
      valueName: "file"))
  var measured: [String] = []

  @Option(help: "Measure for at least so long.")
  var seconds = 5.0

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    guard (1...65_536).contains(hosts), (1...4096).contains(ranksPerHost),
      hosts * ranksPerHost <= 65_536
    else {
      throw ValidationError(
        "--hosts takes 1 to 65536, --ranks-per-host 1 to 4096, and both 65536 ranks in all")
    }
    guard HostLink(link) != nil else {
      throw ValidationError(
        "--link takes GBIT,MICROSECONDS: 0.001 to 1000000, and 0 to 10000000, as 10,50")
    }
    guard (0.001...86_400).contains(seconds) else {
      throw ValidationError("--seconds takes 0.001 to 86400")
    }
    guard !Communicator.isLaunched() else {
      throw ValidationError(
        "plan is about ranks that there are not: start it alone, without mpirun or launch/run")
    }
  }

  func run() throws {
    let files = try MeasuredFiles(measured)
    let communicator = try Communicator.joined(Self.self)
    let level = try CPULevel.select()
    let configuration = try ResolvedConfiguration(file: file, sets: sets)
    let limits = MachineLimits()
    var threads =
      files.step?.result.threads ?? limits.threads(ranks: ranksPerHost, sharing: ranksPerHost)
    if case .count(let count) = configuration.values.compute.threads { threads = count }
    let shape = HostShape(ranks: hosts * ranksPerHost, ranksPerHost: ranksPerHost)
    let facts = try ScalingFacts(
      { try ResolvedConfiguration(file: file, sets: sets + $0) }, shape: shape, threads: threads,
      communicator: communicator, level: level)
    // As many at once as a host has, or as there is room for here.
    let atOnce = max(1, min(ranksPerHost, limits.threads(ranks: 1, sharing: 1) / threads))
    let steps = ConcurrentSteps(
      facts,
      compute: Network.Compute(
        choice: configuration.values.compute.convolution, level: level, threads: threads),
      ranks: atOnce)
    let times = try files.times(for: facts, threads: threads) ?? measured(steps)
    let host =
      try files.host()
      ?? HostCost(
        memoryBytesPerSecond: ConcurrentSteps.memoryBytesPerSecond(ranks: atOnce), messageSeconds: 0
      )
    guard let link = HostLink(link) else { preconditionFailure("validate has looked at it") }
    let model = ScalingModel(
      facts.run, times: times, link: link, host: host, ranksPerHost: ranksPerHost)
    let table = Set(sequence(first: 1) { $0 < Self.mostRanks ? 2 * $0 : nil }).union([shape.ranks])
    let plan = PlanDocument(
      facts: facts, shape: shape, link: link, times: times, host: host, threads: threads,
      asked: model.row(ranks: shape.ranks), table: model.rows(ranks: table.sorted()),
      knee: model.knee(most: Self.mostRanks), ranksAtOnce: files.step?.result.ranks ?? atOnce,
      stepSource: files.step?.file ?? "this machine",
      hostSource: files.allReduce?.file
        ?? "this machine's copies, and no time for a message but the link's")
    if json {
      try Console.result(json: plan)
    } else {
      try Console.result(plan.text)
    }
    try communicator.finish()
  }

  private func measured(_ steps: ConcurrentSteps) throws -> StepTimes {
    defer { if Console.isTerminal { Console.raw(Console.clearing) } }
    return try steps.run(seconds: seconds, told: showProgress)
  }

  /// Where the measurement stands, for someone at a terminal.
  private func showProgress(passed: Double) {
    guard Console.isTerminal else { return }
    // Warming up and the last step come on top.
    let text = ProgressText(
      title: "measuring", done: Int(min(passed, seconds) * 10), all: Int(seconds * 10),
      facts: [("\(NumberText.fixed(passed, 0)) s", 0)])
    Console.draw(text.line(columns: Console.columns))
  }
}
