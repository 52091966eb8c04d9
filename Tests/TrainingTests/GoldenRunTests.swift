import Kernels
import TestSupport
import Testing

/// Three steps of the alternate schedule against PyTorch in float64 (Golden/alternate.py): ResNet-20
/// on 42 real images, 4 replicas that normalise apart, both paths, penalty and projection.
///
/// θ's bound is that of float32: a single ReLU whose sign flips moves θ's update by up to 1e-2,
/// PyTorch's own float32 by 8e-3 here. fc, which flips hardly reach, is held closer.
@Suite struct GoldenRunTests {
  @Test(
    arguments: CPULevel.allCases.filter { $0 <= CPULevel.best },
    ConvolutionAlgorithm.Choice.allCases)
  func threeStepsMatchPyTorch(_ level: CPULevel, _ choice: ConvolutionAlgorithm.Choice) throws {
    let run = try GoldenRun(
      file: "alternate.safetensors", architecture: "resnet20", side: 28,
      sets: ["gate.period=2"], level: level, choice: choice)
    for tensor in run.network.parameterLayout.tensors {
      let initial = try run.expected("initial.\(tensor.name)")
      let ours = Array(tensor.read(from: run.network.theta).prefix(initial.count))
      #expect(relativeError(ours, initial.map(Double.init)) < 1e-6, "initial \(tensor.name)")
    }
    try run.take(firstEpoch: 1, tolerance: 5e-6)  // gated, standard, gated

    var thetaError = GoldenRun.GroupError()
    var classifierError = GoldenRun.GroupError()
    for (name, values) in run.thetaUpdates {
      let scale = Double(try run.expected("scale.\(name)")[0])
      for (ours, theirs) in zip(values, try run.expected("update.\(name)")) {
        thetaError.add(ours, scale * Double(theirs))
        if name.hasPrefix("fc.") { classifierError.add(ours, scale * Double(theirs)) }
      }
    }
    #expect(thetaError.value < 1e-2, "θ's update is off by \(thetaError.value)")
    #expect(classifierError.value < 1e-3, "fc's update is off by \(classifierError.value)")
    let statisticsError = try run.statisticsError()
    #expect(statisticsError < 4e-5, "statistics are off by \(statisticsError)")
    let gateError = try run.gateError()
    #expect(gateError < 1e-5, "G's update is off by \(gateError)")
  }
}
