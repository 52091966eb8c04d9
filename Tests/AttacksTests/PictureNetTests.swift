import Attacks
import Core
import Inference
import Kernels
import Network
import TestSupport
import Testing

/// Logits and gradients of pictures in [0, 1].
@Suite struct PictureNetTests {
  static let mean = [0.4914, 0.4822, 0.4465], std = [0.2023, 0.1994, 0.2010]

  static func net(
    _ name: String = "resnet8", side: Int = 16, capacity: Int = 5, threads: Int = 1,
    scale: Float = 1
  ) throws -> PictureNet {
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: 4, height: side, width: side,
      capacity: capacity, initialGate: 0.5, dropout: 0.5, reachesImage: true,
      compute: .init(level: CPULevel.select(), threads: threads))
    network.initialize(seed: 5)
    for tensor in network.parameterLayout.tensors where tensor.name == "fc.weight" {
      tensor.write(tensor.read(from: network.theta).map { $0 * scale }, to: network.theta)
    }
    return PictureNet(network: network, normalizer: ImageNormalizer(mean: mean, std: std))
  }

  static func pictures(_ count: Int, side: Int = 16, seed: UInt64 = 3) -> [[Float]] {
    var random = RandomValues(seed: seed)
    return (0..<count).map { _ in
      (0..<3 * side * side).map { _ in Float(abs(random.unit())) }
    }
  }

  /// A picture's logits and gradients have the same bits alone, among others in any place, in chunks of
  /// any length, on any number of threads.
  @Test(arguments: ["resnet8", "resnet8-projection", "alexnet-cifar", "resnet18-cifar"])
  func aPictureIsOnItsOwn(_ name: String) throws {
    let side = name.hasSuffix("-cifar") ? 32 : 16
    let pictures = Self.pictures(9, side: side)
    let labels = [0, 1, 2, 3, 0, 1, 2, 3, 0]
    func weights(_ n: Int, _ logits: [Float]) -> [Float] {
      logits.enumerated().map { Float($0.offset - labels[n]) * $0.element }
    }
    let one = try Self.net(name, side: side)
    let logits = one.logits(pictures)
    let losses = one.crossEntropySlopes(pictures, labels: labels)
    let linear = one.slopes(pictures, weights: weights)
    #expect(Set(logits).count == 9 && losses.allSatisfy { $0.gradient.contains { $0 != 0 } })
    #expect(losses.map(\.logits) == logits && linear.map(\.logits) == logits)
    for n in pictures.indices.reversed() {
      #expect(one.logits([pictures[n]]) == [logits[n]])
      #expect(
        one.crossEntropySlopes([pictures[n]], labels: [labels[n]])[0].gradient
          == losses[n].gradient)
      #expect(
        one.slopes([pictures[n]]) { _, logits in weights(n, logits) }[0].gradient
          == linear[n].gradient)
    }
    for (capacity, threads) in [(1, 1), (2, 3), (64, 2)] {
      let other = try Self.net(name, side: side, capacity: capacity, threads: threads)
      let order = [4, 7, 0, 0, 8, 2]
      let found = other.crossEntropySlopes(
        order.map { pictures[$0] }, labels: order.map { labels[$0] })
      #expect(found.map(\.gradient) == order.map { losses[$0].gradient })
      #expect(found.map(\.logits) == order.map { logits[$0] })
    }
  }

  /// The gradient is that by the picture in [0, 1]: differences of the loss agree.
  @Test func gradientsAreByThePicture() throws {
    let net = try Self.net()
    let picture = Self.pictures(1)[0]
    let gradient = net.crossEntropySlopes([picture], labels: [2])[0].gradient
    func loss(_ picture: [Float]) -> Double {
      let logits = net.logits([picture])[0].map(Double.init)
      let largest = logits.max() ?? 0
      let sum = logits.reduce(0) { $0 + ElementaryFunctions.exp($1 - largest) }
      return ElementaryFunctions.log(sum) + largest - logits[2]
    }
    // Along the gradient, and along single values of each channel.
    let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let h = 1e-3
    func moved(_ size: Double) -> [Float] {
      zip(picture, gradient).map { Float(Double($0) + size * Double($1) / norm) }
    }
    let slope = (loss(moved(h)) - loss(moved(-h))) / (2 * h)
    #expect(abs(slope - norm) < 0.01 * norm)
    // By channel: the gradient of channel c alone, as if the others were held.
    for channel in 0..<3 {
      let part = channel * 256..<(channel + 1) * 256
      let size = gradient[part].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      func moved(_ step: Double) -> [Float] {
        picture.indices.map {
          part.contains($0)
            ? Float(Double(picture[$0]) + step * Double(gradient[$0]) / size) : picture[$0]
        }
      }
      let slope = (loss(moved(h)) - loss(moved(-h))) / (2 * h)
      #expect(abs(slope - size) < 0.02 * size, "channel \(channel)")
    }
  }
}
