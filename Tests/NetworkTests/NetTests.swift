import Core
import Kernels
import Network
import Storage
import TestSupport
import Testing

/// The paper's nets against PyTorch in float64 (Golden/nets.py): 6 real images, both paths, every
/// parameter's gradient, batch statistics, evaluation, and two steps of SGD.
///
/// On the standard path no ReLU's input is near 0: one whose sign flips moves gradients by a thousand
/// times what rounding does.
///
/// Errors are relative, ‖ours − theirs‖ / ‖theirs‖ of each tensor (see `Digest`).
@Suite struct NetTests {
  static let classes = 10
  private static let rate = Float(sign: .plus, exponent: -15, significand: 1)
  private static let momentum: Float = 0.9, decay: Float = 4

  // Bounds: some four times the errors of PyTorch's own float32, which nets.py prints.
  /// Of logits, losses, and the gradients of the last layer and G.
  private static let outputBound = 1e-5
  private static let statisticsBound = 2e-5
  /// Of other gradients, and of losses after a step, where ReLUs may flip.
  private static let gradientBound = 6e-5
  /// Of initial parameters, which are rounded once.
  private static let initialBound = 2e-7

  /// The golden file's tensors of one network.
  struct Golden {
    let prefix: String
    let tensors: [String: NamedTensor]

    init(_ network: String) throws {
      prefix = "\(network)."
      tensors = try Dictionary(
        uniqueKeysWithValues: Safetensors.read(Places.golden("nets.safetensors")).map {
          ($0.name, $0)
        })
    }

    /// A tensor that all networks share.
    func shared(_ name: String) throws -> [Float] { try #require(tensors[name], "\(name)").values }

    /// A tensor of this network.
    func values(_ name: String) throws -> [Float] { try shared(prefix + name) }

    /// The shift of a batch norm before a ReLU, which PyTorch's inputs keep away from 0.
    func shift(_ name: String) -> [Float]? { tensors["\(prefix)shift.\(name)"]?.values }

    /// A digest among those of a tensor.
    func digest(_ name: String, row: Int = 0) throws -> Digest {
      let tensor = try #require(tensors[prefix + name], "\(name)")
      let columns = tensor.shape[1]
      return Digest(row: tensor.values[row * columns..<(row + 1) * columns].map(Double.init))
    }

    /// Height and width of its images.
    func extent() throws -> (height: Int, width: Int) {
      let extent = try values("extent")
      return (Int(extent[0]), Int(extent[1]))
    }
  }

  /// A tensor's norm, the sum of all its elements with mixed signs, and a few of them.
  struct Digest {
    let row: [Double]

    /// The largest error of norm, sum and samples: relative to the norm, which for the samples is
    /// that of as many typical elements.
    func error(of ours: [Float]) -> Double {
      var squares = 0.0
      var sum = 0.0
      for (i, value) in ours.enumerated() {
        squares += Double(value) * Double(value)
        let ones = (i &* 2_654_435_761 & 0xFFFF_FFFF).nonzeroBitCount
        sum += ones % 2 == 1 ? -Double(value) : Double(value)
      }
      let samples = min(row.count - 2, ours.count)
      let difference = (0..<samples).reduce(0.0) {
        let sample = Double(ours[$1 * 1_000_003 % ours.count]) - row[2 + $1]
        return $0 + sample * sample
      }
      let typical = Double(samples) / Double(ours.count)
      let errors = [
        abs(squares.squareRoot() - row[0]), abs(sum - row[1]), (difference / typical).squareRoot(),
      ]
      return errors.reduce(0, max) / row[0]
    }
  }

