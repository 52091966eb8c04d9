import ArgumentParser
import Communicator
import Core
import Kernels
import Network
import Training

/// How fast the program is here.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed on this machine.", subcommands: [Step.self])

  /// Whole training steps.
  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "step",
      abstract: "Images a second of whole training steps, one replica of --batch images a rank.")

    @Option(help: "Network: resnet20, resnet32, …")
    var architecture = "resnet20"

    @Option(help: "Images a rank.")
    var batch = 128

    @Option(help: "Side of an image in pixels.")
    var image = 32

    @Option(help: "standard or gated.")
    var path = Path.standard

    @Option(help: "Measure for at least so long.")
    var seconds = 10.0

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
      guard (1...65_536).contains(batch), (1...1024).contains(image),
        (0.001...86_400).contains(seconds)
      else {
        throw ValidationError(
          "--batch takes 1 to 65536, --image 1 to 1024, --seconds 0.001 to 86400")
      }
    }

    func run() throws {
      let communicator = try Communicator()
      let result = try StepBenchmark.run(
        architecture: architecture, batch: batch, image: image, path: path, seconds: seconds,
        communicator: communicator, level: CPULevel.select())
      if json {
        try Console.result(json: result)
      } else {
        func milliseconds(_ seconds: Double) -> String {
          Progress.format(1000 * seconds, 2) + " ms"
        }
        try Console.result(
          """
          \(architecture), \(batch) images of \(image)² a rank, \(path.rawValue) path, \
          \(result.ranks) ranks, \(result.cpu) kernels
          images/s    \(Progress.format(result.imagesPerSecond, 1)) (median of \(result.steps) steps)
          load        \(milliseconds(result.stages.load))
          compute     \(milliseconds(result.stages.compute))
          all-reduce  \(milliseconds(result.stages.allReduce))
          update      \(milliseconds(result.stages.update))
          memory      \(result.peakBytes >> 20) MiB at most
          """)
      }
      try communicator.finish()
    }
  }
}

extension Path: ExpressibleByArgument {}
