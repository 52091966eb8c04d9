import Attacks
import Core
import Datasets
import Inference
import Kernels
import Network
import Storage
import TestSupport
import Testing

/// The attacks against PyTorch in float32 (Golden/attacks.py): a ResNet-20 that was trained on Fashion-MNIST,
/// and a ResNet-18 with initial weights, on real pictures.
@Suite struct GoldenAttackTests {
  /// The tensors of the golden file.
  private static let tensors = Result {
    try Dictionary(
      uniqueKeysWithValues: Safetensors.read(Places.golden("attacks.safetensors")).map {
        ($0.name, $0)
      })
  }

  private static func values(_ name: String) throws -> [Float] {
    try #require(tensors.get()[name], "\(name)").values
  }

  /// The rows of a tensor's first axis.
  private static func rows(_ name: String) throws -> [[Float]] {
    let tensor = try #require(tensors.get()[name], "\(name)")
    let width = tensor.values.count / tensor.shape[0]
    return (0..<tensor.shape[0]).map { Array(tensor.values[$0 * width..<($0 + 1) * width]) }
  }

  private static let images = Result { try FashionMNISTImporter.load(folder: Places.fashionMNIST) }

  /// The first test images, in [0, 1].
  private static func image(_ n: Int) throws -> [Float] {
    let pixels = try images.get().test.pixels
    return pixels[n * 784..<(n + 1) * 784].map { Float($0) / 255 }
  }

  /// The golden net of that name, and its pictures.
  private static func made(_ name: String) throws -> (net: PictureNet, pictures: [[Float]]) {
    let isTrained = name == "resnet20"
    let (channels, side) = isTrained ? (1, 28) : (3, 32)
    let network = try Network(
      architecture: Architecture(name), channels: channels, classes: 10, height: side, width: side,
      capacity: 32, initialGate: 0.5, reachesImage: true,
      compute: .init(choice: .direct, level: CPULevel.select()))
    network.initialize(seed: 7)
    guard isTrained else {
      let mean = [0.4914, 0.4822, 0.4465], std = [0.2023, 0.1994, 0.2010]
      let pictures = try (0..<3).map { n in
        var picture = [Float](repeating: 0, count: 3 * 32 * 32)
        for c in 0..<3 {
          for (i, value) in try image(3 * n + c).enumerated() {
            picture[(c * 32 + i / 28 + 2) * 32 + i % 28 + 2] = value
          }
        }
        return picture
      }
      let normalizer = ImageNormalizer(mean: mean, std: std)
      return (PictureNet(network: network, normalizer: normalizer), pictures)
    }
    for tensor in network.parameterLayout.tensors {
      tensor.write(try values("\(name).\(tensor.name)"), to: network.theta)
    }
    for tensor in network.statisticsLayout.tensors {
      tensor.write(try values("\(name).\(tensor.name)"), to: network.statistics)
    }
    let normalizer = ImageNormalizer(mean: [0.2860], std: [0.3530])
    return (
      PictureNet(network: network, normalizer: normalizer), try (0..<200).map { try image($0) }
    )
  }

  private static func victims(_ name: String, _ pictures: [[Float]], isTargeted: Bool) throws
    -> [Victim]
  {
    let labels = try values("\(name).labels").map { Int($0) }
    return zip(pictures, labels).enumerated().map { n, pair in
      Victim(
        sample: n, picture: pair.0, label: pair.1,
        target: isTargeted ? (pair.1 + 1 + n % 9) % 10 : nil)
    }
  }

