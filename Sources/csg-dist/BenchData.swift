import ArgumentParser
import Benchmarks
import Communicator
import Core
import Datasets
import Inference

/// Reading a data set.
struct BenchData: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract:
      "Images a second that are read, decoded, augmented and normalised, with nothing computed.")

  @Option(help: ArgumentHelp("Split to read, or data set whose train/ to take.", valueName: "dir"))
  var data: String

  @Option(help: "Images of a batch on each rank.")
  var batch = 64

  @Option(help: "Threads that read and decode, on each rank.")
  var threads = 1

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change one key, such as data.image_size=224.", valueName: "key.path=value"))
  var sets: [String] = []

  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard (1...65_536).contains(batch) else { throw ValidationError("--batch takes 1 to 65536") }
    guard (1...256).contains(threads) else { throw ValidationError("--threads takes 1 to 256") }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    let dataset = try Dataset(folder: CheckpointedRun.split(data, or: "train"))
    let result = try DataBenchmark.run(
      dataset: dataset, configuration: ResolvedConfiguration(sets: sets).values, batch: batch,
      threads: threads, seconds: options.seconds, communicator: communicator)
    if options.json {
      try Console.result(json: result)
    } else {
      try Console.result(
        """
        \(dataset.folder), batches of \(NumberText.count(batch, "image")) a rank, \(NumberText.count(result.ranks, "rank"))
        images/s  \(NumberText.fixed(result.imagesPerSecond, 1)) \
        (\(result.images) in \(NumberText.fixed(result.seconds, 2)) s)
        """)
    }
    try communicator.finish()
  }
}
