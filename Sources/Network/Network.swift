import Core
import Kernels

/// A network with its parameters θ, running statistics and gate, and the buffers of one replica's
/// forward and backward pass, all planned here.
public final class Network {
  /// The family and its depth.
  public let architecture: CIFARResNet
  /// Channels, height and width of an image.
  public let input: MapShape
  /// Classes (C) and filters of the last convolution (K).
  public let classes: Int, filters: Int
  /// Images that one pass holds.
  public let capacity: Int

  /// Where each parameter and each running statistic lies.
  public let parameterLayout: TensorLayout, statisticsLayout: TensorLayout
  /// What a replica contributes to a step.
  public let stepVector: StepVector

  /// θ, and the running means and variances.
  public let theta: FloatSlice, statistics: FloatSlice
  /// G.
  public let gate: Gate

  /// Images of the next pass, [N] in blocked layout, filled by the caller.
  public let images: Map

  private let stem: ConvolutionNorm
  private let stages: [Stage]
  private let blocks: [BasicBlock]
  private let classifier: GatedClassifier

  /// Blocks of one extent, with the gradients of their output and between their units.
  private struct Stage {
    let blocks: [BasicBlock]
    let gradient: Map, inner: Map
  }

  /// Plans a network for images of height × width; parameters are zero until `initialize` or
  /// `write`.
  public init(
    architecture: CIFARResNet, channels: Int, classes: Int, height: Int, width: Int, capacity: Int,
    initialGate: Double, level: CPULevel
  ) {
    self.architecture = architecture
    self.classes = classes
    self.capacity = capacity
    filters = architecture.filters
    input = .image(channels: channels, height: height, width: width)
    let units = architecture.units(
      channels: channels, height: height, width: width, level: level)

    let (parameters, statisticsLayout) = Self.layouts(units, classes: classes, filters: filters)
    parameterLayout = parameters
    self.statisticsLayout = statisticsLayout
    stepVector = StepVector(
      parameters: parameters.count, gate: classes * filters, statistics: statisticsLayout.count)
    theta = FloatBuffer(parameters.count).all
    statistics = FloatBuffer(statisticsLayout.count).all
    gate = Gate(classes: classes, filters: filters, initial: initialGate)
    images = Map(input, capacity: capacity)

    var scratch: [MapShape: FloatSlice] = [:]
    var norms: [ConvolutionNorm] = []
    for unit in units {
      let output = unit.convolution.output
      let buffer =
        scratch[output] ?? FloatBuffer(ConvolutionNorm.scratchCount(output)).all
      scratch[output] = buffer
      norms.append(
        ConvolutionNorm(
          convolution: unit.convolution, names: (unit.convolutionName, unit.normName),
          parameters: parameters, statistics: statisticsLayout, capacity: capacity,
          scratch: buffer, level: level))
    }
    stem = norms[0]
    let blocks = stride(from: 1, to: norms.count, by: 2).map {
      BasicBlock(first: norms[$0], second: norms[$0 + 1], capacity: capacity)
    }
    self.blocks = blocks
    stages = (0..<CIFARResNet.widths.count).map { stage in
      let own = Array(blocks[stage * architecture.blocks..<(stage + 1) * architecture.blocks])
      let shape = own[0].output.shape.withHalo(0)
      return Stage(
        blocks: own, gradient: Map(shape, capacity: capacity), inner: Map(shape, capacity: capacity)
      )
    }
    classifier = GatedClassifier(
      shape: blocks[blocks.count - 1].output.shape, classes: classes, parameters: parameters,
      capacity: capacity, level: level)
  }

  private static func layouts(_ units: [CIFARResNet.Unit], classes: Int, filters: Int)
    -> (parameters: TensorLayout, statistics: TensorLayout)
  {
    var parameters: [TensorSpec] = []
    var statistics: [TensorSpec] = []
    for unit in units {
      let filters = unit.convolution.output.channels
      parameters += [
        TensorSpec(
          name: "\(unit.convolutionName).weight",
          shape: [filters, unit.convolution.input.channels, 3, 3], convolution: unit.convolution),
        TensorSpec(name: "\(unit.normName).weight", shape: [filters]),
        TensorSpec(name: "\(unit.normName).bias", shape: [filters]),
      ]
      statistics += [
        TensorSpec(name: "\(unit.normName).running_mean", shape: [filters]),
        TensorSpec(name: "\(unit.normName).running_var", shape: [filters]),
      ]
    }
    parameters += [
      TensorSpec(name: "fc.weight", shape: [classes, filters]),
      TensorSpec(name: "fc.bias", shape: [classes]),
    ]
    return (TensorLayout(parameters), TensorLayout(statistics))
  }

