import ArgumentParser
import Communicator
import Datasets
import Training

/// Reading a data set.
struct BenchData: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Images a second that are read, augmented and normalised, with nothing computed.")

  @Option(help: ArgumentHelp("Split to read, or data set whose train/ to take.", valueName: "dir"))
  var data: String

  @Option(help: "Images of a batch on each rank.")
  var batch = 64

  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard (1...65_536).contains(batch) else { throw ValidationError("--batch takes 1 to 65536") }
  }

  func run() throws {
    let communicator = try Communicator()
    let dataset = try Dataset(folder: CheckpointedRun.split(data, or: "train"))
    let result = try DataBenchmark.run(
      dataset: dataset, batch: batch, seconds: options.seconds, communicator: communicator)
    if options.json {
      try Console.result(json: result)
    } else {
      try Console.result(
        """
        \(dataset.folder), batches of \(batch) images a rank, \(result.ranks) ranks
        images/s  \(Progress.format(result.imagesPerSecond, 1)) \
        (\(result.images) in \(Progress.format(result.seconds, 2)) s)
        """)
    }
    try communicator.finish()
  }
}
