import Core

/// Signs that an attack was weak, not a net strong, raised for whoever reads the table; after the idea of
/// AutoAttack's flags (Croce and Hein, ICML 2020).
enum DefenceWarnings {
  static func all(_ attacks: [DefenceMetrics.Attacked]) -> [AttackSummary.Warning] {
    DefenceFolder.Subject.allCases.flatMap { subject in
      blind(attacks, subject) + blackBoxes(attacks, subject) + radii(attacks, subject)
    }
  }

  private static func found(
    _ attack: DefenceMetrics.Attacked, _ subject: DefenceFolder.Subject
  ) -> DefenceMetrics.OfAttack {
    subject == .network ? attack.network : attack.baseline
  }

  private static func blind(
    _ attacks: [DefenceMetrics.Attacked], _ subject: DefenceFolder.Subject
  ) -> [AttackSummary.Warning] {
    attacks.compactMap { attack in
      let found = found(attack, subject)
      guard found.zeroGradients > 0 else { return nil }
      return AttackSummary.Warning(
        name: "zero-gradients",
        text:
          "\(attack.name) saw no gradient of the \(subject.rawValue) for \(found.zeroGradients) of "
          + "\(found.attacked) pictures: that these resist says nothing of it")
    }
  }

  /// A black box sees less than an attack by gradients: where it wins, that one is broken, too short, or kept
  /// in too small a ball.
  private static func blackBoxes(
    _ attacks: [DefenceMetrics.Attacked], _ subject: DefenceFolder.Subject
  ) -> [AttackSummary.Warning] {
    let white = attacks.filter { $0.method.isWhiteBox }
    guard let best = white.map({ found($0, subject).successes }).max() else { return [] }
    return attacks.filter { !$0.method.isWhiteBox && found($0, subject).successes > best }.map {
      AttackSummary.Warning(
        name: "black-box-wins",
        text:
          "\($0.name) fools the \(subject.rawValue) \(found($0, subject).successes) times, attacks by "
          + "its gradient \(best) times at most: these are too weak, or their ball is too small, to tell"
      )
    }
  }

  /// A larger ball holds the smaller: where that wins, the attack is too short.
  private static func radii(
    _ attacks: [DefenceMetrics.Attacked], _ subject: DefenceFolder.Subject
  ) -> [AttackSummary.Warning] {
    var warnings: [AttackSummary.Warning] = []
    for small in attacks {
      for large in attacks where large.method == small.method {
        guard let least = small.settings["epsilon"], let most = large.settings["epsilon"],
          least < most, found(small, subject).successes > found(large, subject).successes
        else { continue }
        warnings.append(
          AttackSummary.Warning(
            name: "smaller-radius-wins",
            text:
              "\(small.name) fools the \(subject.rawValue) \(found(small, subject).successes) times, "
              + "\(large.name) \(found(large, subject).successes) times: the larger one does not find what "
              + "there is"))
      }
    }
    return warnings
  }
}
