import Core
import Kernels
import Network
import Storage
import TestSupport
import Testing

/// Gradients by the image against PyTorch in float64 (Golden/gradients.py): of the loss on either path
/// and of filters, with norms by the batch and by running statistics.
@Suite struct ImageGradientTests {
  /// Some twenty times the errors of PyTorch's own float32, which gradients.py prints.
  private static let bound = 1e-4

  /// The images repeat their pixels, so that windows of AlexNet's small map hold equal values, and the
  /// first of them has the gradient; Winograd's tiles round them apart.
  @Test(
    arguments: [
      ("resnet18", .auto), ("resnet50", .auto), ("resnet18-cifar", .auto),
      ("resnet50-cifar", .auto), ("alexnet", .auto), ("alexnet-cifar", .direct),
    ] as [(String, ConvolutionAlgorithm.Choice)])
  func matchPyTorch(_ name: String, _ choice: ConvolutionAlgorithm.Choice) throws {
    let golden = try NetTests.Golden(name)
    let labels = try golden.shared("labels").map { Int32($0) }
    let network = try NetTests.network(name, choice, golden, reachesImage: true)
    NetTests.initialize(network, golden)
    let digests = try #require(
      Safetensors.read(Places.golden("gradients.safetensors")).first { $0.name == name }
    ).values.map(Double.init)
    let seeds: [(String, Seed)] = [
      ("loss", .loss(LabelLoss(labels[...], path: .standard))),
      ("gated loss", .loss(LabelLoss(labels[...], path: .gated))),
      (
        "filters",
        .filters(
          labels.indices.map { FilterSeed(image: $0, filter: (29 * $0 + 5) % network.filters) }[...]
        )
      ),
    ]
    let before = (network.theta.array, network.gate.matrix.array)

    var number = 0
    func check(_ mode: String) {
      for (name, seed) in seeds {
        network.backward(from: seed, to: .image)
        let ours = labels.indices.flatMap { network.imageGradient($0) }
        let width = digests.count / 6
        let digest = NetTests.Digest(row: Array(digests[number * width..<(number + 1) * width]))
        #expect(digest.error(of: ours) < Self.bound, "\(mode), \(name)")
        number += 1
      }
    }
    network.forward(count: labels.count, mode: .training(replicas: [labels.indices]))
    check("by the batch")
    try takeBatchStatistics(network, labels, name: name)
    let statistics = network.statistics.array
    network.forward(count: labels.count)
    check("by running statistics")
    #expect(network.theta.array == before.0 && network.gate.matrix.array == before.1)
    #expect(network.statistics.array == statistics)
  }

  /// Makes the batch's mean and biased variance the running ones.
  private func takeBatchStatistics(_ network: Network, _ labels: [Int32], name: String) throws {
    let vector = network.stepVector
    let contribution = FloatBuffer(vector.count).all
    network.train(LabelLoss(labels[...], path: .standard), contribution: contribution)
    network.statistics.copy(from: contribution[vector.statistics].array)
    let isSmall = name.hasSuffix("-cifar")
    for tensor in network.statisticsLayout.tensors where tensor.name.hasSuffix("running_var") {
      let parts = tensor.name.split(separator: ".")
      var stage = parts[0].hasPrefix("layer") ? Int(parts[0].dropFirst("layer".count)) ?? 0 : 0
      // A bottleneck's first convolution still sees the map of the stage before.
      if name.hasPrefix("resnet50"), stage > 1, parts[1] == "0", parts[2] == "bn1" { stage -= 1 }
      func side(_ side: Int) -> Int {
        var side = isSmall ? side : (side + 1) / 2
        for _ in 0..<(isSmall ? max(stage - 1, 0) : stage) { side = (side + 1) / 2 }
        return side
      }
      let count = Float(labels.count * side(network.input.height) * side(network.input.width))
      tensor.write(
        tensor.read(from: network.statistics).map { $0 * (count - 1) / count },
        to: network.statistics)
    }
  }

  /// After an evaluating pass the gradient of a filter at an image is the same alone, among others in
  /// any order, and whatever the threads.
  @Test(arguments: ["resnet8", "resnet8-projection", "alexnet-cifar"])
  func aSlotDependsOnItsSeedAlone(_ name: String) throws {
    func network(threads: Int, reachesImage: Bool = true) throws -> Network {
      let network = try Network(
        architecture: Architecture(name), channels: 3, classes: 4, height: 32, width: 28,
        capacity: 12, initialGate: 0.5, reachesImage: reachesImage,
        compute: .init(level: CPULevel.select(), threads: threads))
      network.initialize(seed: 5)
      var random = RandomValues(seed: 8)
      network.images[0..<3].write(random.floats(3 * 3 * 32 * 28))
      return network
    }
    let one = try network(threads: 1)
    one.forward(count: 3)
    let seeds = [(2, 7), (0, 3), (2, 8), (1, 3), (0, 63), (2, 0), (1, 1)].map {
      FilterSeed(image: $0.0, filter: $0.1)
    }
    one.backward(from: .filters(seeds[...]), to: .image)
    let together = seeds.indices.map { one.imageGradient($0) }
    #expect(together.allSatisfy { $0.contains { $0 != 0 } })
    for (slot, seed) in seeds.enumerated().reversed() {
      one.backward(from: .filters([seed]), to: .image)
      #expect(one.imageGradient(0) == together[slot])
    }
    let many = try network(threads: 3)
    many.forward(count: 3)
    many.backward(from: .filters(seeds[2...]), to: .image)
    for slot in seeds[2...].indices { #expect(many.imageGradient(slot - 2) == together[slot]) }

    // What a network was planned for changes no bit of its passes.
    let plain = try network(threads: 1, reachesImage: false)
    plain.forward(count: 3)
    #expect(plain.logits(count: 3) == one.logits(count: 3))
  }

  /// Gradients by logits and by the last activations: the pooled ones times the classifier's weights.
  @Test func logitsGiveTheClassifiersWeights() throws {
    let network = try Network(
      architecture: Architecture("resnet8"), channels: 1, classes: 3, height: 8, width: 8,
      capacity: 2, initialGate: 0.5, compute: .init(level: CPULevel.select()))
    network.initialize(seed: 5)
    var random = RandomValues(seed: 8)
    network.images.write(random.floats(2 * 64))
    network.forward(count: 2)
    let byLogits = FloatBuffer(6).all
    byLogits.copy(from: [0, 1, 0, 0, 0, 2])
    network.backward(from: .logits(byLogits), to: .activations)
    let weights = try #require(network.parameterLayout.tensors.first { $0.name == "fc.weight" })
      .read(from: network.theta)
    for (n, factor, row) in [(0, Float(1), 1), (1, 2, 2)] {
      let gradient = network.activationGradient(n)
      for k in 0..<64 {
        for pixel in 0..<4 {
          #expect(abs(gradient[k * 4 + pixel] - factor * weights[row * 64 + k] / 4) < 1e-7)
        }
      }
    }
  }
}