  /// One step is PyTorch's wherever the gradient is no rounding error; after seven, where near-zero
  /// gradients have turned on either side, nearly all values are; of the net that was never trained fewer:
  /// its weights are not PyTorch's to the last bit, and float64 gives PyTorch 94 % of its own values.
  @Test(
    arguments: [
      ("resnet20", "targeted", 0.99), ("resnet20", "untargeted", 0.99),
      ("resnet18-cifar", "targeted", 0.9), ("resnet18-cifar", "untargeted", 0.85),
    ])
  func stepsArePyTorchs(_ name: String, _ kind: String, _ least: Double) throws {
    let (net, pictures) = try Self.made(name)
    let victims = try Self.victims(name, pictures, isTargeted: kind == "targeted")
    for attack in [GradientSign.fgsm(), .pgd()] {
      let method = attack.method.rawValue
      let found = attack.attack(victims, net: net, seed: 7)
      let theirs = try Self.rows("\(name).\(method).\(kind)")
      let isLarge = try Self.rows("\(name).large.\(kind)")
      var (equal, count) = (0, 0)
      for (n, picture) in theirs.enumerated() {
        for (i, value) in picture.enumerated() {
          let isEqual = abs(found[n].picture[i] - value) <= 1e-5
          if method == "fgsm" && isLarge[n][i] == 1 { #expect(isEqual, "picture \(n), value \(i)") }
          (equal, count) = (equal + (isEqual ? 1 : 0), count + 1)
        }
      }
      let share = Double(equal) / Double(count)
      print("\(name), \(method), \(kind): \(share) of the values are PyTorch's")
      #expect(share >= (method == "fgsm" ? 0.999 : least), "\(method): \(share)")
      guard name == "resnet20" else { continue }
      let fooled = try Self.values("\(name).fooled.\(method).\(kind)").count { $0 == 1 }
      let successes = found.count(where: \.isSuccess)
      #expect(fooled > 0 && abs(successes - fooled) <= 1, "\(successes), PyTorch \(fooled)")
    }
  }

  /// Carlini and Wagner's: the first losses, whom it fools, and how far it goes.
  @Test(arguments: ["targeted", "untargeted"])
  func searchesArePyTorchs(_ kind: String) throws {
    let (net, pictures) = try Self.made("resnet20")
    let victims = Array(
      try Self.victims("resnet20", pictures, isTargeted: kind == "targeted").prefix(10))
    let search = CarliniWagnerSearch(
      victims[0], CarliniWagner(budget: .init(searches: 1, iterations: 200, constant: 1)))
    for (iteration, loss) in try Self.values("resnet20.losses.\(kind)").enumerated() {
      let slopes = net.slopes([search.picture]) { _, logits in search.weights(logits) }
      search.take(slopes[0])
      #expect(abs(search.loss - Double(loss)) <= 1e-4 * Double(loss), "iteration \(iteration)")
    }

    let attack = CarliniWagner(budget: .init(searches: 5, iterations: 50, constant: 0.01))
    let found = attack.attack(victims, net: net, seed: 0)
    let theirs = try Self.rows("resnet20.cw.\(kind)")
    #expect(found.map(\.isSuccess) == theirs[1].map { $0 == 1 })
    var (ours, sum) = (0.0, 0.0)
    for (n, victim) in victims.enumerated() where found[n].isSuccess {
      #expect(victim.isFooled(net.logits([found[n].picture])[0]))
      #expect(found[n].picture.allSatisfy { $0 >= 0 && $0 <= 1 })
      ours += Change(from: victim.picture, to: found[n].picture, channels: 1).l2
      sum += Double(theirs[2][n])
    }
    #expect(sum > 0 && abs(ours - sum) <= 0.02 * sum, "L2 in all \(ours), PyTorch \(sum)")
    print("cw, \(kind): L2 in all \(ours), PyTorch \(sum)")
  }

  /// What it finds for a picture does not depend on the pictures beside it, nor on threads.
  @Test func aSearchIsOnItsOwn() throws {
    let (net, pictures) = try Self.made("resnet20")
    let victims = Array(
      try Self.victims("resnet20", pictures, isTargeted: false).prefix(6))
    let attack = CarliniWagner(budget: .init(searches: 3, iterations: 20, constant: 0.1))
    let together = attack.attack(victims, net: net, seed: 0)
    #expect(Set(together.map(\.queries)).count > 1, "they end at different times")
    for (n, victim) in victims.enumerated().reversed() {
      let alone = attack.attack([victim], net: net, seed: 1)[0]
      let isSame = alone.picture == together[n].picture && alone.queries == together[n].queries
      #expect(isSame, "picture \(n)")
    }
  }
}
