import Core
import Kernels
import Network
import TestSupport
import Testing

@Suite struct AlexNetTests {
  private static let classes = 4, count = 3

  /// An `alexnet-cifar` on seeded images of 20 × 16, with dropout.
  private static func network(dropout: Double, threads: Int = 1) throws -> Network {
    let (height, width) = (20, 16)
    let network = try Network(
      architecture: Architecture("alexnet-cifar"), channels: 1, classes: classes, height: height,
      width: width, capacity: count, initialGate: 0.5, dropout: dropout,
      compute: .init(level: CPULevel.select(), threads: threads))
    network.initialize(seed: 5)
    var random = RandomValues(seed: 8)
    for tensor in network.parameterLayout.tensors where tensor.shape.count == 1 {
      tensor.write(random.floats(tensor.count).map { 0.2 * $0 }, to: network.theta)
    }
    network.gate.matrix.copy(from: random.floats(classes * 256).map { 0.5 + 0.45 * $0 })
    for n in 0..<count {
      for i in 0..<height * width {
        network.images[n][network.input.index(0, i / width, i % width)] = Float(random.unit())
      }
    }
    return network
  }

  private static func contribution(
    _ network: Network, path: Path, samples: [Int32], contribution: FloatSlice
  ) {
    network.train(
      LabelLoss(
        [2, 0, 2], path: path, gatedWeight: 0.7,
        addresses: SampleAddresses(seed: 1, epoch: 2, draws: samples[...])),
      contribution: contribution)
  }

  /// Gradients through masks that stay, against differences of the loss along them: the slope there is
  /// their norm.
  @Test(arguments: [Path.standard, .gated, .joint])
  func gradientsMatchDifferencesThroughDropout(_ path: Path) throws {
    let network = try Self.network(dropout: 0.5)
    let vector = network.stepVector
    let at = FloatBuffer(vector.count).all, moved = FloatBuffer(vector.count).all
    Self.contribution(network, path: path, samples: [3, 900, 12], contribution: at)
    func loss(_ contribution: FloatSlice) -> Double {
      let first = Double(contribution[vector.loss])
      switch path {
      case .standard: return first
      case .gated: return 0.7 * first
      case .joint: return first + 0.7 * Double(contribution[vector.gatedLoss])
      }
    }
    func slope(_ values: FloatSlice, _ gradient: FloatSlice) -> (ours: Double, expected: Double) {
      let start = values.array
      let direction = gradient.array
      let norm = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let step = 0.005 / max(norm, 1)
      func lossAt(_ sign: Double) -> Double {
        for i in start.indices {
          values[i] = start[i] + Float(sign * step * Double(direction[i]) / norm)
        }
        Self.contribution(network, path: path, samples: [3, 900, 12], contribution: moved)
        return loss(moved)
      }
      let difference = (lossAt(1) - lossAt(-1)) / (2 * step)
      values.copy(from: start)
      return (norm, difference)
    }
    // Each tensor alone on one path; on the others, all of θ at once.
    let parts =
      path == .gated
      ? network.parameterLayout.tensors.map { ($0.name, $0.range) }
      : [("θ", 0..<network.theta.count)]
    for (name, range) in parts {
      let (ours, expected) = slope(network.theta[range], at[vector.parameters][range])
      #expect(ours > 0, "\(name) has no gradient at all")
      #expect(abs(ours - expected) < 0.03 * ours, "\(name): \(ours) against \(expected)")
    }
    if path == .standard {
      #expect(at[vector.gate].array.allSatisfy { $0 == 0 })
    } else {
      let (ours, expected) = slope(network.gate.matrix, at[vector.gate])
      #expect(abs(ours - expected) < 0.03 * ours, "G: \(ours) against \(expected)")
    }
  }

  @Test func masksChangeTheStepAndThreadsDoNot() throws {
    let one = try Self.network(dropout: 0.5), two = try Self.network(dropout: 0.5, threads: 2)
    let contributions = (0..<3).map { _ in FloatBuffer(one.stepVector.count).all }
    Self.contribution(one, path: .joint, samples: [3, 900, 12], contribution: contributions[0])
    Self.contribution(two, path: .joint, samples: [3, 900, 12], contribution: contributions[1])
    Self.contribution(one, path: .joint, samples: [4, 900, 12], contribution: contributions[2])
    let all = contributions.map(\.array)
    #expect(all[0] == all[1])
    #expect(all[0] != all[2])
  }

  /// Gating the map is, for a row of ones, no gating; and for a row of zeros a filter is gone.
  @Test func theGateMultipliesTheLastMap() throws {
    let network = try Self.network(dropout: 0)
    network.forward(count: Self.count)
    let labels: [Int32] = [2, 0, 2]
    func losses(_ path: Path) -> [Double] {
      network.predict(labels: labels[...], path: path).map(\.loss)
    }
    #expect(losses(.standard) != losses(.gated))
    network.gate.matrix.fill(1)
    #expect(losses(.standard) == losses(.gated))
  }

  /// The features for analyses are the means of the last map.
  @Test func featuresAreMeansOfTheLastActivations() throws {
    let network = try Self.network(dropout: 0)
    network.forward(count: Self.count)
    let features = network.features(1)
    #expect(features.count == 256)
    #expect(features.array.allSatisfy { $0 >= 0 } && features.array.contains { $0 > 0 })
  }

  @Test(arguments: [("alexnet", 63), ("alexnet-cifar", 15)])
  func refusesImagesThatShrinkToNothing(_ name: String, _ least: Int) throws {
    let architecture = try Architecture(name)
    try architecture.requireRoom(height: least, width: least)
    let error = #expect(throws: CSGError.self) {
      try architecture.requireRoom(height: 300, width: least - 1)
    }
    #expect(error?.exitCode == .configuration)
    let network = try Network(
      architecture: architecture, channels: 3, classes: 10, height: least, width: least,
      capacity: 1, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    network.forward(count: 1)
    #expect(network.logits(count: 1)[0].count == 10)
  }
}
