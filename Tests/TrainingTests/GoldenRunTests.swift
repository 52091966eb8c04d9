import Communicator
import Core
import Datasets
import Foundation
import Kernels
import Network
import Storage
import TestSupport
import Training
import Testing

/// Three steps of the alternate schedule against PyTorch in float64 (Golden/alternate.py): ResNet-20
/// on 42 real images, 4 replicas that normalise apart, both paths, penalty and projection.
///
/// θ's bound is that of float32: a single ReLU whose sign flips moves θ's update by up to 1e-2,
/// PyTorch's own float32 by 8e-3 here. fc, which flips hardly reach, is held closer.
@Suite struct GoldenRunTests {
  private static let images = 14

  /// The relative error of a group: ‖ours − theirs‖ / ‖theirs‖ over all its updates.
  private struct GroupError {
    private var difference = 0.0, size = 0.0

    mutating func add(_ ours: Double, _ theirs: Double) {
      difference += (ours - theirs) * (ours - theirs)
      size += theirs * theirs
    }

    var value: Double { (difference / size).squareRoot() }
  }

  private func batch(_ raw: RawSplit, step: Int, epoch: Int) -> Batch {
    let samples = step * Self.images..<(step + 1) * Self.images
    return Batch(
      epoch: epoch, step: 0, replicas: [0..<4, 4..<8, 8..<11, 11..<14],
      pixels: Array(
        raw.pixels[samples.lowerBound * raw.imageBytes..<samples.upperBound * raw.imageBytes]),
      labels: Array(raw.labels[samples]))
  }

  @Test(
    arguments: CPULevel.allCases.filter { $0 <= CPULevel.best },
    ConvolutionAlgorithm.Choice.allCases)
  func threeStepsMatchPyTorch(_ level: CPULevel, _ choice: ConvolutionAlgorithm.Choice) throws {
    let golden = try Dictionary(
      uniqueKeysWithValues: Safetensors.read(Places.golden("alternate.safetensors")).map {
        ($0.name, $0.values)
      })
    func expected(_ name: String) throws -> [Float] { try #require(golden[name], "\(name)") }

    let network = try Network(
      architecture: Architecture("resnet20"), channels: 1, classes: 10, height: 28,
      width: 28, capacity: 4, initialGate: 0.5,
      compute: .init(choice: choice, level: level))
    network.initialize(seed: 7)
    network.gate.matrix.copy(from: try expected("gate.initial"))
    let theta = network.theta.array
    let statistics = network.statistics.array
    let gate = network.gate.matrix.array
    for tensor in network.parameterLayout.tensors {
      let initial = try expected("initial.\(tensor.name)")
      let ours = Array(tensor.read(from: network.theta).prefix(initial.count))
      #expect(relativeError(ours, initial.map(Double.init)) < 1e-6, "initial \(tensor.name)")
    }

    let configuration = try ResolvedConfiguration(sets: [
      "model.channels=1", "epochs=4", "batch_size=14", "optimizer.weight_decay=0.05",
      "learning_rate.standard=0.001", "learning_rate.gated=0.001", "learning_rate.milestones=[]",
      "gate.period=2", "gate.lambda1=0.8", "gate.lambda2=0.1", "gate.density_bound=0.1",
    ]).values
    let step = try TrainingStep(
      network: network, configuration: configuration,
      schedule: Schedule(configuration, stepsPerEpoch: 1),
      normalizer: ImageNormalizer(mean: [0.2860], std: [0.3530]), communicator: Communicator(),
      level: level)
    let raw = try FashionMNISTImporter.load(folder: Places.fashionMNIST).train
    let losses = try expected("losses")
    let crossEntropies = try expected("cross_entropies")
    for i in 0..<3 {  // epochs 1, 2, 3 of period 2: gated, standard, gated
      let result = try step.run(
        batch(raw, step: i, epoch: i + 1), samples: Self.images, stopRequested: false)
      #expect(abs(result.loss / Double(losses[i]) - 1) < 5e-6, "loss \(i)")
      let crossEntropy = result.crossEntropySum / Double(Self.images)
      #expect(abs(crossEntropy / Double(crossEntropies[i]) - 1) < 5e-6, "cross-entropy \(i)")
    }

    var thetaError = GroupError()
    var classifierError = GroupError()
    let before = FloatBuffer(theta).all
    for tensor in network.parameterLayout.tensors {
      let scale = Double(try expected("scale.\(tensor.name)")[0])
      let updates = zip(tensor.read(from: network.theta), tensor.read(from: before))
      for ((after, before), theirs) in zip(updates, try expected("update.\(tensor.name)")) {
        let ours = Double(after) - Double(before)
        thetaError.add(ours, scale * Double(theirs))
        if tensor.name.hasPrefix("fc.") { classifierError.add(ours, scale * Double(theirs)) }
      }
    }
    #expect(thetaError.value < 1e-2, "θ's update is off by \(thetaError.value)")
    #expect(classifierError.value < 1e-3, "fc's update is off by \(classifierError.value)")

    var statisticsError = GroupError()
    let statisticsBefore = FloatBuffer(statistics).all
    for tensor in network.statisticsLayout.tensors {
      let updates = zip(tensor.read(from: network.statistics), tensor.read(from: statisticsBefore))
      for ((after, before), theirs) in zip(updates, try expected("running.\(tensor.name)")) {
        statisticsError.add(Double(after) - Double(before), Double(theirs))
      }
    }
    #expect(statisticsError.value < 4e-5, "statistics are off by \(statisticsError.value)")

    var gateError = GroupError()
    for ((after, before), theirs) in zip(
      zip(network.gate.matrix.array, gate), try expected("gate.update"))
    {
      gateError.add(Double(after) - Double(before), Double(theirs))
    }
    #expect(gateError.value < 1e-5, "G's update is off by \(gateError.value)")
  }
}
