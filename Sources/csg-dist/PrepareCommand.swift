import ArgumentParser
import Communicator
import Core
import Datasets

/// Imports a data set: shards and manifests.
struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare", abstract: "Turn a data set into shards (HDF5) and manifests.",
    discussion: """
      Writes OUTPUT/train and OUTPUT/test. fashion-mnist reads the IDX files (.gz or plain), cifar10 \
      and cifar100 the official binary layout.
      """)

  enum Source: String, ExpressibleByArgument, CaseIterable {
    case fashionMNIST = "fashion-mnist"
    case cifar10, cifar100
  }

  @Argument(help: "What the input is: fashion-mnist, cifar10 or cifar100.")
  var source: Source

  @Option(help: ArgumentHelp("Folder with the source's files.", valueName: "path"))
  var input: String

  @Option(help: ArgumentHelp("Folder to create train/ and test/ in.", valueName: "dir"))
  var output: String

  @Option(help: "Files to cut each split into.")
  var shards = 4

  @Option(help: "How images are stored: raw, as pixels.")
  var storage = Storage.raw

  enum Storage: String, ExpressibleByArgument, CaseIterable { case raw }

  func validate() throws {
    guard !output.isEmpty else { throw ValidationError("--output names no folder") }
    guard (1...99_999).contains(shards) else {
      throw ValidationError("--shards takes a number from 1 to 99999")
    }
  }

  func run() throws {
    let communicator = try Communicator()
    if communicator.isRoot { try prepare() }
    try communicator.finish()
  }

  private func prepare() throws {
    let dataset =
      switch source {
      case .fashionMNIST: try FashionMNISTImporter.load(folder: input)
      case .cifar10: try CIFARImporter.cifar10(folder: input)
      case .cifar100: try CIFARImporter.cifar100(folder: input)
      }
    try DatasetWriter.write(dataset, to: output, shards: shards) { Console.log($0) }
    try Console.result(
      "\(output): \(dataset.train.count) training and \(dataset.test.count) test samples, "
        + "\(dataset.classes.count) classes")
  }
}
