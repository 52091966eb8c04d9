import Core
import Testing

import Attacks

struct LocalSearchAttackTests {
  @Test(arguments: ["colour", "grey"])
  func resultsAreNumPys(_ name: String) throws {
    let golden = try GoldenAttacks(name)
    var attack = LocalSearchAttack()
    attack.seed = GoldenAttacks.seed
    try golden.expect("local") { attack($0, label: $1, sample: $2, net: golden.net) }
    attack.form = .library
    try golden.expect("local-library") { attack($0, label: $1, sample: $2, net: golden.net) }
    attack.form = .published
    attack.probe = 0.375
    attack.factor = 1.875
    attack.reach = 1
    attack.pixelsARound = 2
    attack.rounds = 4
    attack.firstShare = 0.2
    attack.seedsARound = 8
    try golden.expect("local-small") { attack($0, label: $1, sample: $2, net: golden.net) }
  }

  /// The darker the picture, the nearer the other class: every probe that darkens is worth something.
  private func darkness(_ threshold: Float, height: Int = 9, width: Int = 8) -> FunctionNet {
    FunctionNet(height: height, width: width) { [threshold - (1 - $0.reduce(0, +)), 0] }
  }

  /// By hand: of the seeds those that the probe darkens most win; 1.5 · (v − ½) wraps around.
  @Test func oneRoundByHand() {
    let picture: [Float] = [0.125, 0.25, 0.5, 0.75, 0.875, 1]
    let net = FunctionNet(height: 2, width: 3) { [10 + $0.reduce(0, +), 0] }
    var attack = LocalSearchAttack()
    (attack.firstShare, attack.pixelsARound, attack.rounds) = (1, 2, 1)
    let came = attack(picture, label: 0, sample: 0, net: net)
    #expect(Outcome(came, net) == Outcome(picture: picture, isSuccess: false, queries: 1 + 6 + 1))
    #expect(net.calls == [1, 6, 1])
    let probes = [
      [0, 0.25, 0.5, 0.75, 0.875, 1], [0.125, 0, 0.5, 0.75, 0.875, 1],
      [0.125, 0.25, 0.5, 0.75, 0.875, 1], [0.125, 0.25, 0.5, 1, 0.875, 1],
      [0.125, 0.25, 0.5, 0.75, 1, 1], [0.125, 0.25, 0.5, 0.75, 0.875, 1],
    ]
    #expect(net.asked[1...6].map { $0.map(Double.init) } == probes)
    // 0.125 − ½ = −0.375, times 1.5 is −0.5625, wraps to 0.4375; 0.25 − ½ becomes −0.375.
    #expect(net.asked[7] == [0.9375, 0.125, 0.5, 0.75, 0.875, 1])
  }

  @Test func roundsBuildOnEachOtherAsPublishedAndStartAnewInTheLibrary() {
    let picture = [Float](repeating: 0.45, count: 72)
    for form in LocalSearchAttack.Form.allCases {
      let net = FunctionNet(height: 9, width: 8) { [100 + $0.reduce(0, +), 0] }
      var attack = LocalSearchAttack()
      attack.form = form
      let came = attack(picture, label: 0, sample: 3, net: net)
      #expect(
        Outcome(came, net) == Outcome(picture: picture, isSuccess: false, queries: net.asked.count))
      #expect(net.calls.count == 1 + 2 * 10)
      // The changed pictures are asked for alone.
      var places = 0
      let changed = net.calls.compactMap { count -> [Float]? in
        defer { places += count }
        return count == 1 && places > 0 ? net.asked[places] : nil
      }
      #expect(changed.count == 10)
      for (round, other) in changed.enumerated() {
        let pixels = changedPixels(other, picture, of: net).count
        #expect(pixels <= 5 * (form == .library ? 1 : round + 1))
        if form == .published && round == 9 { #expect(pixels > 5) }
        #expect(other.allSatisfy { $0 >= 0 && $0 <= 1 })
      }
    }
  }

  @Test func aProbeThatFoolsTheNetCountsInTheLibraryAlone() {
    // Only a black pixel 5 fools; a changed pixel is never black.
    let picture = [Float](repeating: 0.3, count: 12)
    func net() -> FunctionNet {
      FunctionNet(height: 3, width: 4) { [$0[5] == 0 ? -1 : 1, 0] }
    }
    var attack = LocalSearchAttack()
    attack.firstShare = 1
    #expect(!attack(picture, label: 0, sample: 0, net: net()).isSuccess)
    attack.form = .library
    let came = attack(picture, label: 0, sample: 0, net: net())
    #expect(came.isSuccess && came.queries == 1 + 10 * 13)
    var expected = picture
    expected[5] = 0
    #expect(came.picture == expected)
  }

