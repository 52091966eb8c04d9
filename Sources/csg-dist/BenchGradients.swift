import ArgumentParser
import Benchmarks
import Communicator
import Core
import Network

/// Gradients of filters by the image.
struct BenchGradients: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Images a second, each with the gradient of every filter by its pixels.",
    discussion:
      "What a GradMap costs (csg-dist localize): one forward pass, and one backward a filter.")

  @Option(help: "Network: \(Architecture.names.joined(separator: ", ")).")
  var architecture = "resnet20"

  @Option(help: "Side of an image in pixels (default: the architecture's own).")
  var image: Int?

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard image.map({ (1...4096).contains($0) }) ?? true else {
      throw ValidationError("--image takes 1 to 4096")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let result = try GradientMapBenchmark.run(
      architecture: architecture, image: image, seconds: options.seconds,
      compute: compute.resolved(communicator), communicator: communicator)
    if options.json {
      try Console.result(json: result)
    } else {
      try Console.result(
        """
        \(result.architecture), \(NumberText.count(result.filters, "filter")), \(result.image) × \(result.image), \
        \(result.ranks) × \(NumberText.count(result.threads, "thread")), \(result.cpu)
        \(NumberText.fixed(result.imagesPerSecond, 3)) images/s (median of \(result.repetitions))
        """)
    }
    try communicator.finish()
  }
}
