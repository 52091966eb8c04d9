import Kernels
import TestSupport
import Testing

/// Three steps of each schedule, matrix and optimiser against PyTorch in float64
/// (Golden/variants.py): ResNet-8 on 42 real images of 8 × 8 on which no ReLU's sign is in doubt.
///
/// PyTorch's own float32 is off by at most 1.5e-4 for θ (whose updates are small beside it), 5e-7
/// for statistics and G, 2e-7 for losses; the bounds are some six times that.
@Suite struct GoldenVariantTests {
  private static let fixed = "gate.matrix={ fixed: { per_class: 6, shared: 4 } }"
  private static let alternate = ["gate.period=3", "gate.csg_epochs=2"]
  private static let joint = ["gate.schedule=joint"]
  private static let between = ["gate={ period: 2, csg_epochs: 1, csg_start: 0 }"]
  private static let momentum = ["gate={ optimizer: momentum, learning_rate: 0.02 }"]
  private static let shared = ["gate.optimizer=shared"]
  private static let adam = [
    "optimizer.kind=adam", "gate.optimizer=adam", "gate.learning_rate=0.01",
  ]
  private static let runs: [(name: String, sets: [String])] = [
    ("joint", joint),
    ("fixed", alternate + [fixed]),
    ("fixed-joint", joint + [fixed]),
    ("adam", alternate + adam),
    ("adam-joint", joint + adam),
    (
      "momentum",
      alternate + [
        "optimizer.nesterov=true", "gate.optimizer=momentum", "gate.learning_rate=0.02",
      ]
    ),
    ("projection", alternate + ["model.shortcut=projection"]),
    ("gate-decay", alternate + ["gate.weight_decay=0.3"]),
    (
      "gate-momentum",
      between + momentum + ["gate={ momentum: 0.8, nesterov: true, weight_decay: 0.3 }"]
    ),
    ("learns-in-all", between + momentum + ["gate={ weight_decay: 0.3, learns_in: all }"]),
    ("penalty-in-all", between + ["gate={ learns_in: all, penalty_in: all }"]),
    ("column", alternate + ["gate={ density_bound: 0.7, lambda3: 0.05, column_bound: 0.6 }"]),
    ("unprojected", alternate + ["gate={ projection: none, learning_rate: 0.4 }"]),
    (
      "shared",
      between + shared + [
        "optimizer.nesterov=true", "learning_rate={ standard: 0.005, gated: 0.005 }",
      ]
    ),
    ("shared-adam", between + shared + ["optimizer.kind=adam", "gate.learns_in=all"]),
    ("clipped", alternate + ["numerics={ clip_norm: 0.5, clip_gate_norm: 1 }"]),
    (
      "authors",
      between + shared + [
        "optimizer={ nesterov: true, shared: true }", "model.shortcut=projection",
        "gate={ learns_in: all, penalty_in: all }",
        "gate={ density_bound: 0, lambda2: 0.05, lambda3: 0.05 }",
      ]
    ),
    (
      "reimplementation",
      shared + [
        "gate={ period: 2, csg_epochs: 1, projection: none, learns_in: all, lambda2: 1 }",
        "optimizer.shared=true", "learning_rate={ standard: 0.03, gated: 0.03 }",
      ]
    ),
  ]

  @Test(arguments: runs, CPULevel.allCases.filter { $0 <= CPULevel.best })
  func threeStepsMatchPyTorch(_ named: (name: String, sets: [String]), _ level: CPULevel) throws {
    let run = try GoldenRun(
      file: "variants.safetensors", prefix: "\(named.name)/", architecture: "resnet8", side: 8,
      stride: 3, sets: named.sets, level: level)
    try run.take(firstEpoch: 0, tolerance: 1.2e-6)

    var thetaError = GoldenRun.GroupError()
    for (name, values) in run.thetaUpdates {
      for (i, theirs) in try run.expected("update.\(name)").enumerated() {
        thetaError.add(values[i * 1009 % values.count], Double(theirs))
      }
    }
    #expect(thetaError.value < 1e-3, "θ's update is off by \(thetaError.value)")
    let statisticsError = try run.statisticsError()
    #expect(statisticsError < 4e-6, "statistics are off by \(statisticsError)")
    let gateError = try run.gateError()
    #expect(gateError < 4e-6, "G's update is off by \(gateError)")
  }

  /// Gradients of 16 bits move θ and G by what PyTorch moves them, to within their rounding: 2⁻⁹ of a value at most,
  /// at three nodes of the tree; each error is its own, so that less of it is seen. Statistics are not rounded.
  @Test func sixteenBitsOfAGradientAreNearIt() throws {
    let run = try GoldenRun(
      file: "variants.safetensors", prefix: "joint/", architecture: "resnet8", side: 8, stride: 3,
      sets: Self.joint + ["compute.wire=bfloat16"], level: CPULevel.best)
    try run.take(firstEpoch: 0, tolerance: 1e-4)
    var thetaError = GoldenRun.GroupError()
    for (name, values) in run.thetaUpdates {
      for (i, theirs) in try run.expected("update.\(name)").enumerated() {
        thetaError.add(values[i * 1009 % values.count], Double(theirs))
      }
    }
    #expect((3e-4..<3 * 0x1p-9).contains(thetaError.value), "\(thetaError.value)")
    let gateError = try run.gateError()
    #expect(gateError < 3 * 0x1p-9, "\(gateError)")
    #expect(try run.statisticsError() < 1e-4)
  }

  /// The gates of the fixed runs, as the configuration sets them.
  @Test func theFixedGateIsAppendixEs() throws {
    let run = try GoldenRun(
      file: "variants.safetensors", prefix: "fixed/", architecture: "resnet8", side: 8, stride: 3,
      sets: Self.joint + [Self.fixed], level: CPULevel.best)
    guard case .fixed(let shares) = run.configuration.gate.matrix else {
      Issue.record("the matrix is learned")
      return
    }
    run.network.gate.matrix.fill(0.5)
    try run.network.gate.fix(shares)
    #expect(try run.network.gate.matrix.array == run.expected("gate.initial"))
  }
}
