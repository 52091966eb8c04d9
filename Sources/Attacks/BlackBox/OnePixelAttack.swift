import Core

/// One pixel: differential evolution looks for the place and colour of one pixel (or a few) that make the
/// net take the picture for another class.
///
/// Source: J. Su, D. Vargas, K. Sakurai, "One Pixel Attack for Fooling Deep Neural Networks", 2017,
/// https://arxiv.org/abs/1710.08864; numbers of the CSG authors' script of 2019. A child is
/// x_r1 + F · (x_r2 − x_r3), r1, r2, r3 and its parent all different, and replaces its parent if it is at
/// least as good. Where the paper is silent:
/// - All children of a generation come from the same parents, as in the paper and in the reworked SciPy
///   solver of public code (Hyperparticle/one-pixel-attack-keras), so that they are asked for at once.
/// - Numbers that leave the space: SciPy's rule. The first population is clipped to it (only colours can
///   leave it), and a child's number outside is drawn anew, uniformly. So colours do not drift.
/// - Positions and colours are cut to whole numbers, colours of 255 (public code).
/// - It stops as soon as any picture asked for, the first population's included, fools the net, and takes
///   the best of a generation that do. (Public code looks at the best member only, and after a
///   generation; the paper stops at probabilities.)
/// - The population is `population` for any number of pixels (paper; public code: the largest multiple of
///   the vector's numbers up to it).
///
/// Public code calls SciPy with its defaults, which start a child from the best member, not a random one,
/// and draw F from 0.5 ... 1 for each generation: `base` and `factor` can say so.
package struct OnePixelAttack: Sendable {
  /// What a child starts from.
  package enum Base: String, CaseIterable, Sendable {
    /// A random member (rand/1).
    case random
    /// The best member, the first of equals (best/1).
    case best
  }

  /// Pixels that are changed; the paper has 1, 3 and 5.
  package var pixels = 1
  package var population = 400
  package var generations = 75
  /// How likely a number of a child comes from the mixture, not from its parent; one number always does.
  package var recombination = 1.0
  /// F; drawn uniformly for each generation where the ends differ.
  package var factor = 0.5...0.5
  package var base = Base.random
  /// Colours of the first population, on the scale 0 ... 255.
  package var colourMean = 128.0
  package var colourDeviation = 127.0
  package var seed: UInt64 = 0

  package init() {}

  /// - Throws: `CSGError` 64 that names a setting which makes no sense.
  package func validate() throws {
    func require(
      _ holds: Bool, _ setting: String, _ value: some CustomStringConvertible, _ expected: String
    ) throws {
      try SettingCheck.require(holds, "one pixel", setting, value, expected: expected)
    }
    try require(pixels >= 1 && pixels <= 1024, "pixels", pixels, "1 ... 1024")
    try require(population >= 4 && population <= 1 << 16, "population", population, "4 ... 65536")
    try require(
      generations >= 0 && generations < 1 << 16, "generations", generations, "0 ... 65535")
    try require(
      recombination >= 0 && recombination <= 1, "recombination", recombination,
      "a number in 0 ... 1")
    try require(
      factor.lowerBound >= 0 && factor.upperBound <= 2, "factor", factor, "numbers in 0 ... 2")
    try require(colourMean.isFinite, "colour mean", colourMean, "a number")
    try require(
      colourDeviation >= 0 && colourDeviation.isFinite, "colour deviation", colourDeviation,
      "a number from 0 up")
  }

  /// Attacks `picture` [C][H][W] of class `label`, towards `target` where one is given; `sample` addresses
  /// the random numbers: round i is generation i.
  ///
  /// A picture that the net does not recognise from the start comes back unchanged, as no success, after
  /// one query: callers count such samples apart. So does one that is not fooled, after all queries.
  package func callAsFunction(
    _ picture: [Float], label: Int, target: Int? = nil, sample: Int, net: some AttackedNet
  ) -> Attacked {
    precondition(target != label, "an attack aims at another class than the label, \(label)")
    precondition(target.map { $0 >= 0 && $0 < net.classes } ?? true, "no class \(target ?? -1)")
    var asked = CountedNet(net, picture, label: label)
    let random = AttackRandom(seed: seed, method: .onePixel, sample: sample)
    guard asked.recognizes else { return asked.notFooled() }
    let goal = target.map { AttackGoal.only($0) } ?? .anyBut(label)
    let space = PixelSpace(
      pixels: pixels, channels: net.channels,
      grid: PixelGrid(height: net.height, width: net.width))
    let evolution = PixelEvolution(settings: self, space: space, random: random)

    var members = evolution.founders()
    var fitness: [Double] = []
    for generation in 0...generations {
      let tried =
        generation == 0
        ? members
        : evolution.children(
          of: members, best: fitness.indices.reduce(0) { fitness[$1] > fitness[$0] ? $1 : $0 },
          generation: generation)
      let pictures = tried.map { space.applying($0, to: picture) }
      let logits = asked.logits(pictures)
      let scores = logits.map(goal.nearness)
      let fooling = logits.indices.filter { goal.isReached(logits[$0]) }
      if let found = fooling.max(by: { (scores[$0], -$0) < (scores[$1], -$1) }) {
        return asked.fooled(by: pictures[found], logits[found])
      }
      if generation == 0 {
        fitness = scores
      } else {
        for member in members.indices where scores[member] >= fitness[member] {
          (members[member], fitness[member]) = (tried[member], scores[member])
        }
      }
    }
    return asked.notFooled()
  }
}
