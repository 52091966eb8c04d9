/// What a net is to take a picture for.
package enum AttackGoal: Equatable {
  /// Any class but this one.
  case anyBut(Int)
  /// This class.
  case only(Int)

  package func isReached(_ logits: [Float]) -> Bool {
    switch self {
    case .anyBut(let label): Prediction.of(logits) != label
    case .only(let target): Prediction.of(logits) == target
    }
  }

  /// How near the net is to it, the larger the nearer: with p the softmax probability of the class
  /// named, the odds (1 − p) / p against it, or their negative.
  ///
  /// They order pictures as p does, but still differ where p would round to 1 (`Prediction.odds`).
  package func nearness(_ logits: [Float]) -> Double {
    switch self {
    case .anyBut(let label): Prediction.odds(against: label, logits)
    case .only(let target): -Prediction.odds(against: target, logits)
    }
  }
}
