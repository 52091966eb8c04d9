import Kernels

/// What a net is for images of a size, before it has buffers.
package struct NetFacts {
  /// Values of θ.
  package let parameters: Int
  /// Multiplications, each with its addition, of one image's forward pass: convolutions and linear layers.
  package let multiplications: Int
  /// Rows and columns of the last convolution's map.
  package let mapHeight: Int, mapWidth: Int

  /// Facts of a net that tells `classes` apart.
  /// - Throws: `CSGError` 78 where the images are too small for it.
  package init(
    _ architecture: Architecture, height: Int, width: Int, channels: Int = 3, classes: Int
  ) throws {
    try architecture.requireRoom(height: height, width: width)
    let plan = architecture.plan(
      NetworkOrder(
        channels: channels, height: height, width: width, classes: classes, choice: .direct,
        level: .baseline, reachesImage: false))
    parameters = plan.parameters.reduce(0) { $0 + $1.count }
    multiplications = plan.parameters.reduce(0) { $0 + $1.multiplications }
    let last = plan.features.last?.output
    (mapHeight, mapWidth) = (last?.height ?? 0, last?.width ?? 0)
  }
}

extension Architecture {
  /// What a net of this kind is for.
  package var purpose: String {
    switch self {
    case .residual(let net): net.purpose
    case .alexNet(let net):
      net.imageSide > 64
        ? "photographs of 224: the net of 2012, with dropout" : "32×32 images, with dropout"
    }
  }
}

extension ResNet {
  fileprivate var purpose: String {
    if hasWideStem { return "photographs, from 64 to 224; pretrained weights are of these" }
    return widths.count == 3
      ? "small images, to 40 or so: CIFAR, Fashion-MNIST"
      : "small images, with as many filters as for photographs; at 64 and above ten times the work of \(name.dropLast(Self.smallStemSuffix.count))"
  }
}
