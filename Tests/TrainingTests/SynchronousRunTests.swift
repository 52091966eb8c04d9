import Communicator
import Core
import Datasets
import Inference
import Kernels
import Network
import Storage
import TestSupport
import Testing
import Training

/// Three steps with `batch_norm: sync` against one PyTorch BatchNorm2d over each whole batch, in
/// float64 (Golden/sync.py): ResNet-8 in 4 replicas, the last batch of 3 images, so that one is empty.
@Suite struct SynchronousRunTests {
  private static let batches: [[Range<Int>]] = [
    [0..<4, 4..<8, 8..<11, 11..<14], [0..<4, 4..<8, 8..<11, 11..<14],
    [0..<1, 1..<2, 2..<3, 3..<3],
  ]

  /// The weights that sync.py starts from.
  private func start(_ number: Int, _ tensor: TensorSpec) -> [Float] {
    (0..<tensor.count).map { i in
      let value = Double((31 * i * i + 7919 * i + 97 * number) % 2003) / 1001 - 1
      if tensor.shape.count == 4 {
        let fan = Double(tensor.shape[0] * tensor.shape[2] * tensor.shape[3])
        return Float(value * (6 / fan).squareRoot())
      }
      if tensor.name.hasPrefix("fc.") { return Float(value / 8) }
      return Float(0.2 * value + (tensor.name.hasSuffix("weight") ? 1 : 0))
    }
  }

  /// ‖ours − theirs‖ / ‖theirs‖.
  private func error(_ pairs: [(ours: Double, theirs: Double)]) -> Double {
    let difference = pairs.reduce(0) { $0 + ($1.ours - $1.theirs) * ($1.ours - $1.theirs) }
    return (difference / pairs.reduce(0) { $0 + $1.theirs * $1.theirs }).squareRoot()
  }

  @Test(arguments: CPULevel.allCases.filter { $0 <= CPULevel.best }, [1, 2])
  func threeStepsMatchPyTorch(_ level: CPULevel, _ threads: Int) throws {
    let golden = try Dictionary(
      uniqueKeysWithValues: Safetensors.read(Places.golden("sync.safetensors")).map {
        ($0.name, $0.values)
      })
    func expected(_ name: String) throws -> [Float] { try #require(golden[name], "\(name)") }
    let configuration = try ResolvedConfiguration(sets: [
      "model.channels=1", "batch_norm=sync", "epochs=3", "batch_size=14",
      "optimizer.weight_decay=0.05", "learning_rate.standard=0.001", "learning_rate.gated=0.001",
      "learning_rate.milestones=[]", "gate.period=3", "gate.lambda1=0.8", "gate.lambda2=0",
    ]).values
    let communicator = try Communicator()
    let network = try Network(
      architecture: Architecture("resnet8"), channels: 1, classes: 10, height: 8, width: 8,
      capacity: 14, initialGate: 0.5, norms: configuration.normScope(communicator),
      compute: .init(level: level, threads: threads))
    network.initialize(seed: 0)
    for (number, tensor) in network.parameterLayout.tensors.enumerated() {
      tensor.write(start(number, tensor), to: network.theta)
    }
    let before = FloatBuffer(network.theta.array).all
    let step = try TrainingStep(
      network: network, configuration: configuration,
      schedule: Schedule(configuration, stepsPerEpoch: 1),
      normalizer: ImageNormalizer(mean: [0.2860], std: [0.3530]), communicator: communicator,
      level: level)

    let images = try expected("images").map { UInt8($0) }
    let labels = try expected("labels").map { Int32($0) }
    var first = 0
    for (i, (replicas, epoch)) in zip(Self.batches, [0, 2, 1]).enumerated() {
      let count = replicas[3].upperBound
      let result = try step.run(
        Batch(
          epoch: epoch, step: 0, replicas: replicas,
          pixels: Array(images[first * 64..<(first + count) * 64]),
          labels: Array(labels[first..<first + count])),
        samples: count, stopRequested: false)
      first += count
      #expect(abs(result.loss / Double(try expected("losses")[i]) - 1) < 1e-6, "loss \(i)")
    }

    var updates: [(ours: Double, theirs: Double)] = []
    for tensor in network.parameterLayout.tensors {
      let (after, start) = (tensor.read(from: network.theta), tensor.read(from: before))
      for (i, theirs) in try expected("update.\(tensor.name)").enumerated() {
        let place = i * 1009 % tensor.count
        updates.append((Double(after[place]) - Double(start[place]), Double(theirs)))
      }
    }
    #expect(error(updates) < 5e-4, "θ's update is off by \(error(updates))")
    var running: [(ours: Double, theirs: Double)] = []
    for tensor in network.statisticsLayout.tensors {
      for (ours, theirs) in zip(
        tensor.read(from: network.statistics), try expected("running.\(tensor.name)"))
      {
        running.append((Double(ours), Double(theirs)))
      }
    }
    #expect(error(running) < 1e-6, "running statistics are off by \(error(running))")
    let gate = zip(network.gate.matrix.array, try expected("gate.update")).map {
      (ours: Double($0) - 0.5, theirs: Double($1))
    }
    #expect(error(gate) < 1e-6, "G is off by \(error(gate))")
  }
}
