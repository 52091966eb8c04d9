import Core
import Kernels

/// The nets that can be trained, by name.
package enum Architecture: Sendable, Equatable {
  /// A residual network.
  case residual(ResNet)
  /// An AlexNet.
  case alexNet(AlexNet)

  /// All names that the papers have.
  package static let names = ResNet.names + AlexNet.all.map(\.name)

  /// The net of this name.
  /// - Throws: `CSGError` (78) for an unknown name.
  package init(_ name: String) throws {
    if let net = ResNet(name: name) {
      self = .residual(net)
    } else if let net = AlexNet.all.first(where: { $0.name == name }) {
      self = .alexNet(net)
    } else {
      throw CSGError.configuration(
        "model.architecture", "unknown architecture '\(name)'",
        remedy: "choose \(Self.names.joined(separator: ", ")) (or another depth of 6n + 2; "
          + "resnet20-projection and the like have option B's shortcuts)")
    }
  }

  /// The net that a configuration asks for.
  /// - Throws: `CSGError` (78) for an unknown name, or shortcuts that the net cannot have.
  package init(_ model: Configuration.Model) throws {
    let named = try Architecture(model.architecture)
    switch (named, model.shortcut) {
    case (.residual(let net), let shortcut):
      guard let net = net.with(shortcut) else {
        throw CSGError.configuration(
          "model.shortcut", "\(net.name) has no shortcuts by \(shortcut)",
          remedy: "set it to auto, or choose a net of 6n + 2 layers, as resnet20")
      }
      self = .residual(net)
    case (.alexNet, .auto): self = named
    case (.alexNet(let net), _):
      throw CSGError.configuration(
        "model.shortcut", "\(net.name) has no shortcuts", remedy: "set it to auto")
    }
  }

  /// `resnet20`, …
  package var name: String {
    switch self {
    case .residual(let net): net.name
    case .alexNet(let net): net.name
    }
  }

  /// What its shortcuts are where a stage begins: `projection`, `padding`; `none` of a net without shortcuts.
  package var shortcut: String {
    switch self {
    case .residual(let net): net.hasProjections ? "projection" : "padding"
    case .alexNet: "none"
    }
  }

  /// Filters of the last convolution (K).
  package var filters: Int {
    switch self {
    case .residual(let net): net.filters
    case .alexNet(let net): net.filters
    }
  }

  /// Side of the images that the net is meant for.
  package var imageSide: Int {
    switch self {
    case .residual(let net): net.imageSide
    case .alexNet(let net): net.imageSide
    }
  }

  /// The name of the layer that makes logits: the one whose shape follows from the classes.
  package var lastLayer: String {
    switch self {
    case .residual: "fc"
    case .alexNet: "classifier.6"
    }
  }

  /// Checks that images of a size do not shrink to nothing.
  /// - Throws: `CSGError` (78) that names the smallest side.
  package func requireRoom(height: Int, width: Int) throws {
    guard case .alexNet(let net) = self, min(height, width) < net.leastSide else { return }
    throw CSGError.configuration(
      "model.architecture",
      "\(name) needs images of \(net.leastSide) × \(net.leastSide) or more, "
        + "not \(height) × \(width)", remedy: "choose another net, or larger images")
  }

  /// The net for images of a size.
  func plan(_ order: NetworkOrder) -> any NetworkPlan {
    switch self {
    case .residual(let net): net.plan(order)
    case .alexNet(let net): net.plan(order)
    }
  }
}
