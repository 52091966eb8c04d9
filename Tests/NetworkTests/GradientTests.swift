import Core
import Kernels
import Network
import TestSupport
import Testing

/// Every gradient of a whole net (convolutions of both strides, batch norm, ReLU, both shortcuts,
/// pooling, gate, linear, softmax cross-entropy) against differences of a Double reference.
@Suite struct GradientTests {
  struct Setup {
    let network: Network
    var reference: ReferenceNetwork
    let labels: [Int32]
    var parameters: [String: [Double]]
    let gate: [Double]

    /// A ResNet-8 on seeded images of 6 × 5, odd after one stride.
    init(channels: Int, lossWeight: Double, norms: NormScope = .replica) throws {
      let (height, width, count, classes) = (6, 5, 5, 4)
      let network = try Network(
        architecture: Architecture("resnet8"), channels: channels, classes: classes,
        height: height, width: width, capacity: count, initialGate: 0.5, norms: norms,
        reachesImage: true, compute: .init(level: CPULevel.select()))
      network.initialize(seed: 11)
      var random = RandomValues(seed: UInt64(channels))
      // Away from the start, so that no gradient is trivial: scales, shifts and gate vary.
      for tensor in network.parameterLayout.tensors where tensor.shape.count == 1 {
        let shift: Float = tensor.name.hasSuffix("weight") ? 1 : 0
        tensor.write(random.floats(tensor.count).map { shift + 0.3 * $0 }, to: network.theta)
      }
      network.gate.matrix.copy(from: random.floats(classes * 64).map { 0.5 + 0.45 * $0 })
      let images = (0..<count).map { _ in random.floats(channels * height * width) }
      for (n, image) in images.enumerated() {
        for (i, value) in image.enumerated() {
          let (c, pixel) = i.quotientAndRemainder(dividingBy: height * width)
          network.images[n][network.input.index(c, pixel / width, pixel % width)] = value
        }
      }
      self.network = network
      labels = (0..<count).map { Int32($0 % 3) }
      parameters = Dictionary(
        uniqueKeysWithValues: network.parameterLayout.tensors.map {
          ($0.name, $0.read(from: network.theta).map(Double.init))
        })
      gate = network.gate.matrix.array.map(Double.init)
      reference = ReferenceNetwork(
        blocks: 1, channels: channels, height: height, width: width, classes: classes,
        images: images.map { $0.map(Double.init) }, labels: labels.map(Int.init),
        lossWeight: lossWeight)
    }

    /// The loss of a path, on the CSG path times `lossWeight`.
    func loss(_ path: Path, _ parameters: [String: [Double]], gate: [Double]) -> Double {
      func crossEntropy(_ gate: [Double]?) -> Double {
        reference.loss(parameters, gate: gate) / reference.lossWeight
      }
      return switch path {
      case .standard: crossEntropy(nil)
      case .gated: reference.lossWeight * crossEntropy(gate)
      case .joint: crossEntropy(nil) + reference.lossWeight * crossEntropy(gate)
      }
    }

    /// The slope of the loss at `at` along one coordinate; nil where two step sizes disagree: a
    /// ReLU's kink lies between.
    func slope(_ loss: (Double) -> Double) -> Double? {
      func difference(_ h: Double) -> Double { (loss(h) - loss(-h)) / (2 * h) }
      let (coarse, fine) = (difference(1e-5), difference(2.5e-6))
      return abs(coarse - fine) <= 1e-5 * max(1, abs(fine)) ? fine : nil
    }
  }

  /// Adds up what replicas bring that go through the network together.
  private struct Sum: ReplicaContributions {
    let total: FloatSlice
    let replicas: Int

    func add(_ parts: VectorParts, _ body: (_ number: Int, _ contribution: FloatSlice) -> Void) {
      for replica in 0..<replicas {
        let contribution = FloatBuffer(total.count).all
        body(replica, contribution)
        parts.forEach { for i in $0 { total[i] += contribution[i] } }
      }
    }
  }

  /// The five images by themselves, or shared by replicas whose norms take them together.
  private static let replicas: [[Range<Int>]?] = [nil, [0..<2, 2..<4, 4..<4, 4..<5]]

  @Test(arguments: Path.allCases, [(1, replicas[0]), (3, replicas[0]), (1, replicas[1])])
  func matchDifferencesOfTheLoss(
    _ path: Path, _ part: (channels: Int, replicas: [Range<Int>]?)
  ) throws {
    let norms = part.replicas.map { replicas in
      NormScope(replicas: replicas.count, own: 0..<replicas.count) { _, _ in }
    }
    let setup = try Setup(
      channels: part.channels, lossWeight: 0.7, norms: norms ?? .replica)
    let network = setup.network
    let vector = network.stepVector
    let contribution = FloatBuffer(vector.count).all
    if let replicas = part.replicas {
      try network.train(
        LabelLoss(setup.labels[...], path: path, gatedWeight: 0.7), replicas: replicas,
        gradients: ParameterGradients(
          vector, Sum(total: contribution, replicas: replicas.count)))
      #expect(contribution[vector.replicas] == 1, "all have one set of statistics")
    } else {
      network.train(
        LabelLoss(setup.labels[...], path: path, gatedWeight: 0.7), contribution: contribution)
    }

    func expectSum(_ ours: Float, of path: Path) {
      let crossEntropy =
        setup.loss(path, setup.parameters, gate: setup.gate) / (path == .gated ? 0.7 : 1)
      #expect(abs(Double(ours) - crossEntropy) < 2e-6 * crossEntropy, "\(path)")
    }
    expectSum(contribution[vector.loss], of: path == .joint ? .standard : path)
    if path == .joint { expectSum(contribution[vector.gatedLoss], of: .gated) }

    var random = RandomValues(seed: 3)
    let gradient = contribution[vector.parameters]
    var compared = 0
    for tensor in network.parameterLayout.tensors {
      let ours = tensor.read(from: gradient)
      let largest = ours.reduce(0) { max($0, abs($1)) }
      #expect(largest > 0, "\(tensor.name) has no gradient at all")
      for _ in 0..<4 {
        let i = random.below(tensor.count)
        let slope = setup.slope { h in
          var moved = setup.parameters
          moved[tensor.name]?[i] += h
          return setup.loss(path, moved, gate: setup.gate)
        }
        guard let slope else { continue }
        compared += 1
        let error = abs(Double(ours[i]) - slope) / Double(largest)
        #expect(error < 2e-4, "\(tensor.name)[\(i)]: \(ours[i]) against \(slope)")
      }
    }
    #expect(compared > 60, "only \(compared) slopes without a kink")
  }

