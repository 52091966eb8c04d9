import Core

/// One picture's way through the attack of Carlini and Wagner: searches for c, and in each the descent.
///
/// Used by one thread at a time: the net is asked about `picture`, and `take` goes on by its answer.
package final class CarliniWagnerSearch: @unchecked Sendable {
  /// c beyond which no success was seen; c that counts as found.
  private static let mostConstant = 1e9
  /// A loss that falls by less than a millionth stands still.
  private static let standstill = 0.999_999
  /// Looks whether it does, in a search; searches from which on the last takes the best c again.
  private static let looks = 10, searchesToRepeat = 10

  private let victim: Victim
  private let settings: CarliniWagner
  private var space: TanhSpace
  private var adam: Adam
  /// c of the search at hand.
  package private(set) var constant: Double
  private var bounds = (low: 0.0, high: Double.infinity)
  private var search = 0, iteration = 0
  private var lossAtLastLook = Double.infinity
  private var hasSucceeded = false
  private var best: (picture: [Float], distance: Double, logits: [Float])?
  private var queries = 0
  private var sawNoGradient = false

  /// The loss that the last answer came to.
  package private(set) var loss = Double.infinity
  /// Whether all searches are over.
  package private(set) var isDone = false
  /// What the net is to be asked about, in [0, 1], [C][H][W].
  package var picture: [Float] { space.picture }

  /// The start of one.
  package init(_ victim: Victim, _ settings: CarliniWagner) {
    self.victim = victim
    self.settings = settings
    constant = settings.budget.constant
    space = TanhSpace(around: victim.picture)
    adam = Adam(count: victim.picture.count, learningRate: settings.learningRate)
  }

  /// The margin of the logit that must lose over the one that must win, plus the confidence; and the
  /// class beside the one that the attack is about. Below 0 the net is fooled by more than asked for.
  private func margin(_ logits: [Float]) -> (value: Double, other: Int) {
    var other = victim.aim == 0 ? 1 : 0
    for c in logits.indices where c != victim.aim && logits[c] > logits[other] { other = c }
    let lead = Double(logits[victim.aim]) - Double(logits[other])
    return ((victim.target == nil ? lead : -lead) + settings.confidence, other)
  }

  /// The gradient of c · max(0, margin) by the logits [C].
  package func weights(_ logits: [Float]) -> [Float] {
    var weights = [Float](repeating: 0, count: logits.count)
    let (margin, other) = margin(logits)
    guard margin >= 0 else { return weights }
    weights[victim.aim] = Float(victim.target == nil ? constant : -constant)
    weights[other] = -weights[victim.aim]
    return weights
  }

  /// Goes on by the net's answer about `picture`: its logits, and the gradient that `weights` gives.
  package func take(_ slope: PictureNet.Slope) {
    queries += 1
    let (margin, _) = margin(slope.logits)
    let distance = space.squaredDistance
    loss = distance + constant * max(0, margin)
    if iteration % max(1, settings.budget.iterations / Self.looks) == 0 {
      if loss > lossAtLastLook * Self.standstill { return endSearch() }
      lossAtLastLook = loss
    }
    if isSuccess(slope.logits) {
      hasSucceeded = true
      if distance < best?.distance ?? .infinity {
        best = (space.picture, distance, slope.logits)
      }
    } else if margin > 0, slope.gradient.allSatisfy({ $0 == 0 }) {
      sawNoGradient = true
    }
    iteration += 1
    guard iteration < settings.budget.iterations else { return endSearch() }
    space.move(by: adam.step(space.gradient(slope.gradient)))
  }

  /// Whether the net is fooled, by the confidence at least.
  private func isSuccess(_ logits: [Float]) -> Bool {
    var logits = logits
    logits[victim.aim] += Float(
      victim.target == nil ? settings.confidence : -settings.confidence)
    return victim.isFooled(logits)
  }

  /// Narrows c down: smaller after a success, else larger, tenfold until there was one.
  private func endSearch() {
    if hasSucceeded {
      bounds.high = min(bounds.high, constant)
    } else {
      bounds.low = max(bounds.low, constant)
    }
    let isBounded = bounds.high < Self.mostConstant
    constant = isBounded ? (bounds.low + bounds.high) / 2 : constant * 10
    search += 1
    if search == settings.budget.searches { return isDone = true }
    if search + 1 == settings.budget.searches, search + 1 >= Self.searchesToRepeat, isBounded {
      constant = bounds.high
    }
    (iteration, hasSucceeded, lossAtLastLook) = (0, false, .infinity)
    space.restart()
    adam = Adam(count: victim.picture.count, learningRate: settings.learningRate)
  }

  /// What it found: the nearest picture that fooled the net, or the picture as it was.
  package var result: Attacked {
    Attacked(
      picture: best?.picture ?? victim.picture, isSuccess: best != nil, queries: queries,
      logits: best?.logits, sawNoGradient: sawNoGradient)
  }
}
