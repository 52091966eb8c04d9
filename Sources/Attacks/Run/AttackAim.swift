import Core

/// What a net is to take pictures for.
package enum AttackAim: Sendable, Equatable {
  /// Anything but the label.
  case untargeted
  /// A class drawn for each sample among those that are not its label, each as likely.
  case random
  /// The class whose logit is least, the first of equals; never the label.
  case leastLikely
  /// One class. Samples of it are left out.
  case label(Int)

  /// The class for a sample, by its number, label and the logits that the net gives it; nil: any but its
  /// label.
  package func target(sample: Int, label: Int, logits: [Float], seed: UInt64) -> Int? {
    switch self {
    case .untargeted: return nil
    case .label(let target): return target
    case .random:
      let words = AddressedRandom(seed: seed, purpose: .attackTarget, stream: 0).words(sample)
      let drawn = AddressedRandom.below(logits.count - 1, words[0], words[1])
      return drawn < label ? drawn : drawn + 1
    case .leastLikely:
      let others = logits.indices.filter { $0 != label }
      return others.dropFirst().reduce(others[0]) { logits[$1] < logits[$0] ? $1 : $0 }
    }
  }

  /// As options and files have it.
  package var text: String {
    switch self {
    case .untargeted: "untargeted"
    case .random: "random"
    case .leastLikely: "least-likely"
    case .label(let label): "\(label)"
    }
  }
}
