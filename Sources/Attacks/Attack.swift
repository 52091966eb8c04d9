/// A way to fool a net.
///
/// What it makes of a picture depends on that picture, its label, target and number, the net and the
/// seed: never on the pictures beside it, on ranks or on threads.
package protocol Attack: Sendable {
  /// The method as the command line calls it.
  var method: AttackMethod { get }
  /// All that its result depends on beside the net, the picture and the seed, by name.
  var settings: [AttackSetting] { get }
  /// Pictures that are shared out, kept and resumed together.
  var blockSize: Int { get }
  /// What becomes of each picture, in order.
  func attack(_ victims: [Victim], net: PictureNet, seed: UInt64) -> [Attacked]
  /// The most that a value may change by; nil: there is no such bound.
  var radius: Float? { get }
  /// How large random signs are that change a picture as much as the attack did; nil where the attack
  /// has no such measure, or found nothing.
  func noiseSize(_ attacked: Attacked, of victim: Victim) -> Float?
}

extension Attack {
  package var radius: Float? { nil }
  package func noiseSize(_ attacked: Attacked, of victim: Victim) -> Float? { nil }
}

/// The ways that there are.
package enum AttackMethod: String, Sendable, CaseIterable, Encodable {
  case fgsm, pgd, cw
  case singlePixel = "single-pixel"
  case localSearch = "local-search"
  case onePixel = "one-pixel"

  /// Whether it follows gradients; else it asks for logits alone.
  package var isWhiteBox: Bool { [.fgsm, .pgd, .cw].contains(self) }
  /// Whether it can lead a picture to a class that was chosen, whatever the net takes it for before.
  package var takesTargets: Bool { isWhiteBox }
  /// What it is after unless it is told: the paper's white-box attacks have random targets (Sec. 5.2),
  /// black boxes are to be wrong in any way (Appendix J).
  package var usualAim: AttackAim { isWhiteBox ? .random : .untargeted }
}

/// A number that an attack goes by.
package struct AttackSetting: Sendable, Equatable {
  /// As files and `--json` name it.
  package let name: String
  /// Its value.
  package let value: Double

  /// A named number.
  package init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
