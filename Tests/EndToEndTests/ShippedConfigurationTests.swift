import Core
import Foundation
import Kernels
import Network
import TestSupport
import Testing
import Training

/// Every configuration in `configs/` says a run that could begin, had it its data.
@Suite struct ShippedConfigurationTests {
  private static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(Places.root)/configs")) ?? [])
    .sorted()

  @Test func coverThePapersRuns() {
    let nets = ["resnet20", "resnet50", "resnet101", "alexnet"]
    for net in nets {
      for kind in ["csg", "std"] { #expect(Self.names.contains("cifar10-\(net)-\(kind).yaml")) }
    }
    for recipe in ["authors", "reimplementation"] {
      #expect(Self.names.contains("cifar10-resnet20-\(recipe).yaml"))
      #expect(Self.names.contains("cifar10-resnet20-\(recipe)-std.yaml"))
    }
    for run in ["imagenet-resnet18", "pascal-resnet152"] {
      for kind in ["csg", "std"] { #expect(Self.names.contains("\(run)-\(kind).yaml")) }
    }
    for net in ["resnet20", "alexnet"] {
      #expect(Self.names.contains("cifar10-\(net)-fixed.yaml"))
    }
  }

  @Test(arguments: names) func canBePlanned(_ name: String) throws {
    let values = try ResolvedConfiguration(file: "\(Places.root)/configs/\(name)").values
    let architecture = try Architecture(values.model)
    let network = try Network(
      architecture: architecture, channels: values.model.channels, classes: values.model.classes,
      height: architecture.imageSide, width: architecture.imageSide, capacity: 1,
      initialGate: values.gate.initial, dropout: values.model.dropout,
      compute: .init(level: .baseline))
    if case .fixed(let shares) = values.gate.matrix {
      try network.gate.fix(shares)
      #expect(network.gate.density < 0.2)
    }
    for frozen in [values.model.frozen.standard, values.model.frozen.gated] {
      let learning = try LearningParameters(
        network.parameterLayout, frozen: frozen, key: "model.frozen")
      #expect(learning.end > 0)
    }
    let schedule = Schedule(values, stepsPerEpoch: 10)
    let paths = Set((0..<values.epochs).map { schedule.path(atEpoch: $0) })
    switch values.gate.schedule {
    case .standard: #expect(paths == [.standard])
    case .alternate: #expect(paths == [.standard, .gated])
    case .joint: #expect(paths == [.joint])
    }
  }

  /// The example of fine-tuning is what `init` says of those photographs: 658 horses at most, 190 sheep at least.
  @Test func theExampleOfFineTuningIsWhatInitPrints() throws {
    let name = "animals6-resnet18-pretrained"
    let proposed = try FirstConfiguration(
      .init(name: name, side: 128, weights: "weights/resnet18.safetensors"),
      data: "data/animals6",
      train: .init(count: 2699, classes: 6, side: 144, unevenness: 658.0 / 190), hasTest: true)
    let shipped = try String(
      contentsOfFile: "\(Places.root)/configs/\(name).yaml", encoding: .utf8)
    let withoutHead = shipped.split(separator: "\n").drop { $0.hasPrefix("#") }
    #expect(withoutHead.joined(separator: "\n") == proposed.text)
  }

  /// A run and its baseline differ in the gate alone.
  @Test(arguments: names.filter { $0.hasSuffix("-std.yaml") })
  func theBaselineDiffersInTheGateAlone(_ name: String) throws {
    let folder = "\(Places.root)/configs"
    let partners = ["-csg.yaml", ".yaml"].map { name.replacing("-std.yaml", with: $0) }
    let partner = try #require(partners.first(where: Self.names.contains))
    let csg = try ResolvedConfiguration(file: "\(folder)/\(partner)")
    let std = try ResolvedConfiguration(file: "\(folder)/\(name)")
    #expect(csg.differences(from: std).map(\.key).sorted() == ["gate.schedule", "name"])
  }
}
