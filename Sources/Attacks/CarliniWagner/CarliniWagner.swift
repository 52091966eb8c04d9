import Core

/// The L2 attack of Carlini and Wagner (2017, https://arxiv.org/abs/1608.04644, Section VI-A): the
/// smallest change that fools the net, by gradient descent on squared distance + c · margin.
///
/// What the paper leaves to code is as in advertorch's CarliniWagnerL2Attack, but for one thing: there a
/// batch stops searching when the sum of its losses stands still; here every picture is on its own.
package struct CarliniWagner: Attack {
  /// How much is tried.
  package struct Budget: Sendable, Equatable {
    /// Searches for c, and steps of descent in each.
    package var searches: Int, iterations: Int
    /// The first c.
    package var constant: Double

    /// So many searches of so many steps.
    package init(searches: Int, iterations: Int, constant: Double) {
      self.searches = searches
      self.iterations = iterations
      self.constant = constant
    }

    /// The paper's of 2020: 9 × 100 from 1e-3.
    package static let paper = Budget(searches: 9, iterations: 100, constant: 1e-3)
    /// The defaults of torchattacks' CW: 1 × 50, c = 1
    /// (https://github.com/Harry24k/adversarial-attacks-pytorch).
    package static let torchattacks = Budget(searches: 1, iterations: 50, constant: 1)
  }

  /// Its searches.
  package let budget: Budget
  /// By how much the logit that wins must win.
  package let confidence: Double
  /// Adam's.
  package let learningRate: Double

  /// An attack with such a budget.
  package init(budget: Budget = .paper, confidence: Double = 0, learningRate: Double = 0.01) {
    self.budget = budget
    self.confidence = confidence
    self.learningRate = learningRate
  }

  package let method = AttackMethod.cw
  package var settings: [AttackSetting] {
    [
      AttackSetting("searches", Double(budget.searches)),
      AttackSetting("iterations", Double(budget.iterations)),
      AttackSetting("constant", budget.constant), AttackSetting("confidence", confidence),
      AttackSetting("learning_rate", learningRate),
    ]
  }

  package let blockSize = 16

  /// Signs of that size are as far from the picture as what was found, by L2.
  package func noiseSize(_ attacked: Attacked, of victim: Victim) -> Float? {
    guard attacked.isSuccess else { return nil }
    let distance = Change(from: victim.picture, to: attacked.picture, channels: 1).l2
    return Float(distance / Double(victim.picture.count).squareRoot())
  }

  package func attack(_ victims: [Victim], net: PictureNet, seed: UInt64) -> [Attacked] {
    let searches = victims.map { CarliniWagnerSearch($0, self) }
    var active = searches
    while !active.isEmpty {
      let slopes = net.slopes(active.map(\.picture)) { n, logits in active[n].weights(logits) }
      net.team.forEach(active.count) { n, _ in active[n].take(slopes[n]) }
      active.removeAll(where: \.isDone)
    }
    return searches.map(\.result)
  }
}
