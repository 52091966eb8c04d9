import ArgumentParser
import Benchmarks
import Communicator
import Core
import Interpretability
import Kernels

/// A random forest.
struct BenchForest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forest",
    abstract: "Seconds of growing a random forest.",
    discussion: """
      On features of two classes that are made up, 688 as the convolutions of ResNet-20 have filters, \
      or on those in an analysis.h5, whose classes are then those up to the highest label.
      """)

  @Option(help: "Samples; at most 2^27 features of all filters are made up.")
  var samples = 10_000

  @Option(help: "Filters.")
  var filters = 688

  @Option(help: ArgumentHelp("An analysis.h5 to take features and labels of.", valueName: "file"))
  var features: String?

  @Option(help: "Trees.")
  var trees = 100

  @Option(help: "Computing threads of a rank.")
  var threads = 1

  @OptionGroup var options: BenchOptions

  /// Features that are made up, at most: half a gigabyte.
  private static let valueLimit = 1 << 27

  func validate() throws {
    guard (2...1 << 20).contains(samples), (1...65_536).contains(filters) else {
      throw ValidationError("--samples takes 2 to 2^20, --filters 1 to 65536")
    }
    guard features != nil || samples * filters <= Self.valueLimit else {
      throw ValidationError(
        "--samples \(samples) times --filters \(filters) is above 2^27 features; give fewer")
    }
    guard (1...100_000).contains(trees) else { throw ValidationError("--trees takes 1 to 100000") }
    guard (1...1024).contains(threads) else { throw ValidationError("--threads takes 1 to 1024") }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let table =
      try features.map { try AnalysisFile.features(reading: $0) }
      ?? ForestBenchmark.features(samples: samples, filters: filters)
    let result = try ForestBenchmark.run(
      table, trees: trees, seconds: options.seconds, team: ThreadTeam(count: threads),
      communicator: communicator)
    if options.json {
      try Console.result(json: result)
    } else {
      let accuracy = result.outOfBagAccuracy.map { NumberText.fixed($0, 4) } ?? "none"
      try Console.result(
        """
        \(NumberText.count(result.samples, "sample")), \(NumberText.count(result.features, "feature")), \(NumberText.count(result.classes, "class", "classes")), \
        \(NumberText.count(result.trees, "tree")) of \(NumberText.count(result.nodes, "node")), \(result.ranks) × \(NumberText.count(result.threads, "thread"))
        forest  \(NumberText.milliseconds(result.seconds)) (median of \(result.repetitions))
        out-of-bag accuracy  \(accuracy)
        """)
    }
    try communicator.finish()
  }
}