  /// The library returns the nearest of what fooled the net: of two single pixels that do, the one that
  /// is nearer to black already.
  @Test func theLibraryReturnsTheNearest() {
    var picture = [Float](repeating: 0.75, count: 12)
    (picture[2], picture[9]) = (0.375, 0.25)
    let net = FunctionNet(height: 3, width: 4) { [$0[2] == 0 || $0[9] == 0 ? -1 : 1, 0] }
    var attack = LocalSearchAttack()
    (attack.form, attack.firstShare) = (.library, 1)
    let came = attack(picture, label: 0, sample: 0, net: net)
    #expect(came.isSuccess && changedPixels(came.picture, picture, of: net) == [9])
  }

  /// Seeds of the first round: a tenth, at least one; later ones lie around changed pixels.
  @Test func seedsAreFewAndNear() {
    let net = FunctionNet(height: 1, width: 64) { [100 + $0.reduce(0, +), 0] }
    let picture = [Float](repeating: 0.4, count: 64)
    var attack = LocalSearchAttack()
    (attack.reach, attack.pixelsARound, attack.rounds) = (2, 1, 2)
    _ = attack(picture, label: 0, sample: 1, net: net)
    #expect(net.calls[1] == 6 && net.calls[3] <= 5 && net.calls[3] >= 3)
    let first = changedPixels(net.asked[7], picture, of: net)
    let center = first.first!
    for probe in net.asked[8..<8 + net.calls[3]] {
      let own = changedPixels(probe, net.asked[7], of: net)
      #expect(first.count == 1 && own.count == 1 && abs(own.first! - center) <= 2)
    }
    attack.seedsARound = 2
    let few = FunctionNet(height: 1, width: 64) { [100 + $0.reduce(0, +), 0] }
    _ = attack(picture, label: 0, sample: 1, net: few)
    #expect(few.calls == [1, 2, 1, 2, 1])
  }

  @Test func aPictureOfOnePixelCanBeAttacked() {
    let net = FunctionNet(height: 1, width: 1) { [$0[0] < 0.2 ? -1 : 1, 0] }
    let came = LocalSearchAttack()([0.25], label: 0, sample: 0, net: net)
    #expect(Outcome(came, net) == Outcome(picture: [0.125], isSuccess: true, queries: 3))
  }

  @Test func aPictureThatIsNotRecognisedComesBackAfterOneQuery() {
    let net = FunctionNet(height: 2, width: 2) { _ in [0, 1] }
    let picture: [Float] = [0, 0.25, 0.5, 1]
    let came = LocalSearchAttack()(picture, label: 0, sample: 0, net: net)
    #expect(Outcome(came, net) == Outcome(picture: picture, isSuccess: false, queries: 1))
  }

  @Test func theResultDependsOnSeedAndSampleAlone() {
    let picture = [Float](repeating: 0.45, count: 72)
    func asked(_ sample: Int, seed: UInt64 = 0) -> [[Float]] {
      let net = FunctionNet(height: 9, width: 8) { [100 + $0.reduce(0, +), 0] }
      var attack = LocalSearchAttack()
      attack.seed = seed
      _ = attack(picture, label: 0, sample: sample, net: net)
      return net.asked
    }
    #expect(asked(1) == asked(1))
    #expect(asked(1) != asked(2) && asked(1) != asked(1, seed: 1))
  }

  @Test(
    arguments: [
      { $0.probe = 0 }, { $0.probe = .infinity }, { $0.factor = -1 }, { $0.factor = 2.5 },
      { $0.factor = .nan }, { $0.reach = -1 }, { $0.pixelsARound = 0 }, { $0.rounds = 0 },
      { $0.rounds = 1 << 16 }, { $0.firstShare = 0 }, { $0.firstShare = 1.5 },
      { $0.firstShare = .nan }, { $0.seedsARound = 0 },
    ] as [@Sendable (inout LocalSearchAttack) -> Void])
  func badSettingsAreNamed(_ spoil: @Sendable (inout LocalSearchAttack) -> Void) throws {
    var attack = LocalSearchAttack()
    try attack.validate()
    spoil(&attack)
    let error = #expect(throws: CSGError.self) { try attack.validate() }
    #expect(error?.exitCode == .usage)
    #expect(error?.description.hasPrefix("local search attack: ") == true)
  }
}
