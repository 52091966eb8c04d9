import Communicator
import Core
import Datasets
import Foundation
import Inference
import Kernels
import Network
import Storage
import TestSupport
import Testing
import Training

/// Three training steps against a run of Golden/training.py in float64: a ResNet on 42 images of
/// Fashion-MNIST, 14 a step, in 4 replicas that normalise apart.
struct GoldenRun {
  /// ‖ours − theirs‖ / ‖theirs‖ over the updates of a group.
  struct GroupError {
    private var difference = 0.0, size = 0.0

    mutating func add(_ ours: Double, _ theirs: Double) {
      difference += (ours - theirs) * (ours - theirs)
      size += theirs * theirs
    }

    /// 0 where nothing should move and nothing did.
    var value: Double { difference == 0 ? 0 : (difference / size).squareRoot() }
  }

  let network: Network
  let configuration: Configuration
  private let golden: [String: [Float]]
  let step: TrainingStep
  private let side: Int, stride: Int
  private let theta: FloatSlice, statistics: FloatSlice
  private let gate: [Float]

  /// Of a batch.
  static let images = 14
  private static let fashionMNIST = Result {
    try FashionMNISTImporter.load(folder: Places.fashionMNIST).train
  }

  /// The run `prefix` of a golden file: images of side × side, every `stride`-th pixel.
  init(
    file: String, prefix: String = "", architecture: String, side: Int, stride: Int = 1,
    sets: [String], level: CPULevel, choice: ConvolutionAlgorithm.Choice = .auto
  ) throws {
    golden = try Dictionary(
      uniqueKeysWithValues: Safetensors.read(Places.golden(file)).compactMap { tensor in
        tensor.name.hasPrefix(prefix)
          ? (String(tensor.name.dropFirst(prefix.count)), tensor.values) : nil
      })
    (self.side, self.stride) = (side, stride)
    configuration = try ResolvedConfiguration(
      sets: [
        "model.architecture=\(architecture)", "model.channels=1", "epochs=4",
        "batch_size=\(Self.images)", "optimizer.weight_decay=0.05",
        "learning_rate.standard=0.001", "learning_rate.gated=0.001", "learning_rate.milestones=[]",
        "gate.lambda1=0.8", "gate.lambda2=0.1", "gate.density_bound=0.1",
      ] + sets
    ).values
    network = try Network(
      architecture: Architecture(configuration.model), channels: 1, classes: 10, height: side,
      width: side, capacity: 4, initialGate: 0.5, compute: .init(choice: choice, level: level))
    network.initialize(seed: 7)
    if let initial = golden["gate.initial"] { network.gate.matrix.copy(from: initial) }
    theta = FloatBuffer(network.theta.array).all
    statistics = FloatBuffer(network.statistics.array).all
    gate = network.gate.matrix.array
    step = try TrainingStep(
      network: network, configuration: configuration,
      schedule: Schedule(configuration, stepsPerEpoch: 1),
      normalizer: ImageNormalizer(mean: [0.2860], std: [0.3530]), communicator: Communicator(),
      level: level)
  }

  func expected(_ name: String) throws -> [Float] { try #require(golden[name], "\(name)") }

  /// The images of a step.
  func batch(step: Int, epoch: Int) throws -> Batch {
    let raw = try Self.fashionMNIST.get()
    let firstSample = Int(golden["first"]?.first ?? 0) + step * Self.images
    let samples = firstSample..<firstSample + Self.images
    let first = (28 - stride * (side - 1) - 1) / 2
    let pixels = samples.flatMap { sample in
      (0..<side * side).map { i in
        let row = first + stride * (i / side)
        let column = first + stride * (i % side)
        return raw.pixels[sample * raw.imageBytes + row * 28 + column]
      }
    }
    return Batch(
      epoch: epoch, step: 0, replicas: [0..<4, 4..<8, 8..<11, 11..<14], pixels: pixels,
      labels: Array(raw.labels[samples]))
  }

  /// Takes a step in each of three epochs; losses must be theirs to within `tolerance`.
  func take(firstEpoch: Int, tolerance: Double) throws {
    let losses = try expected("losses")
    let crossEntropies = try expected("cross_entropies")
    for i in 0..<3 {
      let result = try step.run(
        batch(step: i, epoch: firstEpoch + i), samples: Self.images, stopRequested: false)
      #expect(abs(result.loss / Double(losses[i]) - 1) < tolerance, "loss \(i)")
      let crossEntropy = result.crossEntropySum / Double(Self.images)
      #expect(abs(crossEntropy / Double(crossEntropies[i]) - 1) < tolerance, "cross-entropy \(i)")
    }
  }

  /// Our update of each of θ's tensors in row-major order.
  var thetaUpdates: [(name: String, values: [Double])] {
    network.parameterLayout.tensors.map { tensor in
      let pairs = zip(tensor.read(from: network.theta), tensor.read(from: theta))
      return (tensor.name, pairs.map { Double($0) - Double($1) })
    }
  }

  func statisticsError() throws -> Double {
    var error = GroupError()
    for tensor in network.statisticsLayout.tensors {
      let updates = zip(tensor.read(from: network.statistics), tensor.read(from: statistics))
      for ((after, before), theirs) in zip(updates, try expected("running.\(tensor.name)")) {
        error.add(Double(after) - Double(before), Double(theirs))
      }
    }
    return error.value
  }

  func gateError() throws -> Double {
    var error = GroupError()
    for ((after, before), theirs) in zip(
      zip(network.gate.matrix.array, gate), try expected("gate.update"))
    {
      error.add(Double(after) - Double(before), Double(theirs))
    }
    return error.value
  }
}
