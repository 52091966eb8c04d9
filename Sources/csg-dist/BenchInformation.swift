import ArgumentParser
import Benchmarks
import Communicator
import Core
import Interpretability
import Kernels

/// The mutual information matrix.
struct BenchInformation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "information",
    abstract: "Seconds of the mutual information between all filters and classes.",
    discussion: """
      Of features that are made up, or of those in an analysis.h5, whose classes are then those up \
      to the highest label.
      """)

  @Option(help: "Samples; at most 2^27 features of all filters are made up.")
  var samples = 10_000

  @Option(help: "Filters.")
  var filters = 64

  @Option(help: "Classes.")
  var classes = 10

  @Option(help: ArgumentHelp("An analysis.h5 to take features and labels of.", valueName: "file"))
  var features: String?

  @Option(help: "Permutations of the labels, to time chance and interval too; 0: M alone.")
  var permutations = 0

  @Option(help: "Computing threads of a rank.")
  var threads = 1

  @OptionGroup var options: BenchOptions

  /// Features that are made up, and values of M, at most: a gigabyte in Double.
  private static let valueLimit = 1 << 27

  func validate() throws {
    guard (1...1 << 24).contains(samples), (1...65_536).contains(filters),
      (2...100_000).contains(classes)
    else {
      throw ValidationError(
        "--samples takes 1 to 2^24, --filters 1 to 65536, --classes 2 to 100000")
    }
    guard features != nil || samples * filters <= Self.valueLimit else {
      throw ValidationError(
        "--samples \(samples) times --filters \(filters) is above 2^27 features; give fewer")
    }
    guard features != nil || filters * classes <= Self.valueLimit else {
      throw ValidationError(
        "--filters \(filters) times --classes \(classes) is above 2^27 values of M; give fewer")
    }
    guard (0...1000).contains(permutations) else {
      throw ValidationError("--permutations takes 0 to 1000")
    }
    guard (1...1024).contains(threads) else { throw ValidationError("--threads takes 1 to 1024") }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let table =
      try features.map { try AnalysisFile.features(reading: $0) }
      ?? InformationBenchmark.features(samples: samples, filters: filters, classes: classes)
    let result = try InformationBenchmark.run(
      table, permutations: permutations, seconds: options.seconds,
      team: ThreadTeam(count: threads), communicator: communicator)
    if options.json {
      try Console.result(json: result)
    } else {
      try Console.result(
        """
        \(NumberText.count(result.samples, "sample")), \(NumberText.count(result.filters, "filter")), \(NumberText.count(result.classes, "class", "classes")), \
        \(result.ranks) × \(NumberText.count(result.threads, "thread"))
        \(permutations == 0 ? "M  " : "all")  \(NumberText.milliseconds(result.seconds)) (median of \
        \(result.repetitions))
        MIS  \(NumberText.fixed(result.score, 6))
        """)
    }
    try communicator.finish()
  }
}
