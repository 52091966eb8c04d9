import Core
import Foundation
import Kernels
import Network
import Storage
import TestSupport
import Inference
import Testing

@Suite struct StateDictTests {
  private func network() throws -> Network {
    let network = try Network(
      architecture: Architecture("resnet8"), channels: 1, classes: 3, height: 8,
      width: 8, capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    network.initialize(seed: 1)
    return network
  }

  private func read(_ tensors: [NamedTensor]) throws -> Checkpoint {
    try StateDict.checkpoint(
      from: tensors, origin: "wild", architecture: Architecture("resnet8"), classes: 3, channels: 1)
  }

  @Test(arguments: [
    "", "module.", "_orig_mod.", "model.", "net.", "state_dict.", "module._orig_mod.model.",
    "resnet20.encoder.", "student.",
  ])
  func namesFoundInTheWildAreTaken(_ prefix: String) throws {
    let original = try network().checkpoint(hasGate: true)
    var wild = StateDict.tensors(of: original).map { tensor in
      NamedTensor(
        name: prefix + tensor.name.replacing("fc.", with: "linear."), shape: tensor.shape,
        values: tensor.values)
    }
    wild.append(NamedTensor(name: prefix + "bn1.num_batches_tracked", shape: [], values: [7]))
    let loaded = try network()
    loaded.theta.fill(0)
    try loaded.load(try read(wild), origin: "test")
    #expect(loaded.checkpoint(hasGate: true).stateDigest == original.stateDigest)
  }

  /// Export and import of every family, through a file: not a bit changes.
  @Test(arguments: ["resnet8", "resnet18-cifar", "resnet50", "alexnet-cifar"])
  func everyFamilySurvivesExportAndImport(_ name: String) throws {
    func network() throws -> Network {
      try Network(
        architecture: Architecture(name), channels: 3, classes: 5, height: 16, width: 16,
        capacity: 1, initialGate: 0.25, compute: .init(level: CPULevel.select()))
    }
    let original = try network()
    original.initialize(seed: 3)
    let folder = try TemporaryFolder()
    let file = folder("weights.safetensors")
    try Safetensors.write(
      StateDict.tensors(of: original.checkpoint(hasGate: true)), metadata: [:], to: file)
    let loaded = try network()
    try loaded.load(
      try StateDict.checkpoint(
        reading: file, architecture: Architecture(name), classes: 5, channels: 3),
      origin: file)
    #expect(loaded.theta.array == original.theta.array)
    #expect(loaded.statistics.array == original.statistics.array)
    #expect(loaded.gate.matrix.array == original.gate.matrix.array)
  }

  @Test func everyFaultIsNamed() throws {
    var tensors = StateDict.tensors(of: try network().checkpoint(hasGate: false))
    tensors.removeAll { $0.name == "layer2.0.bn1.weight" }
    tensors.removeAll { $0.name == "fc.bias" }
    tensors.append(NamedTensor(name: "fc.bias", shape: [4], values: [1, 2, 3, 4]))
    tensors.append(NamedTensor(name: "layer4.weight", shape: [1], values: [1]))
    let error = #expect(throws: CSGError.self) {
      try network().load(try read(tensors), origin: "weights")
    }
    #expect(error?.exitCode == .configuration)
    for part in [
      "weights", "layer2.0.bn1.weight is missing", "fc.bias is [4]", "layer4.weight is unknown",
    ] { #expect(error?.message.contains(part) == true, "\(part)") }
  }

  /// A trunk and a head of their own, and a part that was compiled.
  @Test func partsMayHavePrefixesOfTheirOwn() throws {
    let original = try network().checkpoint(hasGate: false)
    let wild = StateDict.tensors(of: original).map { tensor in
      var name = tensor.name.hasPrefix("fc.") ? "head.\(tensor.name)" : "backbone.\(tensor.name)"
      name = name.replacing("backbone.layer2.", with: "backbone.layer2._orig_mod.")
      return NamedTensor(name: name, shape: tensor.shape, values: tensor.values)
    }
    let loaded = try network()
    loaded.theta.fill(0)
    try loaded.load(try read(wild), origin: "test")
    #expect(loaded.checkpoint(hasGate: false).stateDigest == original.stateDigest)
  }

  /// The method's authors keep G with its classes along the second axis.
  @Test func theAuthorsGateIsTransposed() throws {
    let original = try network().checkpoint(hasGate: false)
    let values = (0..<64 * 3).map { Float($0) / 256 }  // [K, C]
    let wild =
      StateDict.tensors(of: original).map {
        NamedTensor(name: "module." + $0.name, shape: $0.shape, values: $0.values)
      } + [NamedTensor(name: "module.lmask.mask", shape: [64, 3], values: values)]
    let loaded = try network()
    try loaded.load(try read(wild), origin: "test")
    let gate = loaded.gate.matrix.array
    for label in 0..<3 {
      for filter in 0..<64 { #expect(gate[label * 64 + filter] == values[filter * 3 + label]) }
    }
    #expect(throws: CSGError.self, "both") {
      try read(wild + [NamedTensor(name: "csg.gate", shape: [3, 64], values: values)])
    }
  }

  /// A net with projections along its shortcuts, under the names of CIFAR's nets in the wild, and back.
  @Test(arguments: ["resnet18-cifar", "resnet8-projection"])
  func theNamesOfCIFARsNetsAreWrittenAndTaken(_ name: String) throws {
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: 5, height: 16, width: 16,
      capacity: 1, initialGate: 0.25, compute: .init(level: CPULevel.select()))
    network.initialize(seed: 3)
    let checkpoint = network.checkpoint(hasGate: true)
    let written = StateDict.tensors(of: checkpoint, names: .linear, hasGate: false)
    let names = Set(written.map(\.name))
    #expect(names.count == checkpoint.parameters.count + checkpoint.buffers.count)
    #expect(names.isSuperset(of: ["linear.weight", "linear.bias", "layer2.0.shortcut.0.weight"]))
    #expect(!names.contains { $0.contains("fc.") || $0.contains("downsample") || $0 == "csg.gate" })
    let back = try StateDict.checkpoint(
      from: written, origin: "wild", architecture: Architecture(name), classes: 5, channels: 3)
    var plain = checkpoint
    plain.gate = nil
    #expect(back.stateDigest == plain.stateDigest)
  }

