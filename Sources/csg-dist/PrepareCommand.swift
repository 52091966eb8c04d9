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
      and cifar100 the official binary layout, image-folder pictures (JPEG, PNG) that lie as \
      train/CLASS/*.jpg and val/CLASS/*.jpg; mpirun shares its shards out over ranks.

      --storage raw keeps the middle square of every picture, --size pixels wide, after a resize of \
      the short side to it. --storage jpeg keeps baseline JPEG files as they are and makes others \
      such files; with --size, pictures of a longer short side are reduced to it.
      """)

  enum Source: String, ExpressibleByArgument, CaseIterable {
    case fashionMNIST = "fashion-mnist"
    case cifar10, cifar100
    case imageFolder = "image-folder"
  }

  @Argument(help: "What the input is: fashion-mnist, cifar10, cifar100 or image-folder.")
  var source: Source

  @Option(help: ArgumentHelp("Folder with the source's files.", valueName: "path"))
  var input: String

  @Option(help: ArgumentHelp("Folder to create train/ and test/ in.", valueName: "dir"))
  var output: String

  @Option(help: "Files to cut each split into.")
  var shards = 4

  @Option(help: "How images are stored: raw, as pixels, or jpeg, as files (image-folder).")
  var storage = ImageStorage.raw

  @Option(help: "Side of raw pictures (256 by default), or short side of files (image-folder).")
  var size: Int?

  @Flag(help: "Leave damaged pictures out instead of stopping (image-folder).")
  var skipCorrupt = false

  func validate() throws {
    guard !output.isEmpty else { throw ValidationError("--output names no folder") }
    guard (1...99_999).contains(shards) else {
      throw ValidationError("--shards takes a number from 1 to 99999")
    }
    guard (8...4096).contains(size ?? 8) else {
      throw ValidationError("--size takes a number from 8 to 4096")
    }
    guard source == .imageFolder || storage == .raw && size == nil && !skipCorrupt else {
      throw ValidationError(
        "--storage jpeg, --size and --skip-corrupt are for image-folder: \(source.rawValue) has "
          + "images of one size")
    }
  }

  func run() throws {
    let communicator = try Communicator()
    if source == .imageFolder {
      try prepareFolder(communicator)
    } else if communicator.isRoot {
      try prepareArrays()
    }
    try communicator.finish()
  }

  /// Sources that fit in memory: rank 0 alone writes them.
  private func prepareArrays() throws {
    let dataset =
      switch source {
      case .fashionMNIST: try FashionMNISTImporter.load(folder: input)
      case .cifar10: try CIFARImporter.cifar10(folder: input)
      case .cifar100: try CIFARImporter.cifar100(folder: input)
      case .imageFolder: preconditionFailure("is written picture by picture")
      }
    try DatasetWriter.write(dataset, to: output, shards: shards) { Console.log($0) }
    try say(train: dataset.train.count, test: dataset.test.count, classes: dataset.classes.count)
  }

  private func prepareFolder(_ communicator: Communicator) throws {
    let form = ImageFolder.Form(storage: storage, size: size)
    let folder = try ImageFolder(folder: input, form: form)
    if folder.passedOver > 0 {
      Console.log("\(folder.passedOver) files are neither .jpg, .jpeg nor .png: passed over")
    }
    let counts = try DatasetWriter(
      classes: folder.classes, source: "folders of pictures", storage: storage, size: form.size,
      shards: shards, skipsDamaged: skipCorrupt,
      workers: Workers(
        rank: communicator.rank, count: communicator.size, gather: communicator.gather),
      progress: Console.line
    ).write(train: folder.train, test: folder.test, to: output)
    try say(
      train: counts.train, test: counts.test, classes: folder.classes.count,
      leftOut: counts.faults.count)
  }

  private func say(train: Int, test: Int, classes: Int, leftOut: Int = 0) throws {
    try Console.result(
      "\(output): \(train) training and \(test) test samples, \(classes) classes"
        + (leftOut > 0 ? ", \(leftOut) damaged pictures left out" : ""))
  }
}

extension ImageStorage: ExpressibleByArgument {}
