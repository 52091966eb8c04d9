import ArgumentParser
import Communicator
import Core
import Inference
import Kernels
import Network
import Storage

/// A checkpoint's weights as safetensors.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a checkpoint's weights as safetensors, or as a PyTorch module.",
    discussion: """
      Layouts are torchvision's, and so are names unless --names says otherwise; the gate is csg.gate \
      [C, K]. PyTorch's load_state_dict refuses a name that the net does not have: write the file with \
      --no-gate for torchvision's and timm's nets. The file says what it is: architecture, class names and \
      what evaluation does to a picture stand in its __metadata__.

      --pytorch writes a folder with weights.safetensors and load.py, which needs PyTorch, safetensors and, \
      for pictures, Pillow: the net with its gate and its preprocessing.

        csg-dist export runs/cifar10-resnet20-csg --pytorch net
        python net/load.py picture.jpg
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(help: ArgumentHelp("File to write.", valueName: "file.safetensors"))
  var output: String?

  @Option(help: ArgumentHelp("Folder to write a PyTorch module into.", valueName: "dir"))
  var pytorch: String?

  @Option(help: "float32, the very values, or float16: half the bytes, values rounded.")
  var precision = Safetensors.Precision.float32

  @Option(
    help: """
      torchvision, or linear: linear.* for fc.*, and shortcut.* for a block's downsample.*, as ResNets \
      for CIFAR often have.
      """)
  var names = StateDict.Names.torchvision

  @Flag(help: "Leave the gate out.")
  var noGate = false

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Say what is done to a picture: data.mean, data.std, data.image_size, data.resize.",
      valueName: "key.path=value"))
  var sets: [String] = []

  func validate() throws {
    guard (output == nil) != (pytorch == nil) else {
      throw ValidationError("name either a file by --output or a folder by --pytorch")
    }
    for (place, what) in [
      (output, "--output must name another file"), (pytorch, "--pytorch must name another folder"),
    ] {
      guard let place else { continue }
      guard !place.isEmpty, place != checkpoint, !FileSystem.isSame(place, checkpoint) else {
        throw ValidationError(what)
      }
    }
    guard pytorch == nil || names == .torchvision else {
      throw ValidationError("--names goes with --output: load.py has torchvision's")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    if communicator.isRoot {
      if let output { try write(to: output) }
      if let pytorch { try write(moduleTo: pytorch) }
    }
    try communicator.finish()
  }

  private func write(to file: String) throws {
    var (_, checkpoint) = try RunDirectory.read(at: checkpoint)
    if !sets.isEmpty {
      checkpoint.preprocessing = try CheckpointedRun(self.checkpoint, sets: sets).preprocessing()
    }
    try Safetensors.write(
      StateDict.tensors(of: checkpoint, names: names, hasGate: !noGate), as: precision,
      metadata: checkpoint.metadata, to: file)
    try Console.result(file)
  }

  private func write(moduleTo folder: String) throws {
    let run = try CheckpointedRun(checkpoint, sets: sets)
    try PyTorchFolder(path: folder).write(
      run.checkpoint, preprocessing: run.preprocessing(), as: precision, hasGate: !noGate)
    try Console.result("\(folder)/load.py")
  }
}

extension Safetensors.Precision: ExpressibleByArgument {}
extension StateDict.Names: ExpressibleByArgument {}

/// A checkpoint from safetensors.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a checkpoint from safetensors.",
    discussion: """
      Takes torchvision's names and those found in the wild: linear.* or head.fc.* for fc.*, shortcut.* \
      for a block's downsample.*, num_batches_tracked or not, the method's authors' lmask.mask [K, C] \
      for the gate, all of them after module., _orig_mod., model., net., backbone., or any other prefix \
      that all have. Of weights in several files name the index, model.safetensors.index.json. Values become float32; a value that cannot, and one that is not \
      finite, is an error. The checkpoint holds weights only: evaluate it (say --set \
      data.mean=[…] and data.std=[…] if they differ from the data set's own), or train from it by \
      --set model.weights=CHECKPOINT. A file \
      that csg-dist exported says itself what it is, and what is done to a picture.
      """)

  @Argument(help: ArgumentHelp("File to read.", valueName: "file.safetensors"))
  var file: String

  @Option(
    help: """
      Network that the weights belong to: \(Architecture.names.joined(separator: ", ")); \
      resnet20-projection and the like have 1×1 convolutions as shortcuts. By default what the file says.
      """)
  var architecture: String?

  @Option(help: "Classes of its last layer. By default what the file says.")
  var classes: Int?

  @Option(help: "Channels of its images: 1 or 3. By default what the file says, or 3.")
  var channels: Int?

  @Option(help: ArgumentHelp("Checkpoint to write.", valueName: "checkpoint"))
  var output: String

  func validate() throws {
    guard !output.isEmpty, output != file, !FileSystem.isSame(output, file) else {
      throw ValidationError("--output must name another file")
    }
    guard classes.map({ (2...100_000).contains($0) }) ?? true else {
      throw ValidationError("--classes takes a number from 2 to 100000")
    }
    guard channels == nil || channels == 1 || channels == 3 else {
      throw ValidationError("--channels takes 1 or 3")
    }
  }

  /// What was given or, where it was not, what the file says of itself.
  /// - Throws: `CSGError` 64 where neither says it.
  private func described() throws -> (architecture: Architecture, classes: Int, channels: Int) {
    let isComplete = architecture != nil && classes != nil && channels != nil
    let metadata = isComplete ? [:] : try WeightsFile.metadata(file)
    let own = Checkpoint.isExport(metadata) ? metadata : [:]
    let count = own["classes"].flatMap(Int.init).flatMap { (2...100_000).contains($0) ? $0 : nil }
    guard let name = architecture ?? own["architecture"], let classes = classes ?? count else {
      throw CSGError(
        .usage, "\(file): does not say which network it is of",
        remedy: "add --architecture and --classes")
    }
    return (try Architecture(name), classes, channels ?? (own["channels"] == "1" ? 1 : 3))
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    if communicator.isRoot {
      let (architecture, classes, channels) = try described()
      let imported = try StateDict.checkpoint(
        reading: file, architecture: architecture, classes: classes, channels: channels)
      // Names and shapes follow from the net; the image size does not matter to them.
      let network = try Network(
        architecture: architecture, channels: channels, classes: classes,
        height: architecture.imageSide, width: architecture.imageSide, capacity: 1,
        initialGate: 0.5, compute: .init(level: CPULevel.select()))
      try network.load(imported, origin: file)
      if let fault = imported.unprojectedGateEntry {
        Console.warn(
          "\(file): gate holds \(fault): taken for that of a run without projection")
      }
      var checkpoint = network.checkpoint(hasGate: imported.gate != nil)
      (checkpoint.classNames, checkpoint.preprocessing) = (
        imported.classNames, imported.preprocessing
      )
      try checkpoint.write(to: output)
      try Console.result(output)
    }
    try communicator.finish()
  }
}
