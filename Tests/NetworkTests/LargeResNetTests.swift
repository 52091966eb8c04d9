import Core
import Kernels
import Network
import Storage
import TestSupport
import Testing

/// ResNet-18 and ResNet-50 against PyTorch in float64 (Golden/large.py): 6 real images of 70 × 66,
/// both paths, every parameter's gradient, batch statistics, evaluation, and a step of SGD.
///
/// No ReLU's input is near 0 there: one whose sign flips moves gradients by a thousand times what
/// rounding does.
///
/// Errors are relative, ‖ours − theirs‖ / ‖theirs‖ of each tensor (see `Digest`).
@Suite struct LargeResNetTests {
  private static let classes = 10, height = 70, width = 66
  private static let rate = Float(sign: .plus, exponent: -13, significand: 1)

  // Bounds: some four times the errors of PyTorch's own float32, which large.py prints.
  /// Of logits, losses before and after the step, and the gradients of fc and G.
  private static let outputBound = 1e-5
  private static let statisticsBound = 2e-5
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
        uniqueKeysWithValues: Safetensors.read(Places.golden("large.safetensors")).map {
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

    /// Shapes by name of all tensors with this property.
    func shapes(isStatistic: Bool) -> [String: [Int]] {
      let prefix = "\(prefix)shape."
      var shapes: [String: [Int]] = [:]
      for (name, tensor) in tensors where name.hasPrefix(prefix) {
        let name = String(name.dropFirst(prefix.count))
        guard name.contains(".running_") == isStatistic else { continue }
        shapes[name] = tensor.values.map { Int($0) }
      }
      return shapes
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

  private static func network(
    _ name: String, _ choice: ConvolutionAlgorithm.Choice, _ golden: Golden
  ) throws -> Network {
    let images = try golden.shared("images").map(Double.init)
    let count = images.count / (28 * 28)
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: classes, height: height,
      width: width, capacity: count, initialGate: 0.5,
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

  private static func initialize(_ network: Network, _ golden: Golden) {
    network.initialize(seed: 7)
    for (t, tensor) in network.parameterLayout.tensors.enumerated()
    where tensor.shape.count == 1 && !tensor.name.hasPrefix("fc.") {
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
    arguments: ["resnet18", "resnet50"], [ConvolutionAlgorithm.Choice.auto, .direct])
  func matchesPyTorch(_ name: String, _ choice: ConvolutionAlgorithm.Choice) throws {
    let golden = try Golden(name)
    let labels = try golden.shared("labels").map { Int32($0) }
    let network = try Self.network(name, choice, golden)
    let contribution = FloatBuffer(network.stepVector.count).all
    let gradient = contribution[network.stepVector.parameters]

    for (number, path) in [Path.standard, .gated].enumerated() {
      func losses() -> [Float] {
        network.train(labels: labels[...], path: path, gatedWeight: 1, contribution: contribution)
        return network.predict(labels: labels[...], path: path).map { Float($0.loss) }
      }
      func logits() -> [Float] { network.logits(count: labels.count).flatMap { $0 } }
      func check(_ name: String, _ error: Double, _ bound: Double) {
        #expect(error < bound, "\(path): \(name)")
      }

      Self.initialize(network, golden)
      for tensor in network.parameterLayout.tensors where path == .standard {
        let error = try golden.digest(tensor.name).error(of: tensor.read(from: network.theta))
        check("initial \(tensor.name)", error, Self.initialBound)
      }

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
        let isClassifier = tensor.name.hasPrefix("fc.")
        check(tensor.name, error, isClassifier ? Self.outputBound : Self.gradientBound)
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
      network.extractFeatures(count: labels.count)
      let evaluated = try golden.values("evaluated")
      check("evaluated", Self.relativeError(logits(), evaluated), Self.outputBound)

      for i in 0..<gradient.count { network.theta[i] -= Self.rate * gradient[i] }
      let stepped = try golden.values("stepped").dropFirst(number * labels.count)
      check(
        "losses after a step",
        Self.relativeError(losses(), Array(stepped.prefix(labels.count))), Self.outputBound)
    }
  }

  @Test(arguments: ["resnet18", "resnet50"])
  func namesAndShapesAreTorchvisions(_ name: String) throws {
    let golden = try Golden(name)
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: Self.classes, height: 32,
      width: 32, capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    func shapes(_ layout: TensorLayout) -> [String: [Int]] {
      Dictionary(uniqueKeysWithValues: layout.tensors.map { ($0.name, $0.shape) })
    }
    #expect(shapes(network.parameterLayout) == golden.shapes(isStatistic: false))
    #expect(shapes(network.statisticsLayout) == golden.shapes(isStatistic: true))
  }

  /// Parameters that torchvision publishes with its weights, of 1000 classes.
  @Test(
    arguments: [
      ("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032),
      ("resnet101", 44_549_160), ("resnet152", 60_192_808),
    ])
  func hasThePublishedSize(_ name: String, _ parameters: Int) throws {
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: 1000, height: 32, width: 32,
      capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    #expect(network.parameterLayout.elementCount == parameters)
  }
}
