/// An attack that asks the net for nothing but logits.
package protocol BlackBoxAttack: Attack {
  var seed: UInt64 { get set }
  /// What becomes of one picture.
  func attack(_ victim: Victim, net: some AttackedNet) -> Attacked
}

extension BlackBoxAttack {
  /// A picture may take thousands of questions: few are shared out together.
  package var blockSize: Int { 8 }

  /// Each by itself.
  package func attack(_ victims: [Victim], net: PictureNet, seed: UInt64) -> [Attacked] {
    var own = self
    own.seed = seed
    return victims.map { own.attack($0, net: net) }
  }
}

extension SinglePixelAttack: BlackBoxAttack {
  package var method: AttackMethod { .singlePixel }
  package var settings: [AttackSetting] { [AttackSetting("pixels", Double(pixels))] }

  package func attack(_ victim: Victim, net: some AttackedNet) -> Attacked {
    callAsFunction(victim.picture, label: victim.label, sample: victim.sample, net: net)
  }
}

extension LocalSearchAttack: BlackBoxAttack {
  package var method: AttackMethod { .localSearch }
  package var settings: [AttackSetting] {
    [
      AttackSetting("library_form", form == .library ? 1 : 0),
      AttackSetting("probe", Double(probe)), AttackSetting("factor", Double(factor)),
      AttackSetting("reach", Double(reach)),
      AttackSetting("pixels_a_round", Double(pixelsARound)),
      AttackSetting("rounds", Double(rounds)), AttackSetting("first_share", firstShare),
      AttackSetting("seeds_a_round", Double(seedsARound)),
    ]
  }

  package func attack(_ victim: Victim, net: some AttackedNet) -> Attacked {
    callAsFunction(victim.picture, label: victim.label, sample: victim.sample, net: net)
  }
}

extension OnePixelAttack: BlackBoxAttack {
  package var method: AttackMethod { .onePixel }
  package var settings: [AttackSetting] {
    [
      AttackSetting("pixels", Double(pixels)), AttackSetting("population", Double(population)),
      AttackSetting("generations", Double(generations)),
      AttackSetting("recombination", recombination),
      AttackSetting("factor_least", factor.lowerBound),
      AttackSetting("factor_most", factor.upperBound),
      AttackSetting("from_best", base == .best ? 1 : 0),
    ]
  }

  package func attack(_ victim: Victim, net: some AttackedNet) -> Attacked {
    callAsFunction(victim.picture, label: victim.label, sample: victim.sample, net: net)
  }
}
