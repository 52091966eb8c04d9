/// Local search: in each round single pixels are probed, those whose probe lowers the probability of the
/// label most are changed, and the next round probes around them.
///
/// Source: N. Narodytska, S. Kasiviswanathan, "Simple Black-Box Adversarial Perturbations for Deep
/// Networks", 2016, https://arxiv.org/abs/1612.06299, Algorithms 2 and 3, with the numbers that the
/// library advertorch (`LocalSearchAttack`) has by default, whose name Table 4 has.
///
/// Values are taken around 0 as in the paper: v − ½ in −½ ... ½, the ends LB and UB of the picture space.
/// What is left open or contradicts itself:
/// - Algorithm 3 says "descending order of score" and takes the first, the text that pixels with a larger
///   decrease of the probability are the useful ones. The library takes the lowest probability; so do we.
/// - Probes may leave the picture space in Algorithm 3 (p = 1 is twice UB). The library clips them, as a
///   net's pictures lie in it; so do we.
/// - The paper's experiments adapt p and let a changed pixel rest for 30 rounds; Algorithm 3 and the
///   library do neither; nor do we.
/// - Equal scores: the pixel that comes first in the picture goes first.
package struct LocalSearchAttack: Sendable {
  /// Where paper and library go apart.
  package enum Form: String, CaseIterable, Sendable {
    /// Algorithm 3: a round changes the picture that the last one left, so up to rounds · pixels a round
    /// differ in the end; only the changed picture counts.
    case published
    /// The library: each round starts from the attacked picture again, so no more than the pixels of
    /// one round differ; a probe that fools the net counts too. It goes on to the end or to the first
    /// round whose changed picture fools the net, and returns the nearest by L2 of what fooled it.
    case library
  }

  package var form = Form.published
  /// A probed value is probe · sign(v − ½) around ½, clipped (the paper's p).
  package var probe: Float = 1
  /// A changed value is factor · (v − ½), led back into the space cyclically (r).
  package var factor: Float = 1.5
  /// Half the side of the square that the next round probes around a changed pixel (d).
  package var reach = 5
  /// Pixels that a round changes (t).
  package var pixelsARound = 5
  /// Rounds at most (R).
  package var rounds = 10
  /// The share of all pixels that the first round probes; at least one.
  package var firstShare = 0.1
  /// Pixels that a round probes at most, chosen at random.
  package var seedsARound = 128
  package var seed: UInt64 = 0

  package init() {}

  /// - Throws: `CSGError` 64 that names a setting which makes no sense.
  package func validate() throws {
    func require(
      _ holds: Bool, _ setting: String, _ value: some CustomStringConvertible, _ expected: String
    ) throws {
      try SettingCheck.require(holds, "local search", setting, value, expected: expected)
    }
    try require(probe > 0 && probe.isFinite, "probe", probe, "a number above 0")
    try require(factor >= 0 && factor <= 2, "factor", factor, "a number in 0 ... 2")
    try require(reach >= 0 && reach <= 1 << 20, "reach", reach, "0 ... 1048576")
    try require(pixelsARound >= 1, "pixels a round", pixelsARound, "1 or more")
    try require(rounds >= 1 && rounds < 1 << 16, "rounds", rounds, "1 ... 65535")
    try require(
      firstShare > 0 && firstShare <= 1, "first share", firstShare, "a number above 0, up to 1")
    try require(seedsARound >= 1, "seeds a round", seedsARound, "1 or more")
  }

  /// Attacks `picture` [C][H][W] of class `label`; `sample` addresses the random numbers: round 0 is the
  /// choice of the first seeds, round i that of the seeds after i rounds.
  ///
  /// A picture that the net does not recognise from the start comes back unchanged, as no success, after
  /// one query: callers count such samples apart. So does one that is not fooled, after all queries.
  package func callAsFunction(
    _ picture: [Float], label: Int, sample: Int, net: some AttackedNet
  ) -> Attacked {
    var asked = CountedNet(net, picture, label: label)
    let random = AttackRandom(seed: seed, method: .localSearch, sample: sample)
    guard asked.recognizes else { return asked.notFooled() }
    let goal = AttackGoal.anyBut(label)
    let grid = PixelGrid(height: net.height, width: net.width)
    let first = min(seedsARound, max(1, Int(firstShare * Double(grid.count))))
    var seeds = random.choose(first, of: Array(0..<grid.count), round: 0).sorted()
    var current = picture
    var nearest = NearestPicture(to: picture)
    for round in 1...rounds {
      let probes = seeds.map { probing(current, $0, of: grid) }
      let logits = asked.logits(probes)
      if form == .library {
        for (probe, answer) in zip(probes, logits) where goal.isReached(answer) {
          nearest.take(probe, answer)
        }
      }
      let chosen = best(seeds, logits.map(goal.nearness))
      for pixel in chosen { cycle(&current, pixel, of: grid) }
      let answer = asked.logits([current])[0]
      if goal.isReached(answer) {
        nearest.take(current, answer)
        break
      }
      if form == .library { current = picture }
      seeds = random.choose(seedsARound, of: grid.around(chosen, reach: reach), round: round)
        .sorted()
    }
    guard let found = nearest.found else { return asked.notFooled() }
    return asked.fooled(by: found.picture, found.logits)
  }

  /// The `pixelsARound` of `seeds` (ascending) with the largest scores.
  private func best(_ seeds: [Int], _ scores: [Double]) -> [Int] {
    let order = seeds.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    return order.prefix(pixelsARound).map { seeds[$0] }
  }

  /// The paper's PERT: `picture` with one pixel probed.
  private func probing(_ picture: [Float], _ pixel: Int, of grid: PixelGrid) -> [Float] {
    var probed = picture
    for i in stride(from: pixel, to: picture.count, by: grid.count) {
      let centered = picture[i] - 0.5
      let sign: Float = centered > 0 ? 1 : centered < 0 ? -1 : 0
      probed[i] = min(1, max(0, 0.5 + probe * sign))
    }
    return probed
  }

  /// The paper's CYCLIC, Algorithm 2, for all channels of a pixel.
  private func cycle(_ picture: inout [Float], _ pixel: Int, of grid: PixelGrid) {
    for i in stride(from: pixel, to: picture.count, by: grid.count) {
      var value = factor * (picture[i] - 0.5)
      if value < -0.5 { value += 1 } else if value > 0.5 { value -= 1 }
      picture[i] = value + 0.5
    }
  }
}

/// The nearest of several pictures to one, by L2; the first of equally near ones.
private struct NearestPicture {
  private let origin: [Float]
  private var distance = Double.infinity
  private(set) var found: (picture: [Float], logits: [Float])?

  init(to origin: [Float]) { self.origin = origin }

  /// Takes `other` where it is nearer; squares are added in index order.
  mutating func take(_ other: [Float], _ logits: [Float]) {
    var sum = 0.0
    for (a, b) in zip(origin, other) {
      let difference = Double(a) - Double(b)
      sum += difference * difference
    }
    if sum < distance { (distance, found) = (sum, (other, logits)) }
  }
}
