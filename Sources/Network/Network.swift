import Core
import Kernels

/// A network with its parameters θ, running statistics and gate, and the buffers of a forward and
/// a backward pass, all planned here.
public final class Network {
  /// Which net it is.
  public let architecture: Architecture
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

  /// The threads of this rank.
  package let team: ThreadTeam
  private let stem: ConvolutionStage
  private let blocks: [any Block]
  /// The gradient by each block's output.
  private let gradients: [Map]
  private let classifier: any Head
  private let normReplicas: NormReplicas
  /// Those of the last training pass.
  private let batchStatistics: FloatSlice
  /// The images of a pass of one replica, which are all of it: kept, so that a step allocates nothing.
  private var wholePass = [0..<0]

  /// How passes are computed; of these only `choice` and `level` can change bits.
  public struct Compute {
    package var choice: ConvolutionAlgorithm.Choice
    package var level: CPULevel
    package var threads: Int

    /// Convolutions by `choice` on `threads` threads of a CPU level.
    public init(
      choice: ConvolutionAlgorithm.Choice = .auto, level: CPULevel, threads: Int = 1
    ) {
      self.choice = choice
      self.level = level
      self.threads = threads
    }
  }

  /// Plans a network for images of height × width, of which a pass takes at most `capacity`, all
  /// replicas of the norms' scope that are its own together; parameters are zero until `initialize`
  /// or `write`.
  public init(
    architecture: Architecture, channels: Int, classes: Int, height: Int, width: Int, capacity: Int,
    initialGate: Double, dropout: Double = 0, norms: NormScope = .replica,
    compute: Compute
  ) {
    self.architecture = architecture
    self.classes = classes
    self.capacity = capacity
    filters = architecture.filters
    let plan = architecture.plan(
      channels: channels, classes: classes, height: height, width: width, choice: compute.choice,
      level: compute.level)
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
    let team = ThreadTeam(count: compute.threads)
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
    classifier = layers.head
    var gradients: [Map] = []
    for (i, block) in blocks.enumerated() {
      let isShared = i > 0 && block.isIdentity
      gradients.append(
        isShared ? gradients[i - 1] : Map(block.output.shape.withHalo(0), capacity: capacity))
    }
    self.gradients = gradients
  }

  /// How long the passes of one replica took: features forward, then loss and all gradients.
  public struct PassTimes: Sendable {
    /// Of either pass.
    public let forward: Duration, backward: Duration
  }

  /// What block i reads.
  private func input(ofBlock i: Int) -> Map { i == 0 ? stem.output : blocks[i - 1].output }

  /// The forward pass of the first `count` images up to the pooled features.
  private func forward(count: Int, mode: NormMode) {
    precondition(count <= capacity, "\(count) images do not fit")
    stem.unit.forward(images, count: count, theta: theta, mode: mode) { _ in }
    for (i, block) in blocks.enumerated() {
      block.forward(input(ofBlock: i), count: count, theta: theta, mode: mode) { n in
        if i == 0 { stem.activate(n) } else { blocks[i - 1].activate(n, x: input(ofBlock: i - 1)) }
      }
    }
    let last = blocks.count - 1
    team.forEach(count) { n, _ in
      blocks[last].activate(n, x: input(ofBlock: last))
      classifier.pool(blocks[last].output[n], n)
    }
  }

  // MARK: Training

  /// Overwrites `contribution` (laid out by `vector`) by what one replica brings to a step: gradients
  /// of Σ cross-entropy over the images that have labels (on the CSG path times `gatedWeight`, λ1),
  /// batch statistics, Σ cross-entropy and correct predictions. An empty replica brings zeros.
  ///
  /// The backward pass goes as far down as `vector`, by default all of `stepVector`, has room for
  /// gradients. `gradientReady` is called as it goes on: the floats before its argument are final. `addresses`
  /// are those of the images, for dropout; nil turns it off.
  /// - Returns: how long either pass took, for records; no result depends on it.
  @discardableResult
  public func train(
    labels: ArraySlice<Int32>, path: Path, gatedWeight: Double, contribution: FloatSlice,
    vector: StepVector? = nil, addresses: SampleAddresses? = nil,
    gradientReady: (Int) -> Void = { _ in }
  ) -> PassTimes {
    let vector = vector ?? stepVector
    precondition(contribution.count == vector.count, "contribution does not fit")
    contribution.fill(0)
    guard !labels.isEmpty else {
      gradientReady(vector.parameters.upperBound)
      return PassTimes(forward: .zero, backward: .zero)
    }
    wholePass[0] = 0..<labels.count
    return train(
      wholePass, labels: labels, path: path, gatedWeight: gatedWeight, vector: vector,
      contributions: SingleContribution(vector: contribution), addresses: addresses,
      gradientReady: gradientReady)
  }

  /// The same for replicas that go through the network together, layer by layer, as their norms'
  /// scope wants it: `replicas` says which images are whose, one replica's after the other's, of
  /// those that `labels` are for. Some may have none, even all.
  /// - Throws: what made a meeting of the scope's replicas fail; what was added is then undefined.
  @discardableResult
  public func train(
    replicas: [Range<Int>], labels: ArraySlice<Int32>, path: Path, gatedWeight: Double,
    vector: StepVector, contributions: any ReplicaContributions,
    addresses: SampleAddresses? = nil, gradientReady: (Int) -> Void = { _ in }
  ) throws -> PassTimes {
    let times = train(
      replicas, labels: labels, path: path, gatedWeight: gatedWeight, vector: vector,
      contributions: contributions, addresses: addresses, gradientReady: gradientReady)
    if let fault = normReplicas.fault { throw fault }
    return times
  }