  static func network(
    _ name: String, _ choice: ConvolutionAlgorithm.Choice, _ golden: Golden,
    reachesImage: Bool = false
  ) throws -> Network {
    let images = try golden.shared("images").map(Double.init)
    let count = images.count / (28 * 28)
    let (height, width) = try golden.extent()
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: classes, height: height,
      width: width, capacity: count, initialGate: 0.5, reachesImage: reachesImage,
      compute: .init(choice: choice, level: CPULevel.select()))
    for n in 0..<count {
      for i in 0..<height {
        for j in 0..<width {
          func original(_ i: Int, _ j: Int) -> Double {
            images[(n * 28 + i * 28 / height) * 28 + j * 28 / width]
          }
          let pixel = [
            original(i, j), 255 - original(i, width - 1 - j), original(height - 1 - i, j) / 2,
          ]
          for c in 0..<3 {
            network.images[n][network.input.index(c, i, j)] = Float((pixel[c] - 128) / 64)
          }
        }
      }
    }
    network.gate.matrix.copy(
      from: (0..<classes * network.filters).map {
        let (c, k) = $0.quotientAndRemainder(dividingBy: network.filters)
        return Float((7 * c + 13 * k) % 33) / 32
      })
    return network
  }

  /// Whether it belongs to the layer that makes logits.
  private static func isLast(_ tensor: TensorSpec) -> Bool {
    tensor.name.hasPrefix("fc.") || tensor.name.hasPrefix("classifier.6.")
  }

  static func initialize(_ network: Network, _ golden: Golden) {
    network.initialize(seed: 7)
    for (t, tensor) in network.parameterLayout.tensors.enumerated()
    where tensor.shape.count == 1 && !isLast(tensor) {
      let isScale = tensor.name.hasSuffix(".weight")
      let values = (0..<tensor.count).map { k in
        let step = Float((37 * k + 11 * t) % 64) / 64 - 0.5
        return isScale ? (1 + step / 2) / (tensor.name.hasSuffix(".bn3.weight") ? 4 : 1) : step / 4
      }
      tensor.write(golden.shift(tensor.name) ?? values, to: network.theta)
    }
  }

  private static func relativeError(_ ours: [Float], _ theirs: [Float]) -> Double {
    let squares = zip(ours, theirs).reduce((0.0, 0.0)) {
      let (ours, theirs) = (Double($1.0), Double($1.1))
      return ($0.0 + (ours - theirs) * (ours - theirs), $0.1 + theirs * theirs)
    }
    return ours.count == theirs.count ? (squares.0 / squares.1).squareRoot() : .infinity
  }

  @Test(
    arguments: [
      ("resnet18", .auto), ("resnet18", .direct), ("resnet50", .auto), ("resnet50", .direct),
      ("resnet18-cifar", .auto), ("resnet50-cifar", .auto), ("alexnet", .auto),
      ("alexnet-cifar", .auto),
    ] as [(String, ConvolutionAlgorithm.Choice)])
  func matchesPyTorch(_ name: String, _ choice: ConvolutionAlgorithm.Choice) throws {
    let golden = try Golden(name)
    let labels = try golden.shared("labels").map { Int32($0) }
    let network = try Self.network(name, choice, golden)
    let contribution = FloatBuffer(network.stepVector.count).all
    let gradient = contribution[network.stepVector.parameters]
    let velocity = FloatBuffer(gradient.count).all
    let kernels = try MapKernels(level: CPULevel.select())
    Self.initialize(network, golden)
    let initial = FloatBuffer(network.theta.count).all
    initial.copy(from: network.theta)
    for tensor in network.parameterLayout.tensors {
      let error = try golden.digest(tensor.name).error(of: tensor.read(from: initial))
      #expect(error < Self.initialBound, "initial \(tensor.name)")
    }

    for (number, path) in [Path.standard, .gated].enumerated() {
      func losses() -> [Float] {
        network.train(
          LabelLoss(labels[...], path: path, gatedWeight: 1), contribution: contribution)
        return network.predict(labels: labels[...], path: path).map { Float($0.loss) }
      }
      func logits() -> [Float] { network.logits(count: labels.count).flatMap { $0 } }
      func check(_ name: String, _ error: Double, _ bound: Double) {
        #expect(error < bound, "\(path): \(name)")
      }

      network.theta.copy(from: initial)
      let theirs = try golden.values(path.rawValue)
      check("losses", Self.relativeError(losses(), theirs), Self.outputBound)
      let loss = contribution[network.stepVector.loss]
      check("loss", Self.relativeError([loss], [theirs.reduce(0, +)]), Self.outputBound)
      if path == .standard {
        check("logits", try Self.relativeError(logits(), golden.values("logits")), Self.outputBound)
      }
      for tensor in network.parameterLayout.tensors {
        let error = try golden.digest(tensor.name, row: 1 + number)
          .error(of: tensor.read(from: gradient))
        check(tensor.name, error, Self.isLast(tensor) ? Self.outputBound : Self.gradientBound)
      }
      let gateGradient = contribution[network.stepVector.gate].array
      if path == .gated {
        check("gate", try golden.digest("gate").error(of: gateGradient), Self.outputBound)
      } else {
        #expect(gateGradient.allSatisfy { $0 == 0 })
      }

      network.statistics.copy(from: contribution[network.stepVector.statistics].array)
      for tensor in network.statisticsLayout.tensors {
        let error = try golden.digest(tensor.name).error(of: tensor.read(from: network.statistics))
        check(tensor.name, error, Self.statisticsBound)
      }
      network.forward(count: labels.count)
      let evaluated = try golden.values("evaluated")
      check("evaluated", Self.relativeError(logits(), evaluated), Self.outputBound)

      velocity.fill(0)
      func step() {
        kernels.descend(
          DescentStep(
            scale: 1, decay: Self.decay, momentum: Self.momentum, rate: Self.rate,
            nesterov: false), gradient: gradient, velocity: velocity, parameters: network.theta)
      }
      step()
      _ = losses()
      step()
      let stepped = try golden.values("stepped").dropFirst(number * labels.count)
      check(
        "losses after two steps",
        Self.relativeError(losses(), Array(stepped.prefix(labels.count))), Self.gradientBound)
    }
  }

