/// Of two nets that are attacked alike: the network, and what it is held against.
package enum AttackSubject: String, Sendable, CaseIterable {
  case network, baseline
}

/// What a series of attacks tells as it goes on, on rank 0.
package enum AttackSeriesEvent {
  /// Something begins.
  case began(String)
  /// How an attack goes on.
  case attack(AttackRun.Event)
}