  /// By pixels: of the loss on either path, and of one filter of each image.
  @Test(arguments: [Path.standard, .gated, nil], [true, false])
  func gradientsByTheImageMatch(_ path: Path?, _ isTraining: Bool) throws {
    var setup = try Setup(channels: 3, lossWeight: 0.7)
    let network = setup.network
    let count = setup.labels.count
    func filter(_ n: Int) -> Int { (11 * n + 3) % network.filters }
    if isTraining {
      network.forward(count: count, mode: .training(replicas: [0..<count]))
    } else {
      var running: [String: (mean: [Double], variance: [Double])] = [:]
      var random = RandomValues(seed: 17)
      for tensor in network.statisticsLayout.tensors {
        let isMean = tensor.name.hasSuffix("mean")
        let values = random.floats(tensor.count).map { isMean ? 0.2 * $0 : 0.8 + 0.5 * abs($0) }
        tensor.write(values, to: network.statistics)
        let name = String(tensor.name[..<(tensor.name.lastIndex(of: ".") ?? tensor.name.endIndex)])
        if isMean {
          running[name, default: ([], [])].mean = values.map(Double.init)
        } else {
          running[name, default: ([], [])].variance = values.map(Double.init)
        }
      }
      setup.reference.running = running
      network.forward(count: count)
    }
    let seed: Seed =
      if let path {
        .loss(LabelLoss(setup.labels[...], path: path, gatedWeight: 0.7))
      } else {
        .filters((0..<count).map { FilterSeed(image: $0, filter: filter($0)) }[...])
      }
    network.backward(from: seed, to: .image)

    var random = RandomValues(seed: 9)
    var compared = 0
    for n in 0..<count {
      let ours = network.imageGradient(n)
      let largest = Double(ours.reduce(0) { max($0, abs($1)) })
      for _ in 0..<5 {
        let i = random.below(ours.count)
        let slope = setup.slope { h in
          var moved = setup
          moved.reference.images[n][i] += h
          if let path { return moved.loss(path, setup.parameters, gate: setup.gate) }
          let features = moved.reference.features(setup.parameters)
          return features.enumerated().reduce(0) { $0 + $1.element[filter($1.offset)] }
        }
        guard let slope else { continue }
        compared += 1
        #expect(abs(Double(ours[i]) - slope) < 2e-4 * largest, "image \(n), \(i)")
      }
    }
    #expect(compared > 12, "only \(compared) slopes without a kink")
  }

  @Test(arguments: [Path.gated, .joint]) func theGatesGradientMatches(_ path: Path) throws {
    let setup = try Setup(channels: 1, lossWeight: 0.7)
    let network = setup.network
    let contribution = FloatBuffer(network.stepVector.count).all
    network.train(
      LabelLoss(setup.labels[...], path: path, gatedWeight: 0.7), contribution: contribution)
    let ours = contribution[network.stepVector.gate].array
    let largest = Double(ours.reduce(0) { max($0, abs($1)) })
    // The gate sits behind every ReLU: its slopes have no kinks.
    for i in stride(from: 0, to: ours.count, by: 7) {
      let slope = setup.slope { h in
        var moved = setup.gate
        moved[i] += h
        return setup.loss(path, setup.parameters, gate: moved)
      }
      let expected = try #require(slope)
      #expect(abs(Double(ours[i]) - expected) < 1e-4 * largest, "G[\(i)]")
    }
    #expect(ours[3 * 64..<4 * 64].allSatisfy { $0 == 0 }, "a class without samples moves no row")
  }

  @Test func theSTDPathLeavesTheGateAlone() throws {
    let setup = try Setup(channels: 1, lossWeight: 1)
    let contribution = FloatBuffer(setup.network.stepVector.count).all
    setup.network.train(
      LabelLoss(setup.labels[...], path: .standard, gatedWeight: 1), contribution: contribution)
    #expect(contribution[setup.network.stepVector.gate].array.allSatisfy { $0 == 0 })
  }

  @Test func anEmptyReplicaBringsZeros() throws {
    let setup = try Setup(channels: 1, lossWeight: 1)
    let contribution = FloatBuffer(setup.network.stepVector.count).all
    contribution.fill(5)
    setup.network.train(
      LabelLoss([], path: .standard, gatedWeight: 1), contribution: contribution)
    #expect(contribution.array.allSatisfy { $0.bitPattern == 0 })
  }
}