  /// The deepest, forward: losses of both paths, and logits by the batch's and by running statistics.
  @Test func resNet152MatchesForward() throws {
    let golden = try Golden("resnet152")
    let labels = try golden.shared("labels").map { Int32($0) }
    let network = try Self.network("resnet152", .auto, golden)
    Self.initialize(network, golden)
    let contribution = FloatBuffer(network.stepVector.count).all
    func check(_ name: String, _ ours: [Float]) throws {
      #expect(Self.relativeError(ours, try golden.values(name)) < Self.gradientBound, "\(name)")
    }
    func logits() -> [Float] { network.logits(count: labels.count).flatMap { $0 } }
    func losses(_ path: Path) -> [Float] {
      network.predict(labels: labels[...], path: path).map { Float($0.loss) }
    }
    network.train(
      LabelLoss(labels[...], path: .standard, gatedWeight: 1), contribution: contribution)
    try check("standard", losses(.standard))
    try check("gated", losses(.gated))
    try check("logits", logits())
    network.statistics.copy(from: contribution[network.stepVector.statistics].array)
    network.forward(count: labels.count)
    try check("evaluated", logits())
  }

  /// Names and shapes of every tensor, as torchvision's (shapes.txt).
  @Test(
    arguments: [
      "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet18-cifar",
      "resnet50-cifar", "alexnet", "alexnet-cifar",
    ])
  func namesAndShapesAreTorchvisions(_ name: String) throws {
    let text = try String(contentsOfFile: Places.golden("shapes.txt"), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    let theirs = Dictionary(
      uniqueKeysWithValues: lines.filter { $0[0] == name }.map {
        (String($0[1]), $0.dropFirst(2).compactMap { Int($0) })
      })
    #expect(theirs.count > 10)
    let architecture = try Architecture(name)
    let side = min(architecture.imageSide, 64)
    let network = try Network(
      architecture: architecture, channels: 3, classes: Self.classes, height: side, width: side,
      capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    let tensors = network.parameterLayout.tensors + network.statisticsLayout.tensors
    #expect(Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) }) == theirs)
  }

  /// Parameters that torchvision publishes with its weights, of 1000 classes.
  @Test(
    arguments: [
      ("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032),
      ("resnet101", 44_549_160), ("resnet152", 60_192_808), ("alexnet", 61_100_840),
    ])
  func hasThePublishedSize(_ name: String, _ parameters: Int) throws {
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: 1000, height: 64, width: 64,
      capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    #expect(network.parameterLayout.elementCount == parameters)
  }
}
