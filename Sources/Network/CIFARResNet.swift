import Core
import Kernels

/// The ResNets for small images: a 3×3 stem, three stages of 16, 32 and 64 filters with n basic
/// blocks each (6n + 2 layers), parameter-free shortcuts, global average pooling, a linear layer.
///
/// Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, Sec. 4.2,
/// https://arxiv.org/abs/1512.03385. Names as torchvision's.
public struct CIFARResNet: Sendable, Equatable {
  /// Layers: 6n + 2.
  public let depth: Int

  /// Filters of each stage.
  static let widths = [16, 32, 64]

  /// The depths that the paper names.
  public static let depths = [20, 32, 44, 56, 110]

  /// `resnet8`, `resnet14`, … : any depth of 6n + 2.
  /// - Throws: `CSGError` (78) for another name.
  public init(architecture: String) throws {
    let digits = architecture.hasPrefix("resnet") ? Int(architecture.dropFirst(6)) : nil
    guard let depth = digits, depth >= 8, depth <= 1202, (depth - 2) % 6 == 0,
      architecture == "resnet\(depth)"
    else {
      let names = Self.depths.map { "resnet\($0)" }.joined(separator: ", ")
      throw CSGError.configuration(
        "model.architecture", "unknown architecture '\(architecture)'",
        remedy: "choose \(names) (or another depth of 6n + 2)")
    }
    self.depth = depth
  }

  /// Blocks of a stage.
  var blocks: Int { (depth - 2) / 6 }
  /// Filters of the last convolution (K).
  public var filters: Int { Self.widths[2] }

  /// One convolution with its batch norm.
  struct Unit {
    let convolution: Convolution
    let convolutionName: String, normName: String
  }

  /// All units in the order of the forward pass: the stem, then two a block.
  func units(channels: Int, height: Int, width: Int, level: CPULevel) -> [Unit] {
    var shape = MapShape.image(channels: channels, height: height, width: width)
    var units: [Unit] = []
    func append(_ filters: Int, stride: Int, _ convolutionName: String, _ normName: String) {
      let convolution = Convolution(input: shape, filters: filters, stride: stride, level: level)
      units.append(
        Unit(convolution: convolution, convolutionName: convolutionName, normName: normName))
      shape = convolution.output.withHalo(1)
    }
    append(Self.widths[0], stride: 1, "conv1", "bn1")
    for (stage, filters) in Self.widths.enumerated() {
      for block in 0..<blocks {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        append(filters, stride: stride, "\(name).conv1", "\(name).bn1")
        append(filters, stride: 1, "\(name).conv2", "\(name).bn2")
      }
    }
    return units
  }
}
