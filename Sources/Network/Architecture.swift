import Core
import Kernels

/// The nets that can be trained, by name.
public enum Architecture: Sendable, Equatable {
  /// A residual network.
  case residual(ResNet)

  /// All names that the papers have.
  public static let names = ResNet.names

  /// The net of this name.
  /// - Throws: `CSGError` (78) for an unknown name.
  public init(_ name: String) throws {
    if let net = ResNet(name: name) {
      self = .residual(net)
    } else {
      throw CSGError.configuration(
        "model.architecture", "unknown architecture '\(name)'",
        remedy: "choose \(Self.names.joined(separator: ", ")) (or another depth of 6n + 2)")
    }
  }

  /// `resnet20`, …
  public var name: String {
    switch self {
    case .residual(let net): net.name
    }
  }

  /// Filters of the last convolution (K).
  public var filters: Int {
    switch self {
    case .residual(let net): net.filters
    }
  }

  /// Side of the images that the net is meant for.
  public var imageSide: Int {
    switch self {
    case .residual(let net): net.imageSide
    }
  }

  /// The net for images of a size.
  func plan(
    channels: Int, classes: Int, height: Int, width: Int, choice: ConvolutionAlgorithm.Choice,
    level: CPULevel
  ) -> any NetworkPlan {
    switch self {
    case .residual(let net):
      net.plan(
        channels: channels, classes: classes, height: height, width: width, choice: choice,
        level: level)
    }
  }
}
