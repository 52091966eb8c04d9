import Core

/// Signs that an attack was weak, not a net strong, raised for whoever reads the table; after the idea of
/// AutoAttack's flags (Croce and Hein, ICML 2020).
package enum DefenceWarnings {
  /// What one attack came to on a net.
  package struct Found {
    let name: String, method: AttackMethod, epsilon: Double?
    let attacked: Int, successes: Int, zeroGradients: Int

    /// An attack by a method, with a radius where it has one: pictures, those that fooled the net, and those
    /// on which the attack was blind.
    package init(
      _ name: String, _ method: AttackMethod, epsilon: Double? = nil, attacked: Int, successes: Int,
      zeroGradients: Int = 0
    ) {
      self.name = name
      self.method = method
      self.epsilon = epsilon
      self.attacked = attacked
      self.successes = successes
      self.zeroGradients = zeroGradients
    }
  }

  /// Of all attacks on one net.
  package static func all(_ found: [Found], on subject: AttackSubject) -> [AttackSummary.Warning] {
    blind(found, subject.rawValue) + blackBoxes(found, subject.rawValue)
      + radii(found, subject.rawValue)
  }

  private static func blind(_ found: [Found], _ net: String) -> [AttackSummary.Warning] {
    found.filter { $0.zeroGradients > 0 }.map {
      AttackSummary.Warning(
        name: "zero-gradients",
        text: "\($0.name) saw no gradient of the \(net) for \($0.zeroGradients) of \($0.attacked) "
          + "pictures: that these resist says nothing of it")
    }
  }

  /// A black box sees less than an attack by gradients: where it wins, that one is broken, too short, or kept
  /// in too small a ball.
  private static func blackBoxes(_ found: [Found], _ net: String) -> [AttackSummary.Warning] {
    guard let best = found.filter(\.method.isWhiteBox).map(\.successes).max() else { return [] }
    return found.filter { !$0.method.isWhiteBox && $0.successes > best }.map {
      AttackSummary.Warning(
        name: "black-box-wins",
        text:
          "\($0.name) fools the \(net) \(NumberText.count($0.successes, "time")), attacks by its gradient \(NumberText.count(best, "time")) at "
          + "most: these are too weak, or their ball is too small, to tell")
    }
  }

  /// A larger ball holds the smaller: where that wins, the attack is too short.
  private static func radii(_ found: [Found], _ net: String) -> [AttackSummary.Warning] {
    found.flatMap { small in
      found.filter { large in
        guard large.method == small.method, let least = small.epsilon, let most = large.epsilon
        else { return false }
        return least < most && small.successes > large.successes
      }.map { large in
        AttackSummary.Warning(
          name: "smaller-radius-wins",
          text:
            "\(small.name) fools the \(net) \(NumberText.count(small.successes, "time")), \(large.name) "
            + "\(NumberText.count(large.successes, "time")): the larger one does not find what there is"
        )
      }
    }
  }
}
