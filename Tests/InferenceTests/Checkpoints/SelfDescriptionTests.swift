import Core
import Inference
import Network
import Storage
import TestSupport
import Testing

/// An export says what it is, and is believed; other programs' words are left alone.
@Suite struct SelfDescriptionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let preprocessing = Preprocessing(
    stored: nil, height: 8, width: 8, resize: 9, mean: [0.25], std: [0.5])

  private func described() -> Checkpoint {
    var checkpoint = Checkpoint(
      architecture: "resnet20-projection", classes: 3, channels: 1, parameters: [], buffers: [],
      gate: nil)
    checkpoint.classNames = ["été", "\"b\"", "/"]
    checkpoint.preprocessing = preprocessing
    return checkpoint
  }

  private func read(classes: Int = 3, channels: Int = 1) throws -> Checkpoint {
    try StateDict.checkpoint(
      reading: folder("w.safetensors"), architecture: Architecture("resnet8"), classes: classes,
      channels: channels)
  }

  private func write(_ metadata: [String: String]) throws {
    try Safetensors.write([], metadata: metadata, to: folder("w.safetensors"))
  }

  @Test func anExportIsReadBack() throws {
    let metadata = try described().metadata
    #expect(metadata["architecture"] == "resnet20-projection")
    #expect(metadata["shortcut"] == "projection" && metadata["classes"] == "3")
    try write(metadata)
    #expect(try WeightsFile.metadata(folder("w.safetensors")) == metadata)
    let back = try read()
    #expect(back.classNames == ["été", "\"b\"", "/"] && back.preprocessing == preprocessing)
    let other = try read(classes: 5, channels: 3)
    #expect(other.classNames == nil && other.preprocessing == nil, "of other classes and images")
  }

  @Test func shortcutsAreNamed() throws {
    for (name, shortcut) in [
      ("resnet20", "padding"), ("resnet18", "projection"), ("resnet50-cifar", "projection"),
      ("alexnet", "none"),
    ] { #expect(try Architecture(name).shortcut == shortcut) }
  }

  @Test func otherProgramsWordsAreLeft() throws {
    var metadata = try described().metadata
    metadata["producer"] = "timm 1.0"
    metadata["class_names"] = "a, b, c"
    try write(metadata)
    let back = try read()
    #expect(back.classNames == nil && back.preprocessing == nil)
  }

  @Test(arguments: ["class_names", "preprocessing"]) func damageIsTold(_ key: String) throws {
    var metadata = try described().metadata
    metadata[key] = "[0"
    try write(metadata)
    let error = #expect(throws: CSGError.self) { try read() }
    #expect(error?.exitCode == .data && error?.message.contains(key) == true)
  }
}