  /// What torchvision's strict loading asks for: its names (shapes.txt) and no other.
  @Test(arguments: ["resnet18", "alexnet"]) func withoutItsGateAFileHasTorchvisionsNames(
    _ name: String
  ) throws {
    let text = try String(contentsOfFile: Places.golden("shapes.txt"), encoding: .utf8)
    let theirs = text.split(separator: "\n").map { $0.split(separator: " ") }
      .filter { $0[0] == name }.map { String($0[1]) }
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: 10, height: 64, width: 64,
      capacity: 1, initialGate: 0.25, compute: .init(level: CPULevel.select()))
    let written = StateDict.tensors(of: network.checkpoint(hasGate: true), hasGate: false)
    #expect(theirs.count > 10 && written.map(\.name).sorted() == theirs.sorted())
  }

  /// What cannot be placed is told under its own name, first, with what it may be.
  @Test func unknownNamesAreToldBesideMissingOnes() throws {
    let tensors = StateDict.tensors(of: try network().checkpoint(hasGate: false)).map {
      let name = $0.name.replacing("conv1", with: "convolution").replacing("fc.", with: "logits.")
      return NamedTensor(name: "model." + name, shape: $0.shape, values: $0.values)
    }
    let error = #expect(throws: CSGError.self) {
      try network().load(try read(tensors), origin: "weights")
    }
    let message = try #require(error?.message)
    for part in [
      "fit the network: model.convolution.weight is unknown (conv1.weight?), ",
      "model.layer1.0.convolution.weight is unknown (layer1.0.conv1.weight?), ",
      ", conv1.weight is missing, ", ", and 4 more",
    ] { #expect(message.contains(part), "\(part) in: \(message)") }
  }

  /// Two names for one tensor: neither is dropped in silence.
  @Test(arguments: [
    ("fc.bias", "linear.bias"), ("bn1.weight", "module.bn1.weight"),
    ("module.fc.weight", "module.linear.weight"), ("csg.gate", "module.csg.gate"),
    ("bn1.running_var", "module.bn1.running_var"), ("conv1.weight", "conv1.weight"),
    ("fc.bias", "head.fc.bias"),
  ])
  func twoTensorsOfOneNameAreNamed(first: String, second: String) throws {
    let tensors = [first, second].map { NamedTensor(name: $0, shape: [1], values: [1]) }
    let error = #expect(throws: CSGError.self) { try read(tensors) }
    #expect(error?.exitCode == .data)
    #expect(
      error?.message.hasPrefix("wild: '\(first)' and '\(second)' both stand for '") == true)
  }

  /// A gate of bytes and counters beyond 2²⁴ come through a file.
  @Test func integersComeThroughAFile() throws {
    let folder = try TemporaryFolder()
    let tensors = StateDict.tensors(of: try network().checkpoint(hasGate: false))
    try Safetensors.write(tensors, metadata: [:], to: folder("a"))
    let plain = try Data(contentsOf: URL(fileURLWithPath: folder("a")))
    let length = 8 + Int(plain[0]) + Int(plain[1]) << 8
    let end = plain.count - length
    let gate = (0..<3 * 64).map { UInt8($0 % 2) }
    let header =
      String(decoding: plain[8..<length], as: UTF8.self).trimmingCharacters(in: .whitespaces)
      .dropLast() + """
        ,"csg.gate":{"dtype":"BOOL","shape":[3,64],"data_offsets":[\(end),\(end + 192)]},\
        "bn1.num_batches_tracked":{"dtype":"I64","shape":[],\
        "data_offsets":[\(end + 192),\(end + 200)]}}
        """
    let size = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    let counter = [UInt8](repeating: 0x7f, count: 8)
    let file = try folder.write(
      "b.safetensors", size + Array(header.utf8) + plain[length...] + gate + counter)
    let loaded = try network()
    try loaded.load(
      try StateDict.checkpoint(
        reading: file, architecture: Architecture("resnet8"), classes: 3, channels: 1),
      origin: file)
    #expect(loaded.gate.matrix.array == gate.map(Float.init))
    #expect(loaded.theta.array == (try network().theta.array))
  }
}
