import ArgumentParser
import Benchmarks
import Communicator
import Core
import Datasets
import Foundation
import Inference
import Kernels
import Network
import Training

/// Whole training steps.
struct BenchStep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Images a second of whole training steps, one replica of --batch images a rank.")

  @Option(help: "Network: \(Architecture.names.joined(separator: ", ")).")
  var architecture = "resnet20"

  @Option(help: "Images a rank.")
  var batch = 128

  @Option(help: "Side of an image in pixels (default: the architecture's own).")
  var image: Int?

  @Option(help: "standard, gated or joint.")
  var path = Path.standard

  @Option(
    name: .customLong("frozen"), parsing: .upToNextOption,
    help: "Layers that do not learn: stem, layer1, …")
  var frozen: [String] = []

  @Option(help: "replica or sync.")
  var batchNorm = Configuration.BatchNormScope.replica

  @Option(help: "float32 or bfloat16: what gradients are between ranks.")
  var wire = Configuration.Compute.Wire.float32

  @Flag(help: "Sum gradients once the backward pass is over, so that its time has nothing of that.")
  var noOverlap = false

  @Option(
    help: ArgumentHelp(
      "Split to read images of, or data set whose train/ to take.", valueName: "dir"))
  var data: String?

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard (1...65_536).contains(batch), (1...1024).contains(image ?? 1) else {
      throw ValidationError("--batch takes 1 to 65536, --image 1 to 1024")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let result = try StepBenchmark.run(
      architecture: architecture, batch: batch, image: image, path: path, frozen: frozen,
      batchNorm: batchNorm, wire: wire, overlap: !noOverlap,
      dataset: data.map { try Dataset(folder: CheckpointedRun.split($0, or: "train")) },
      seconds: options.seconds, compute: compute.resolved(communicator), communicator: communicator)
    if options.json {
      try Console.result(json: result)
    } else {
      try Console.result(describe(result))
    }
    try communicator.finish()
  }

  private func describe(_ result: StepBenchmark.Result) -> String {
    func line(_ title: String, _ text: String) -> String {
      title.padding(toLength: 12, withPad: " ", startingAt: 0) + text
    }
    let stages = TrainingStage.allCases.map { stage in
      let waited = stage == .allReduce ? " (waited), \(result.sentBytes) bytes sent" : ""
      return line(stage.title, NumberText.milliseconds(result.stages[stage]) + waited)
    }
    let lines =
      [
        "\(architecture), \(NumberText.count(batch, "image")) of \(result.image)² a rank, \(path.rawValue) path, "
          + "\(result.ranks) × \(NumberText.count(result.threads, "thread")), \(result.cpu) kernels",
        line(
          "images/s",
          "\(NumberText.fixed(result.imagesPerSecond, 1)) (median of \(NumberText.count(result.steps, "step")))"
        ),
      ] + stages + [line("memory", "\(NumberText.mebibytes(result.peakBytes)) at most")]
    return lines.joined(separator: "\n")
  }
}

extension TrainingStage {
  /// Its name in a table.
  fileprivate var title: String {
    self == .allReduce ? "all-reduce" : rawValue.replacing("_", with: " ")
  }
}

extension Path: ExpressibleByArgument {}
extension Configuration.BatchNormScope: ExpressibleByArgument {}