  private func train(
    _ replicas: [Range<Int>], labels: ArraySlice<Int32>, path: Path, gatedWeight: Double,
    vector: StepVector, contributions: any ReplicaContributions, addresses: SampleAddresses?,
    gradientReady: (Int) -> Void
  ) -> PassTimes {
    let began = ContinuousClock.now
    let gradient = PassGradient(
      count: vector.parameters.count, images: replicas, contributions: contributions)
    forward(
      count: gradient.imageCount, mode: .training(replicas: replicas, moments: batchStatistics))
    let halfway = ContinuousClock.now
    trainHead(
      gradient, labels: labels, path: path, gatedWeight: gatedWeight, vector: vector,
      addresses: addresses)
    gradientReady(min(classifier.gradientEnd, gradient.count))
    backward(gradient, gradientReady: gradientReady)
    return PassTimes(forward: halfway - began, backward: .now - halfway)
  }

  /// What the head brings, and all that is no gradient of θ. Of the replicas in the scope of the norms
  /// the first, which is never empty, brings their statistics.
  private func trainHead(
    _ gradient: PassGradient, labels: ArraySlice<Int32>, path: Path, gatedWeight: Double,
    vector: StepVector, addresses: SampleAddresses?
  ) {
    let last = blocks.count - 1
    let head = 0..<min(classifier.gradientEnd, gradient.count)
    let parts = VectorParts(head, vector.gate.lowerBound..<vector.count)
    gradient.contributions.add(parts) { number, contribution in
      let images = gradient.images[number]
      let result = classifier.train(
        images, labels: labels.dropFirst(images.lowerBound).prefix(images.count), path: path,
        gate: gate, gatedWeight: gatedWeight, theta: theta,
        gradient: contribution[vector.parameters], gateGradient: contribution[vector.gate],
        addresses: addresses?.of(images)
      ) { n, featureGradient in
        guard classifier.gradientEnd < gradient.count else { return }
        classifier.spread(featureGradient, into: gradients[last][n])
        blocks[last].takeGradient(n, dz: gradients[last][n])
      }
      contribution[vector.loss] = Float(result.loss)
      contribution[vector.correct] = Float(result.correct)
      if path == .joint { contribution[vector.gatedLoss] = Float(result.secondLoss) }
      if normReplicas.own.lowerBound + number == 0 {
        contribution[vector.statistics].copy(from: batchStatistics)
        contribution[vector.replicas] = 1
      }
    }
  }

  private func backward(_ gradient: PassGradient, gradientReady: (Int) -> Void) {
    func ready(_ end: Int) { gradientReady(min(end, gradient.count)) }
    var done = classifier.gradientEnd
    for (i, block) in blocks.enumerated().reversed() {
      guard done < gradient.count else { return }
      let dz = gradients[i]
      let dx = block.isIdentity ? dz : i == 0 ? stem.outputGradient : gradients[i - 1]
      block.backward(
        input(ofBlock: i), dz: dz, dx: dx, theta: theta, gradient: gradient,
        after: { n in
          if i == 0 {
            stem.takeGradient(n, dz: dx[n])
          } else {
            blocks[i - 1].takeGradient(n, dz: dx[n])
          }
        }, gradientReady: ready)
      done = block.gradientEnd
    }
    guard done < gradient.count else { return }
    let dz = stem.pooledGradient ?? (blocks[0].isIdentity ? gradients[0] : stem.outputGradient)
    stem.unit.backward(
      images, dz: dz, into: nil, adding: false, theta: theta, gradient: gradient
    ) { _ in }
    ready(stem.unit.gradientEnd)
  }

  // MARK: Evaluation

  /// Runs the first `count` of `images` by the running statistics up to the pooled features.
  public func extractFeatures(count: Int) {
    forward(count: count, mode: .evaluating(running: statistics))
  }

  /// The pooled features of image n after a pass: the means of the last convolution's K activations.
  public func features(_ n: Int) -> FloatSlice { classifier.features(n) }

  /// Cross-entropy and correctness of as many images as labels on a path, after `extractFeatures`.
  public func predict(labels: ArraySlice<Int32>, path: Path) -> [(loss: Double, isCorrect: Bool)] {
    let labels = labels.map(Int.init)
    classifier.classify(
      count: labels.count, gateRow: { path == .gated ? gate.row(labels[$0]) : nil }, theta: theta)
    return labels.enumerated().map { n, label in
      (classifier.outcome.loss(n, label: label), classifier.outcome.prediction(n) == label)
    }
  }

  /// The predicted class of each of the first `count` images, after `extractFeatures`; `gateRow` gives
  /// the factors of image n's last K activations, nil for the STD path.
  public func predictedClasses(count: Int, gateRow: (Int) -> FloatSlice?) -> [Int32] {
    classifier.classify(count: count, gateRow: gateRow, theta: theta)
    return (0..<count).map { Int32(classifier.outcome.prediction($0)) }
  }

  /// The weights of the last convolution's filters [K][weights of a filter], as torchvision orders
  /// them.
  public var lastFilters: [Float] {
    let last = parameterLayout.tensors.last { tensor in
      tensor.shape.count == 4 && !tensor.name.contains("downsample")
    }
    guard let last, last.shape[0] == filters else {
      preconditionFailure("the last convolution has K filters")
    }
    return last.read(from: theta)
  }

  /// The logits of image n [C] that the last call of `predict`, `predictedClasses` or
  /// `logits(count:)` left.
  public func logits(_ n: Int) -> FloatSlice { classifier.outcome.logits(n) }

  /// Logits of the first `count` images on the STD path, after `extractFeatures`.
  public func logits(count: Int) -> [[Float]] {
    classifier.classify(count: count, gateRow: { _ in nil }, theta: theta)
    return (0..<count).map { classifier.outcome.logits($0).array }
  }
}
