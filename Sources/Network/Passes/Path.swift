/// Which of the two paths of Algorithm 1 a pass takes, or both.
package enum Path: String, Sendable, Codable, CaseIterable {
  /// STD: features → classifier.
  case standard
  /// CSG: features, multiplied by the gate row of the sample's label → classifier.
  case gated
  /// Both from the same features, as in Eq. 3; predictions are the STD path's.
  case joint

  /// The ways from the features to a loss, in the order in which their gradients are added.
  var passes: [Path] {
    switch self {
    case .standard: Self.standardPass
    case .gated: Self.gatedPass
    case .joint: Self.bothPasses
    }
  }

  // Made once: a step allocates nothing.
  private static let standardPass: [Path] = [.standard], gatedPass: [Path] = [.gated]
  private static let bothPasses: [Path] = [.standard, .gated]
}
