import ArgumentParser
import Communicator
import Core
import Inference
import Kernels
import Network

/// How fast the program is here.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed on this machine.",
    subcommands: [
      BenchKernels.self, BenchStep.self, BenchAllReduce.self, BenchData.self,
      BenchInformation.self, BenchGradients.self, BenchForest.self,
    ])
}

/// How a benchmark computes.
struct ComputeOptions: ParsableArguments {
  @Option(help: "Computing threads of a rank: a number, or auto.")
  var threads = "auto"

  @Option(help: "Convolutions: auto, direct, winograd or gemm.")
  var convolution = ConvolutionAlgorithm.Choice.auto

  func validate() throws {
    guard threads == "auto" || (1...1024).contains(Int(threads) ?? 0) else {
      throw ValidationError("--threads takes auto, or 1 to 1024")
    }
  }

  func resolved(_ communicator: Communicator) throws -> Network.Compute {
    let automatic = try Configuration.Compute.automaticThreads(communicator: communicator)
    return try Network.Compute(
      choice: convolution, level: CPULevel.select(), threads: Int(threads) ?? automatic)
  }
}

extension ConvolutionAlgorithm.Choice: ExpressibleByArgument {}

/// What all benchmarks understand.
struct BenchOptions: ParsableArguments {
  @Option(help: "Measure for at least so long.")
  var seconds = 10.0

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    guard (0.001...86_400).contains(seconds) else {
      throw ValidationError("--seconds takes 0.001 to 86400")
    }
  }
}
