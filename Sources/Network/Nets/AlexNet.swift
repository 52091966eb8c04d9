import Core
import Kernels

/// AlexNet: five convolutions with biases, max pooling between some, and linear layers with dropout.
///
/// Source: Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep Convolutional Neural
/// Networks", NeurIPS 2012; as torchvision has it (`models/alexnet.py`, after "One weird trick for
/// parallelizing convolutional neural networks", https://arxiv.org/abs/1404.5997), with its names
/// and shapes.
///
/// `alexnet-cifar` is the same for 32×32: 3×3 for the two large kernels and 2×2 poolings, as
/// published with `CifarAlexNet` of Laidlaw, Singla, Feizi, "Perceptual Adversarial Robustness", ICLR
/// 2021, https://github.com/cassidylaidlaw/perceptual-advex, and in TorchSharp's examples. The paper
/// says no more of its AlexNet for CIFAR-10 than that K is 256 (Appendix E).
///
/// Images of another size than the net's own end in the same linear layers, by torchvision's adaptive
/// average pooling.
package struct AlexNet: Sendable, Equatable {
  /// `alexnet` or `alexnet-cifar`.
  package let name: String
  /// Side of the images that the net is meant for.
  let imageSide: Int
  /// The five convolutions.
  let convolutions: [Layer]
  /// Windows of every max pooling.
  let pooling: PoolingPlan
  /// Side of the map that the linear layers read.
  let pooledSide: Int

  /// Features of the two hidden linear layers.
  static let hidden = 4096

  /// A convolution, its ReLU, and whether a max pooling follows.
  struct Layer: Sendable, Equatable {
    let filters: Int, kernel: Int
    var stride = 1
    let padding: Int
    var isPooled = false
  }

  static let all = [
    AlexNet(
      name: "alexnet", imageSide: 224,
      convolutions: [
        Layer(filters: 64, kernel: 11, stride: 4, padding: 2, isPooled: true),
        Layer(filters: 192, kernel: 5, padding: 2, isPooled: true),
        Layer(filters: 384, kernel: 3, padding: 1), Layer(filters: 256, kernel: 3, padding: 1),
        Layer(filters: 256, kernel: 3, padding: 1, isPooled: true),
      ], pooling: PoolingPlan(size: 3, stride: 2, padding: 0), pooledSide: 6),
    AlexNet(
      name: "alexnet-cifar", imageSide: 32,
      convolutions: [
        Layer(filters: 64, kernel: 3, stride: 2, padding: 1, isPooled: true),
        Layer(filters: 192, kernel: 3, padding: 1, isPooled: true),
        Layer(filters: 384, kernel: 3, padding: 1), Layer(filters: 256, kernel: 3, padding: 1),
        Layer(filters: 256, kernel: 3, padding: 1, isPooled: true),
      ], pooling: PoolingPlan(size: 2, stride: 2, padding: 0), pooledSide: 2),
  ]

  /// Filters of the last convolution.
  var filters: Int { convolutions[convolutions.count - 1].filters }

  /// The side of the smallest image that no layer reduces to nothing.
  var leastSide: Int {
    convolutions.reversed().reduce(1) { side, layer in
      let before = layer.isPooled ? (side - 1) * pooling.stride + pooling.size : side
      return max(1, (before - 1) * layer.stride + layer.kernel - 2 * layer.padding)
    }
  }

  /// A network for images of a size.
  struct Plan {
    let stages: [UnitPlan]
    let net: AlexNet
    let head: GatedPerceptron.Plan
  }

  /// Plans all units.
  func plan(_ order: NetworkOrder) -> Plan {
    var x = order.image(halo: convolutions[0].padding)
    var stages: [UnitPlan] = []
    var module = 0
    for (i, layer) in convolutions.enumerated() {
      let next = i + 1 < convolutions.count ? convolutions[i + 1].padding : 0
      let convolution = Convolution(
        input: x, filters: layer.filters, kernel: layer.kernel, stride: layer.stride,
        padding: layer.padding, choice: order.choice, level: order.level,
        givesImageGradient: i == 0 && order.reachesImage)
      let isLast = i + 1 == convolutions.count
      stages.append(
        UnitPlan(
          convolution: convolution, name: "features.\(module)", halo: layer.isPooled ? 0 : next))
      x =
        layer.isPooled && !isLast
        ? pooling.output(of: convolution.output, halo: next) : convolution.output.withHalo(next)
      module += layer.isPooled ? 3 : 2
    }
    let flattened = MapShape(channels: filters, height: pooledSide, width: pooledSide, halo: 0)
    var inputs = flattened.count
    let linear = [(1, Self.hidden), (4, Self.hidden), (6, order.classes)].map { module, features in
      defer { inputs = features }
      return UnitPlan(
        convolution: Convolution(
          input: SampleRows.shape(width: inputs), filters: features, kernel: 1, stride: 1,
          padding: 0, choice: order.choice, level: order.level), name: "classifier.\(module)",
        halo: 0)
    }
    return Plan(
      stages: stages, net: self,
      head: GatedPerceptron.Plan(
        linear: linear, pooling: pooling, pooled: pooling.output(of: x, halo: 0),
        flattened: flattened))
  }
}
