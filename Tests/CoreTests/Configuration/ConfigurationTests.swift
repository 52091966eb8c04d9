import Core
import Foundation
import TestSupport
import Testing

struct ConfigurationTests {
  /// What the paper's runs and DESIGN.md say; a changed default changes results.
  @Test func defaultsDecode() throws {
    let values = try ResolvedConfiguration(sets: []).values
    #expect(values.name == "run" && values.model.architecture == "resnet20")
    #expect(values.model.classes == 10 && values.model.channels == 3)
    #expect(values.data.train == nil && values.data.limit == nil && values.data.mean == .auto)
    #expect(values.data.shuffle == .full && values.data.cropPadding == 4)
    #expect(values.data.horizontalFlip)
    #expect(values.replicas == 4 && values.batchSize == 256 && values.epochs == 200)
    #expect(values.seed == 0 && values.batchNorm == .replica)
    #expect(values.optimizer.kind == .sgd && values.optimizer.momentum == 0.9)
    #expect(values.optimizer.weightDecay == 1e-4 && !values.optimizer.nesterov)
    #expect(values.optimizer.betas == [0.9, 0.999] && values.optimizer.epsilon == 1e-8)
    #expect(values.learningRate.schedule == .milestones && values.gate.optimizer == .sgd)
    #expect(values.learningRate.standard == 0.1 && values.learningRate.gated == 0.1)
    #expect(values.learningRate.milestones == [0.5, 0.75] && values.learningRate.gamma == 0.1)
    #expect(values.gate.schedule == .alternate && values.gate.matrix == .learned)
    #expect(values.gate.period == 3 && values.gate.csgEpochs == 1 && values.gate.initial == 0.5)
    #expect(values.gate.lambda1 == 1 && values.gate.lambda2 == 0.1)
    #expect(values.gate.densityBound == .value(0.1) && values.gate.penalty == .l1)
    #expect(values.checkpoint.keep == 3 && values.compute.threads == .auto)
  }

  /// A key of the defaults that no property decodes would be accepted and have no effect.
  @Test func everyDefaultKeyIsDecoded() throws {
    let sets = [
      "model.weights=w", "data.train=a", "data.test=b", "data.limit=9",
      "data.image_size=8", "data.resize=9", "data.crop_padding=0", "data.random_resized_crop={}",
      "data.color_jitter={}", "gate.csg_start=0", "gate.optimizer=momentum", "gate.momentum=0.5",
      "gate.nesterov=true", "numerics={ clip_norm: 1, clip_gate_norm: 1 }",
    ]
    let resolved = try ResolvedConfiguration(sets: sets)
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(resolved.values))
    func keys(_ value: Any, _ path: [String]) -> [String] {
      guard let group = value as? [String: Any] else { return [path.joined(separator: ".")] }
      return group.flatMap { keys($0.value, path + [$0.key]) }
    }
    #expect(keys(json, []).sorted() == resolved.flat.map(\.key).sorted())
  }

  @Test(arguments: try FileManager.default.contentsOfDirectory(atPath: Places.root + "/configs"))
  func theShippedConfigurationsResolve(name: String) throws {
    #expect(throws: Never.self) {
      try ResolvedConfiguration(file: "\(Places.root)/configs/\(name)")
    }
  }
}
