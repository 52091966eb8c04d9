import ArgumentParser
import Communicator
import Core
import Datasets
import Kernels
import Training

/// A first configuration for a data set.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Print a configuration that fits a data set.",
    discussion: """
      Classes, image size, batch, epochs and the weight of the density penalty follow from the data, so \
      that the gates settle within the run; it is checked as train --dry-run does. Redirect it into a \
      file, change what you know better, and train:

        csg-dist prepare image-folder --input photos --output data/photos --size 73
        csg-dist init --data data/photos --image 64 > photos.yaml
        launch/run 2 train photos.yaml
        launch/run 2 train photos.yaml --set gate.schedule=standard --set name=photos-std

      The last one is the baseline without gates.
      """)

  @Option(help: ArgumentHelp("Folder that prepare wrote.", valueName: "dir"))
  var data: String

  @Option(
    help: ArgumentHelp(
      "Side of the net's images; by default the largest that the pictures fill, 224 at most.",
      valueName: "pixels"))
  var image: Int?

  @Option(help: "Net (see csg-dist nets); by default resnet20 for images to 64, else resnet18.")
  var architecture: String?

  @Option(
    help: ArgumentHelp(
      "Trained weights of that net to start from: safetensors or a checkpoint.", valueName: "file"))
  var pretrained: String?

  @Option(help: ArgumentHelp("Epochs; by default 20, or 10 from trained weights.", valueName: "n"))
  var epochs: Int?

  @Option(help: "Name of the run; by default the folder's.")
  var name: String?

  func validate() throws {
    guard (8...4096).contains(image ?? 8) else {
      throw ValidationError("--image takes a number from 8 to 4096")
    }
    guard epochs ?? 1 > 0 else { throw ValidationError("--epochs is not above 0") }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    var file = ""
    try communicator.onRoot {
      let train = try Dataset(folder: "\(data)/train")
      let hasTest = try FileSystem.kind(of: "\(data)/test") == .folder
      let first = try FirstConfiguration(
        FirstConfiguration.Wishes(
          name: name ?? folderName, side: image, architecture: architecture, weights: pretrained,
          epochs: epochs),
        data: data, train: FirstConfiguration.Pictures(train), hasTest: hasTest)
      for line in first.decisions { Console.log(line) }
      file = first.text
    }
    file = try communicator.broadcast(file)
    let configuration = try ResolvedConfiguration(text: file, origin: "init")
    let progress = Progress(batchSize: configuration.values.batchSize)
    let trainer = try Trainer(
      configuration, communicator: communicator, output: nil, level: CPULevel.select(),
      provenance: "", report: progress.show)
    try trainer.checkStart()
    try Console.result(file)
    try communicator.finish()
  }

  /// The last part of the data's path that names something.
  private var folderName: String {
    let part = data.split(separator: "/").last { $0 != "." && $0 != ".." }
    return part.map(String.init) ?? "photos"
  }
}
