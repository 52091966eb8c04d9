/// Single pixel: pixels in random order, each set to black and then to white in all channels, until the
/// net takes the picture for another class.
///
/// Source: N. Narodytska, S. Kasiviswanathan, "Simple Black-Box Adversarial Perturbations for Deep
/// Networks", 2016, https://arxiv.org/abs/1612.06299, Algorithm 1, in the form that the library
/// advertorch gives it (`SinglePixelAttack`), whose name and number of pixels Table 4 has:
/// - Algorithm 1 draws pixels with replacement, and only counts the critical ones. The library takes
///   each pixel once and stops at the first that fools the net; so do we.
/// - Algorithm 1 sets a pixel to p · sign(value) of values around 0, which may leave the picture space.
///   The library sets it to the space's ends; so do we.
package struct SinglePixelAttack: Sendable {
  /// Pixels that are tried at most (the paper's U).
  package var pixels = 100
  /// What all channels of a pixel are set to, one after the other.
  package var values: [Float] = [0, 1]
  /// Pixels whose pictures the net is asked for at once: decides about queries and speed only.
  package var pixelsARound = 10
  package var seed: UInt64 = 0

  package init() {}

  /// - Throws: `CSGError` 64 that names a setting which makes no sense.
  package func validate() throws {
    func require(_ holds: Bool, _ setting: String, _ value: Int, _ expected: String) throws {
      try SettingCheck.require(holds, "single pixel", setting, value, expected: expected)
    }
    try require(pixels >= 1, "pixels", pixels, "1 or more")
    try require(pixelsARound >= 1, "pixels a round", pixelsARound, "1 or more")
    try SettingCheck.require(
      !values.isEmpty && values.allSatisfy { $0 >= 0 && $0 <= 1 }, "single pixel", "values", values,
      expected: "one or more in 0 ... 1")
  }

  /// Attacks `picture` [C][H][W] of class `label`; `sample` addresses the random numbers: round 0 is the
  /// order of the pixels.
  ///
  /// A picture that the net does not recognise from the start comes back unchanged, as no success, after
  /// one query: callers count such samples apart. So does one that is not fooled, after all queries.
  package func callAsFunction(
    _ picture: [Float], label: Int, sample: Int, net: some AttackedNet
  ) -> Attacked {
    var asked = CountedNet(net, picture, label: label)
    let random = AttackRandom(seed: seed, method: .singlePixel, sample: sample)
    guard asked.recognizes else { return asked.notFooled() }
    let extent = net.height * net.width
    let order = random.choose(pixels, of: Array(0..<extent), round: 0)
    for first in stride(from: 0, to: order.count, by: pixelsARound) {
      let tried = order[first..<min(first + pixelsARound, order.count)]
      let candidates = tried.flatMap { pixel in
        values.map { value in
          var candidate = picture
          for i in stride(from: pixel, to: picture.count, by: extent) { candidate[i] = value }
          return candidate
        }
      }
      let logits = asked.logits(candidates)
      if let found = logits.firstIndex(where: AttackGoal.anyBut(label).isReached) {
        return asked.fooled(by: candidates[found], logits[found])
      }
    }
    return asked.notFooled()
  }
}
