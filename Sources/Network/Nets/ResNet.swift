import Core
import Kernels

/// The residual networks: a stem, stages of blocks of two or three convolutions around a shortcut,
/// global average pooling, a linear layer.
///
/// Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016,
/// https://arxiv.org/abs/1512.03385: Sec. 4.2 (small images) and Table 1 (ImageNet). Names and
/// shapes as torchvision's, which has the stride of a bottleneck on its 3×3.
///
/// | name | images | stem | shortcuts where a stage begins |
/// |---|---|---|---|
/// | `resnet20` … (6n + 2) | small | 3×3 | without parameters ("option A") |
/// | `resnet20-projection` … | small | 3×3 | 1×1 convolutions ("option B") |
/// | `resnet18`, `-34`, `-50`, `-101`, `-152` | ImageNet | 7×7 at stride 2, max pooling | 1×1 convolutions |
/// | `resnet18-cifar` … `resnet152-cifar` | small | 3×3 | 1×1 convolutions |
///
/// The `-cifar` ones are the nets of Table 1 as the field trains them on 32×32: torchvision's, with a stem
/// that keeps the size.
package struct ResNet: Sendable, Equatable {
  /// `resnet20`, `resnet50`, `resnet50-cifar`, …
  package let name: String
  /// Blocks of each stage, and filters of their first convolution.
  let blocks: [Int], widths: [Int]
  /// Blocks are 1×1, 3×3, 1×1 with four times the filters at the end, instead of 3×3, 3×3.
  let isBottleneck: Bool
  /// The stem is a 7×7 convolution at stride 2 with max pooling, instead of a 3×3 that keeps the size.
  let hasWideStem: Bool
  /// Shortcuts are 1×1 convolutions where a stage begins, instead of padding.
  let hasProjections: Bool

  /// Layers of the nets with shortcuts without parameters that the paper names.
  static let smallDepths = [20, 32, 44, 56, 110]

  /// Layers of the nets for ImageNet, and their blocks.
  private static let large: [Int: (blocks: [Int], isBottleneck: Bool)] = [
    18: ([2, 2, 2, 2], false), 34: ([3, 4, 6, 3], false), 50: ([3, 4, 6, 3], true),
    101: ([3, 4, 23, 3], true), 152: ([3, 8, 36, 3], true),
  ]

  /// Ends the name of a net of Table 1 for small images.
  static let smallStemSuffix = "-cifar"

  /// Ends the name of a small net whose shortcuts have parameters.
  private static let projectionSuffix = "-projection"

  /// All names that the papers have.
  static let names =
    (smallDepths + large.keys.sorted()).map { "resnet\($0)" }
    + large.keys.sorted().map { "resnet\($0)\(smallStemSuffix)" }

  /// This net with other shortcuts; nil where the family has none such.
  func with(_ shortcut: Configuration.Model.Shortcut) -> ResNet? {
    switch shortcut {
    case .auto: self
    case .padding: hasProjections ? nil : self
    case .projection: hasProjections ? self : ResNet(name: name + Self.projectionSuffix)
    }
  }

  /// The net of this name; nil where the family has none. Any depth of 6n + 2 from 8 to 1202 has one.
  init?(name: String) {
    self.name = name
    let suffix = [Self.smallStemSuffix, Self.projectionSuffix].first { name.hasSuffix($0) }
    let plainName = name.dropLast(suffix?.count ?? 0)
    guard let depth = Int(plainName.dropFirst("resnet".count)), plainName == "resnet\(depth)" else {
      return nil
    }
    if let large = Self.large[depth] {
      guard suffix != Self.projectionSuffix else { return nil }
      blocks = large.blocks
      widths = [64, 128, 256, 512]
      isBottleneck = large.isBottleneck
      hasWideStem = suffix != Self.smallStemSuffix
      hasProjections = true
    } else {
      guard suffix != Self.smallStemSuffix, (8...1202).contains(depth), (depth - 2) % 6 == 0 else {
        return nil
      }
      blocks = Array(repeating: (depth - 2) / 6, count: 3)
      widths = [16, 32, 64]
      isBottleneck = false
      hasWideStem = false
      hasProjections = suffix == Self.projectionSuffix
    }
  }

  /// Filters at a block's end over those of its first convolution.
  private var expansion: Int { isBottleneck ? 4 : 1 }
  /// Filters of the last convolution (K).
  var filters: Int { widths[widths.count - 1] * expansion }
  /// Side of the images that the paper trains it on.
  var imageSide: Int { hasWideStem ? 224 : 32 }

  /// The units of a block, and that of its shortcut where it has parameters.
  struct Block {
    let units: [UnitPlan]
    let projection: UnitPlan?
  }

  /// A network for images of a size: all units in the order of the forward pass.
  struct Plan {
    let stem: UnitPlan
    /// The stem's max pooling; nil where there is none.
    let pooling: PoolingPlan?
    let blocks: [Block]
    /// The border that a block's input needs.
    let blockHalo: Int
    let classes: Int

    /// In the order of torchvision's state dict.
    var units: [UnitPlan] {
      [stem] + blocks.flatMap { $0.units + ($0.projection.map { [$0] } ?? []) }
    }
  }

  /// Plans all units.
  func plan(_ order: NetworkOrder) -> Plan {
    func unit(
      _ input: MapShape, _ filters: Int, kernel: Int, stride: Int, halo: Int, _ name: String,
      _ norm: String, givesImageGradient: Bool = false
    ) -> UnitPlan {
      UnitPlan(
        convolution: Convolution(
          input: input, filters: filters, kernel: kernel, stride: stride, padding: kernel / 2,
          choice: order.choice, level: order.level, givesImageGradient: givesImageGradient),
        name: name, norm: norm, halo: halo)
    }
    let blockHalo = isBottleneck ? 0 : 1
    let stem = unit(
      order.image(halo: hasWideStem ? 3 : 1), widths[0], kernel: hasWideStem ? 7 : 3,
      stride: hasWideStem ? 2 : 1, halo: hasWideStem ? 1 : blockHalo, "conv1", "bn1",
      givesImageGradient: order.reachesImage)
    let stemOutput = stem.convolution.output
    let pooling = hasWideStem ? PoolingPlan(size: 3, stride: 2, padding: 1) : nil

    var x =
      pooling?.output(of: stemOutput, halo: blockHalo) ?? stemOutput.withHalo(blockHalo)
    var planned: [Block] = []
    for (stage, filters) in widths.enumerated() {
      for number in 0..<blocks[stage] {
        let name = "layer\(stage + 1).\(number)"
        let stride = stage > 0 && number == 0 ? 2 : 1
        let layers: [(filters: Int, kernel: Int, stride: Int, halo: Int)] =
          isBottleneck
          ? [(filters, 1, 1, 1), (filters, 3, stride, 0), (4 * filters, 1, 1, 0)]
          : [(filters, 3, stride, 1), (filters, 3, 1, 1)]
        var units: [UnitPlan] = []
        for (i, layer) in layers.enumerated() {
          let input = units.last.map { $0.convolution.output.withHalo($0.halo) } ?? x
          units.append(
            unit(
              input, layer.filters, kernel: layer.kernel, stride: layer.stride, halo: layer.halo,
              "\(name).conv\(i + 1)", "\(name).bn\(i + 1)"))
        }
        let changes = stride != 1 || x.channels != filters * expansion
        let projection =
          hasProjections && changes
          ? unit(
            x, filters * expansion, kernel: 1, stride: stride, halo: 0, "\(name).downsample.0",
            "\(name).downsample.1") : nil
        planned.append(Block(units: units, projection: projection))
        x = units[units.count - 1].convolution.output.withHalo(blockHalo)
      }
    }
    return Plan(
      stem: stem, pooling: pooling, blocks: planned, blockHalo: blockHalo,
      classes: order.classes)
  }
}
