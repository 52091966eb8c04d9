import Core
import Kernels

/// A network with its parameters θ, running statistics and gate, and the buffers of a forward and
/// a backward pass, all planned here.
package final class Network {
  /// Which net it is.
  package let architecture: Architecture
  /// Channels, height and width of an image.
  package let input: MapShape
  /// Classes (C) and filters of the last convolution (K).
  package let classes: Int, filters: Int
  /// Images that one pass holds.
  package let capacity: Int

  /// Where each parameter and each running statistic lies.
  package let parameterLayout: TensorLayout, statisticsLayout: TensorLayout
  /// What a replica contributes to a step.
  package let stepVector: StepVector

  /// θ, and the running means and variances.
  package let theta: FloatSlice, statistics: FloatSlice
  /// G.
  package let gate: Gate

  /// Images of the next pass, [N] in blocked layout, filled by the caller.
  package let images: Map

  /// Where its passes note what they are at; nil: nowhere.
  package var track: Track?
  /// The CPU level of its kernels.
  let level: CPULevel
  /// The threads of this rank.
  package let team: ThreadTeam
  let stem: ConvolutionStage
  let blocks: [any Block]
  let head: any Head
  let crossEntropy: SoftmaxCrossEntropy
  let normReplicas: NormReplicas
  /// The gradient by each block's output, and by the image where passes may go there.
  let gradients: [Map], imageGradients: Map?
  /// Those of the last training pass.
  let batchStatistics: FloatSlice
  /// The images of each replica in the last forward pass: kept, so that a step allocates nothing.
  var replicas = [0..<0]
  /// Whether that pass normalised by running statistics.
  var isEvaluated = true

  /// How passes are computed; of these only `choice` and `level` can change bits.
  package struct Compute: Sendable {
    package var choice: ConvolutionAlgorithm.Choice
    package var level: CPULevel
    package var threads: Int

    /// Convolutions by `choice` on `threads` threads of a CPU level.
    package init(
      choice: ConvolutionAlgorithm.Choice = .auto, level: CPULevel, threads: Int = 1
    ) {
      self.choice = choice
      self.level = level
      self.threads = threads
    }
  }

  /// Plans a network for images of height × width, of which a pass takes at most `capacity`, all
  /// replicas of the norms' scope that are its own together; parameters are zero until `initialize`
  /// or `write`. With `reachesImage`, backward passes may go down to the image.
  /// - Throws: `CSGError` where its threads cannot be started.
  package init(
    architecture: Architecture, channels: Int, classes: Int, height: Int, width: Int, capacity: Int,
    initialGate: Double, dropout: Double = 0, norms: NormScope = .replica,
    reachesImage: Bool = false, compute: Compute
  ) throws {
    self.architecture = architecture
    self.classes = classes
    level = compute.level
    self.capacity = capacity
    filters = architecture.filters
    let plan = architecture.plan(
      NetworkOrder(
        channels: channels, height: height, width: width, classes: classes,
        choice: compute.choice, level: compute.level, reachesImage: reachesImage))
    input = plan.input
    let parameters = TensorLayout(plan.parameters)
    parameterLayout = parameters
    statisticsLayout = TensorLayout(plan.statistics)
    stepVector = StepVector(
      parameters: parameters.count, gate: classes * filters, statistics: statisticsLayout.count)
    theta = FloatBuffer(parameters.count).all
    statistics = FloatBuffer(statisticsLayout.count).all
    batchStatistics = FloatBuffer(statisticsLayout.count).all
    gate = Gate(classes: classes, filters: filters, initial: initialGate)
    images = Map(input, capacity: capacity)
    let team = try ThreadTeam(count: compute.threads)
    self.team = team

    let normReplicas = NormReplicas(
      norms, channels: plan.convolutions.map(\.output.paddedChannels).max() ?? 0)
    self.normReplicas = normReplicas
    let layers = plan.layers(
      NetworkResources(
        parameters: parameters, statistics: statisticsLayout, classes: classes,
        capacity: capacity,
        workspace: ConvolutionWorkspace(plan.convolutions, capacity: capacity, team: team),
        normReplicas: normReplicas, team: team, level: compute.level, dropout: dropout))
    stem = layers.stem
    blocks = layers.blocks
    head = layers.head
    crossEntropy = SoftmaxCrossEntropy(layers.head.logits)
    var gradients: [Map] = []
    for (i, block) in blocks.enumerated() {
      let isShared = i > 0 && block.isIdentity
      gradients.append(
        isShared ? gradients[i - 1] : Map(block.output.shape.withHalo(0), capacity: capacity))
    }
    self.gradients = gradients
    imageGradients =
      reachesImage ? Map(stem.unit.convolution.inputGradient, capacity: capacity) : nil
  }

  /// What block i reads.
  func input(ofBlock i: Int) -> Map { i == 0 ? stem.output : blocks[i - 1].output }

  /// The weights of the last convolution's filters [K][weights of a filter], as torchvision orders
  /// them.
  package var lastFilters: [Float] {
    let last = parameterLayout.tensors.last { tensor in
      tensor.shape.count == 4 && !tensor.name.contains("downsample")
    }
    guard let last, last.shape[0] == filters else {
      preconditionFailure("the last convolution has K filters")
    }
    return last.read(from: theta)
  }
}
