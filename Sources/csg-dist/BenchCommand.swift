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

    @Option(help: "Side of an image in pixels; by default the architecture's own.")
    var image: Int?

    @Option(help: "standard or gated.")
    var path = Path.standard

    @Option(help: "Computing threads of a rank: auto, or a number.")
    var threads = "auto"

    @Option(help: "Convolutions: auto, direct, winograd or gemm.")
    var convolution = ConvolutionAlgorithm.Choice.auto

    @Option(help: "Measure for at least so long.")
    var seconds = 10.0

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
      guard (1...65_536).contains(batch), image.map({ (1...1024).contains($0) }) ?? true,
        (0.001...86_400).contains(seconds),
        threads == "auto" || (1...1024).contains(Int(threads) ?? 0)
      else {
        throw ValidationError(
          "--batch takes 1 to 65536, --image 1 to 1024, --seconds 0.001 to 86400, "
            + "--threads auto or 1 to 1024")
      }
    }

    private func compute(_ communicator: Communicator) throws -> Network.Compute {
      let automatic = try Configuration.Compute.automaticThreads(communicator: communicator)
      return try Network.Compute(
        choice: convolution, level: CPULevel.select(), threads: Int(threads) ?? automatic)
    }

    func run() throws {
      let communicator = try Communicator()
      let result = try StepBenchmark.run(
        architecture: architecture, batch: batch, image: image, path: path, seconds: seconds,
        compute: compute(communicator), communicator: communicator)
      if json {
        try Console.result(json: result)
      } else {
        func milliseconds(_ seconds: Double) -> String {
          Progress.format(1000 * seconds, 2) + " ms"
        }
        try Console.result(
          """
          \(architecture), \(batch) images of \(result.image)² a rank, \(path.rawValue) path, \
          \(result.ranks) ranks of \(result.threads) threads, \
          \(result.cpu) kernels
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
extension ConvolutionAlgorithm.Choice: ExpressibleByArgument {}
