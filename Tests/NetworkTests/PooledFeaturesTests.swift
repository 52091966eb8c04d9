import Core
import Kernels
import Network
import Storage
import TestSupport
import Testing

@Suite struct PooledFeaturesTests {
  /// 19 convolutions of 16, 32 and 64 filters; projections and AlexNet's stages are convolutions too.
  @Test(
    arguments: [
      ("resnet20", 7 * 16 + 6 * 32 + 6 * 64, 19),
      ("resnet18", 64 * 5 + 4 * 128 + 128 + 4 * 256 + 256 + 4 * 512 + 512, 20),
      ("alexnet-cifar", 64 + 192 + 384 + 256 + 256, 5),
    ])
  func everyConvolutionHasItsMeans(_ name: String, _ count: Int, _ convolutions: Int) throws {
    let network = try network(name, capacity: 3)
    network.forward(count: 3)
    #expect(network.pooledFeatureCounts.count == convolutions)
    #expect(network.pooledFeatureCounts.reduce(0, +) == count)
    for n in 0..<3 {
      let features = network.pooledFeatures(n)
      #expect(features.count == count && features.allSatisfy(\.isFinite))
      guard name == "resnet20" || name == "alexnet-cifar" else { continue }
      let filters = network.filters
      let size = network.activationSize
      let maps = network.activations(n)
      for k in 0..<filters {
        let map = maps[k * size.height * size.width..<(k + 1) * size.height * size.width]
        let mean = map.reduce(0.0) { $0 + Double($1) } / Double(map.count)
        let found = Double(features[count - filters + k])
        #expect(abs(found - mean) <= 1e-5 * max(1, mean), "the last convolution's")
      }
    }
  }

  /// Against PyTorch in float64 (Golden/pooled.py), convolution by convolution, with norms by running
  /// statistics.
  @Test(
    arguments: [
      ("resnet18", .auto), ("resnet50", .auto), ("resnet18-cifar", .auto),
      ("resnet50-cifar", .auto), ("alexnet", .auto), ("alexnet-cifar", .direct),
    ] as [(String, ConvolutionAlgorithm.Choice)])
  func matchPyTorch(_ name: String, _ choice: ConvolutionAlgorithm.Choice) throws {
    let golden = try NetTests.Golden(name)
    let labels = try golden.shared("labels").map { Int32($0) }
    let network = try NetTests.network(name, choice, golden)
    NetTests.initialize(network, golden)
    let contribution = FloatBuffer(network.stepVector.count).all
    network.train(LabelLoss(labels[...], path: .standard), contribution: contribution)
    network.statistics.copy(from: contribution[network.stepVector.statistics].array)
    network.forward(count: labels.count)

    let digests = try #require(
      Safetensors.read(Places.golden("pooled.safetensors")).first { $0.name == name })
    let counts = network.pooledFeatureCounts
    #expect(digests.shape[0] == counts.count)
    let features = labels.indices.map { network.pooledFeatures($0) }
    var first = 0
    for (convolution, count) in counts.enumerated() {
      let width = digests.shape[1]
      let row = digests.values[convolution * width..<(convolution + 1) * width]
      let ours = features.flatMap { $0[first..<first + count] }
      let error = NetTests.Digest(row: row.map(Double.init)).error(of: ours)
      #expect(error < 1e-5, "convolution \(convolution): \(error)")
      first += count
    }
  }

  /// An image's do not depend on what stands beside it.
  @Test func otherImagesChangeNothing() throws {
    let (one, three) = (try network("resnet20", capacity: 1), try network("resnet20", capacity: 3))
    three.forward(count: 3)
    for n in 0..<3 {
      one.images[0].copy(from: three.images[n])
      one.forward(count: 1)
      #expect(one.pooledFeatures(0) == three.pooledFeatures(n))
    }
  }

  private func network(_ name: String, capacity: Int) throws -> Network {
    let network = try Network(
      architecture: Architecture(name), channels: 3, classes: 10, height: 32, width: 32,
      capacity: capacity, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    network.initialize(seed: 3)
    var random = RandomValues(seed: 5)
    for n in 0..<capacity {
      let image = network.images[n]
      for row in 0..<32 {
        for column in 0..<32 {
          for c in 0..<3 {
            image[network.images.shape.index(0, row, column) + c] = Float(random.unit())
          }
        }
      }
    }
    return network
  }
}
