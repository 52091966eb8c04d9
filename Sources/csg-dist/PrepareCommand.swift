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
      train/CLASS/*.jpg and val/CLASS/*.jpg, or in folders below CLASS; of pictures that lie as CLASS/*.jpg \
      alone --validation keeps a share of each class from training, equal files and names together. \
      mpirun shares its shards out over ranks. pascal-part \
      reads a devkit such as VOCdevkit/VOC2010 with PASCAL-Part's Annotations_Part unpacked into it: \
      square crops of birds, cats, dogs, cows, horses and sheep, --size pixels wide, with masks; \
      pictures without a .mat file are outlined by SegmentationObject.

      --storage raw keeps the middle square of every picture, --size pixels wide, after a resize of \
      the short side to it. --storage jpeg keeps baseline JPEG files as they are and makes others \
      such files; with --size, pictures of a longer short side are reduced to it.
      """)

  static let defaultShards = 4

  enum Source: String, ExpressibleByArgument, CaseIterable {
    case fashionMNIST = "fashion-mnist"
    case cifar10, cifar100
    case imageFolder = "image-folder"
    case pascalPart = "pascal-part"
  }

  @Argument(
    help: "What the input is: fashion-mnist, cifar10, cifar100, image-folder or pascal-part.")
  var source: Source

  @Option(help: ArgumentHelp("Folder with the source's files.", valueName: "path"))
  var input: String

  @Option(help: ArgumentHelp("Folder to create train/ and test/ in.", valueName: "dir"))
  var output: String

  @Option(
    help:
      "Files to cut each split into; by default 4, of a small image folder as many as it has samples."
  )
  var shards: Int?

  @Option(help: "How images are stored: raw, as pixels, or jpeg, as files (image-folder).")
  var storage = ImageStorage.raw

  @Option(
    help: """
      Side of raw pictures (256 by default; pascal-part: 128), or short side of files (image-folder).
      """)
  var size: Int?

  @Flag(
    help: """
      Leave pictures out that are damaged or cannot be read instead of stopping (image-folder, \
      pascal-part).
      """)
  var skipCorrupt = false

  @Flag(
    help: """
      Go on where a class loses more than a tenth of its pictures because they are of a kind that is \
      not read, such as WebP (image-folder).
      """)
  var allowLoss = false

  @Option(
    help: ArgumentHelp(
      "Part of each class that tests, of a folder without its own split (image-folder).",
      valueName: "share"))
  var validation: Double?

  @Option(help: "Seed of the random split (pascal-part, --validation; 0 by default).")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Split by ImageSets/NAME/train.txt and val.txt instead (pascal-part).", valueName: "name"))
  var imageSets: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    guard !output.isEmpty else { throw ValidationError("--output names no folder") }
    guard (1...99_999).contains(shards ?? 1) else {
      throw ValidationError("--shards takes a number from 1 to 99999")
    }
    guard (8...4096).contains(size ?? 8) else {
      throw ValidationError("--size takes a number from 8 to 4096")
    }
    guard source == .imageFolder || storage == .raw else {
      throw ValidationError("--storage jpeg is for image-folder")
    }
    guard source == .imageFolder || source == .pascalPart || size == nil && !skipCorrupt else {
      throw ValidationError(
        "--size and --skip-corrupt are for image-folder and pascal-part: \(source.rawValue) has "
          + "images of one size")
    }
    guard source == .imageFolder || !allowLoss else {
      throw ValidationError("--allow-loss is for image-folder")
    }
    guard source == .imageFolder || validation == nil else {
      throw ValidationError("--validation is for image-folder")
    }
    guard validation.map({ $0 > 0 && $0 < 1 }) ?? true else {
      throw ValidationError("--validation takes a number above 0 and below 1")
    }
    guard source == .pascalPart || (seed == nil || validation != nil) && imageSets == nil else {
      throw ValidationError(
        "--seed and --image-sets are for pascal-part: \(source.rawValue) comes with its splits")
    }
    guard seed == nil || imageSets == nil else {
      throw ValidationError("--seed and --image-sets exclude each other")
    }
    guard imageSets.map({ !$0.isEmpty && !$0.contains("/") }) ?? true else {
      throw ValidationError("--image-sets takes the name of a folder of ImageSets")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    try communicator.agree(on: options)
    switch source {
    case .imageFolder: try prepareFolder(communicator)
    case .pascalPart: try preparePascalPart(communicator)
    case .fashionMNIST, .cifar10, .cifar100: try communicator.onRoot { try prepareArrays() }
    }
    try communicator.finish()
  }

  /// What all ranks must have been asked alike; where the input lies may differ from host to host.
  private var options: [Agreement] {
    func of(_ name: String, _ value: (some Any)?) -> Agreement {
      Agreement(name, value.map { "\($0)" } ?? "not given")
    }
    return [
      of("the source", source.rawValue), of("--output", output), of("--shards", shards),
      of("--storage", storage.rawValue), of("--size", size), of("--skip-corrupt", skipCorrupt),
      of("--allow-loss", allowLoss), of("--validation", validation),
      of("--seed", seed), of("--image-sets", imageSets),
    ]
  }

  /// Sources that fit in memory: rank 0 alone writes them.
  private func prepareArrays() throws {
    let dataset =
      switch source {
      case .fashionMNIST: try FashionMNISTImporter.load(folder: input)
      case .cifar10: try CIFARImporter.cifar10(folder: input)
      case .cifar100: try CIFARImporter.cifar100(folder: input)
      case .imageFolder, .pascalPart: preconditionFailure("is written picture by picture")
      }
    try DatasetWriter.write(dataset, to: output, shards: shards ?? Self.defaultShards) {
      Console.log($0)
    }
    try say(
      Document(
        output: output, classes: dataset.classes, train: dataset.train.count,
        test: dataset.test.count))
  }

  private func prepareFolder(_ communicator: Communicator) throws {
    let form = ImageFolder.Form(storage: storage, size: size)
    var scanned: ImageFolder?
    try communicator.together {
      scanned = try ImageFolder(
        folder: input, form: form, skipsCorrupt: skipCorrupt, allowsLoss: allowLoss,
        validation: validation.map { ValidationShare($0, seed: seed ?? 0) })
    }
    guard let folder = scanned else { preconditionFailure("together has returned") }
    for fault in folder.unreachable { Console.log("left out: \(fault)") }
    for line in PassedOver.lines(folder.passedOver) { Console.log("passed over: \(line)") }
    let counts = try DatasetWriter(
      classes: folder.classes, source: "folders of pictures", storage: storage, size: form.size,
      shards: shards ?? max(1, min(Self.defaultShards, folder.train.count, folder.test.count)),
      skipsDamaged: skipCorrupt,
      ranks: communicator,
      progress: Console.line
    ).write(train: folder.train, test: folder.test, to: output)
    try say(
      Document(
        output: output, classes: folder.classes, train: counts.train, test: counts.test,
        skipped: folder.unreachable + counts.faults, passedOver: folder.passedOver))
  }

  /// What was written.
  struct Document: Encodable {
    let output: String
    /// Names, in label order.
    let classes: [String]
    /// Samples of each split.
    let train: Int, test: Int
    /// Pictures that were left out because they are damaged or cannot be read: path and fault.
    var skipped: [String] = []
    /// Files that became no samples, by kind and class; nil where the source is no folder of pictures.
    var passedOver: [PassedOver]?

    enum CodingKeys: String, CodingKey {
      case output, classes, train, test, skipped
      case passedOver = "passed_over"
    }
  }

  func say(_ document: Document) throws {
    if json { return try Console.result(json: document) }
    let skipped = document.skipped.count
    try Console.result(
      "\(output): \(document.train) training and \(NumberText.count(document.test, "test sample")), "
        + "\(NumberText.count(document.classes.count, "class", "classes"))"
        + (skipped > 0 ? ", \(NumberText.count(skipped, "damaged picture")) left out" : ""))
  }
}

extension ImageStorage: ExpressibleByArgument {}
