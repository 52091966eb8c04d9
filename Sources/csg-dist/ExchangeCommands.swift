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
    commandName: "export", abstract: "Write a checkpoint's weights as safetensors.",
    discussion: """
      Layouts are torchvision's, and so are names unless --names says otherwise; the gate is csg.gate \
      [C, K]. PyTorch's load_state_dict refuses a name that the net does not have: write the file with \
      --no-gate for torchvision's and timm's nets.
      """)

  @Argument(help: ArgumentHelp("Checkpoint file or run directory.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(help: ArgumentHelp("File to write.", valueName: "file.safetensors"))
  var output: String

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

  func validate() throws {
    guard !output.isEmpty, output != checkpoint, !FileSystem.isSame(output, checkpoint) else {
      throw ValidationError("--output must name another file")
    }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    if communicator.isRoot {
      let (_, checkpoint) = try RunDirectory.read(at: checkpoint)
      try Safetensors.write(
        StateDict.tensors(of: checkpoint, names: names, hasGate: !noGate), as: precision,
        metadata: [
          "format": "pt", "architecture": checkpoint.architecture,
          "producer": "csg-dist \(csgDistVersion)",
        ], to: output)
      try Console.result(output)
    }
    try communicator.finish()
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
      --set model.weights=CHECKPOINT.
      """)

  @Argument(help: ArgumentHelp("File to read.", valueName: "file.safetensors"))
  var file: String

  @Option(
    help: """
      Network that the weights belong to: \(Architecture.names.joined(separator: ", ")); \
      resnet20-projection and the like have 1×1 convolutions as shortcuts.
      """)
  var architecture: String

  @Option(help: "Classes of its last layer.")
  var classes: Int

  @Option(help: "Channels of its images: 1 or 3.")
  var channels = 3

  @Option(help: ArgumentHelp("Checkpoint to write.", valueName: "checkpoint"))
  var output: String

  func validate() throws {
    guard !output.isEmpty, output != file, !FileSystem.isSame(output, file) else {
      throw ValidationError("--output must name another file")
    }
    guard classes >= 2 && classes <= 100_000 else {
      throw ValidationError("--classes takes a number from 2 to 100000")
    }
    guard channels == 1 || channels == 3 else { throw ValidationError("--channels takes 1 or 3") }
  }

  func run() throws {
    let communicator = try Communicator.joined(Self.self)
    if communicator.isRoot {
      let architecture = try Architecture(architecture)
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
      try network.checkpoint(hasGate: imported.gate != nil).write(to: output)
      try Console.result(output)
    }
    try communicator.finish()
  }
}