  // MARK: Training

  /// Prepares what all replicas of a step share; call after θ has changed.
  public func prepareStep() {
    for block in blocks {
      block.first.prepareBackward(theta: theta)
      block.second.prepareBackward(theta: theta)
    }
  }

  /// Overwrites `contribution` (a `StepVector`) by what one replica brings to a step: gradients of
  /// lossWeight·Σ cross-entropy over the images that have labels, batch statistics, Σ
  /// cross-entropy and correct predictions. An empty replica brings zeros.
  public func train(
    labels: ArraySlice<Int32>, path: Path, lossWeight: Double, contribution: FloatSlice,
    gradientReady: (Int) -> Void = { _ in }
  ) {
    let count = labels.count
    precondition(count <= capacity, "\(count) images do not fit")
    precondition(contribution.count == stepVector.count, "contribution does not fit")
    contribution.fill(0)
    guard count > 0 else { return }
    let gradient = contribution[stepVector.parameters]
    let moments = contribution[stepVector.statistics]

    stem.forwardTraining(images, shortcut: nil, count: count, theta: theta, moments: moments)
    var x = stem.z
    for block in blocks {
      block.forwardTraining(x, count: count, theta: theta, moments: moments)
      x = block.output
    }
    classifier.pool(x, count: count)
    let (loss, correct) = classifier.train(
      labels: labels, gate: path == .gated ? gate : nil, lossWeight: lossWeight,
      theta: theta, gradient: gradient, gateGradient: contribution[stepVector.gate],
      dz: stages[stages.count - 1].gradient)
    backward(count: count, gradient: gradient)
    contribution[stepVector.loss] = Float(loss)
    contribution[stepVector.correct] = Float(correct)
    contribution[stepVector.replicas] = 1
    gradientReady(stepVector.parameters.upperBound)
  }

  private func backward(count: Int, gradient: FloatSlice) {
    for (index, stage) in stages.enumerated().reversed() {
      let stageInput = index == 0 ? stem.z : stages[index - 1].blocks.last!.output
      for (position, block) in stage.blocks.enumerated().reversed() {
        let x = position == 0 ? stageInput : stage.blocks[position - 1].output
        let dx = block.isIdentity ? stage.gradient : stages[index - 1].gradient
        block.backward(
          x, dz: stage.gradient, inner: stage.inner, dx: dx, count: count, theta: theta,
          gradient: gradient)
      }
    }
    stem.backward(
      images, dz: stages[0].gradient, into: nil, adding: false, count: count, theta: theta,
      gradient: gradient)
  }

  // MARK: Evaluation

  /// Runs the first `count` of `images` by the running statistics up to the pooled features; then
  /// ask `predict` for each image.
  public func extractFeatures(count: Int) {
    precondition(count <= capacity, "\(count) images do not fit")
    stem.forwardEvaluating(
      images, shortcut: nil, count: count, theta: theta, running: statistics)
    var x = stem.z
    for block in blocks {
      block.forwardEvaluating(x, count: count, theta: theta, running: statistics)
      x = block.output
    }
    classifier.pool(x, count: count)
  }

  /// Cross-entropy and correctness of image n on a path, after `extractFeatures`.
  public func predict(_ n: Int, label: Int, path: Path) -> (loss: Double, isCorrect: Bool) {
    let gateRow = path == .gated ? gate.row(label) : nil
    classifier.classify(n, gateRow: gateRow, theta: theta)
    return (classifier.crossEntropy(n, label: label), classifier.prediction(n) == label)
  }

  /// Logits of image n on the STD path, after `extractFeatures`.
  public func logits(_ n: Int) -> [Float] {
    classifier.classify(n, gateRow: nil, theta: theta)
    return classifier.logits(n).array
  }
}
