import Core
import Testing

import Attacks

struct SinglePixelAttackTests {
  /// Fooled where the pixel at `place` is white in all channels.
  private func net(channels: Int = 3, height: Int = 5, width: Int = 7, place: Int) -> FunctionNet {
    FunctionNet(channels: channels, height: height, width: width) { picture in
      let extent = height * width
      return (0..<channels).allSatisfy { picture[$0 * extent + place] == 1 } ? [0, 1] : [1, 0]
    }
  }

  @Test(arguments: ["colour", "grey"])
  func resultsAreNumPys(_ name: String) throws {
    let golden = try GoldenAttacks(name)
    var attack = SinglePixelAttack()
    attack.seed = GoldenAttacks.seed
    try golden.expect("single") { attack($0, label: $1, sample: $2, net: golden.net) }
    attack.pixels = 7
    attack.pixelsARound = 3
    try golden.expect("single-few") { attack($0, label: $1, sample: $2, net: golden.net) }
  }

  @Test func theOnePixelThatTellsIsFound() {
    let net = net(place: 17)
    let picture = [Float](repeating: 0.5, count: 105)
    let came = SinglePixelAttack()(picture, label: 0, sample: 4, net: net)
    #expect(came.isSuccess)
    #expect(changedPixels(came.picture, picture, of: net) == [17])
    #expect([17, 52, 87].allSatisfy { came.picture[$0] == 1 })
    #expect(came.queries == net.calls.reduce(0, +))
    #expect(net.calls.dropLast().allSatisfy { $0 == 1 || $0 == 20 })
  }

  @Test func aNetThatNothingFoolsIsAskedForAllPixelsInBothColours() {
    let net = FunctionNet(height: 6, width: 4) { _ in [1, 0] }
    let picture = [Float](repeating: 0.25, count: 24)
    let came = SinglePixelAttack()(picture, label: 0, sample: 0, net: net)
    #expect(Outcome(came, net) == Outcome(picture: picture, isSuccess: false, queries: 1 + 2 * 24))
    #expect(net.calls == [1, 20, 20, 8])
    #expect(Set(net.asked.map { $0.map(\.bitPattern) }).count == 49)
    for asked in net.asked.dropFirst() {
      #expect(changedPixels(asked, picture, of: net).count == 1)
    }
    var few = SinglePixelAttack()
    few.pixels = 5
    #expect(few(picture, label: 0, sample: 0, net: net).queries == 11)
  }

  @Test func howManyAreAskedForAtOnceDoesNotChangeThePicture() {
    let picture = [Float](repeating: 0.5, count: 105)
    var attack = SinglePixelAttack()
    let usual = attack(picture, label: 0, sample: 9, net: net(place: 3))
    attack.pixelsARound = 1
    let alone = attack(picture, label: 0, sample: 9, net: net(place: 3))
    #expect(usual.picture == alone.picture && usual.queries >= alone.queries)
  }

  @Test func theOrderDependsOnSeedAndSampleAlone() {
    let picture = [Float](repeating: 0.5, count: 105)
    func order(_ sample: Int, seed: UInt64 = 0) -> [[Float]] {
      let net = FunctionNet(channels: 3, height: 5, width: 7) { _ in [1, 0] }
      var attack = SinglePixelAttack()
      attack.seed = seed
      _ = attack(picture, label: 0, sample: sample, net: net)
      return net.asked
    }
    #expect(order(1) == order(1))
    #expect(order(1) != order(2) && order(1) != order(1, seed: 1))
  }

  @Test func aPictureOfOnePixelCanBeAttacked() {
    let net = FunctionNet(height: 1, width: 1) { $0[0] == 0 ? [0, 1] : [1, 0] }
    let came = SinglePixelAttack()([0.5], label: 0, sample: 0, net: net)
    #expect(Outcome(came, net) == Outcome(picture: [0], isSuccess: true, queries: 3))
  }

  @Test func aPictureThatIsNotRecognisedComesBackAfterOneQuery() {
    let net = FunctionNet(height: 2, width: 2) { _ in [0, 1] }
    let picture: [Float] = [0, 0.25, 0.5, 1]
    let came = SinglePixelAttack()(picture, label: 0, sample: 0, net: net)
    #expect(Outcome(came, net) == Outcome(picture: picture, isSuccess: false, queries: 1))
    #expect(net.calls == [1])
  }

  @Test(
    arguments: [
      (\SinglePixelAttack.pixels, "pixels is 0"), (\.pixelsARound, "pixels a round is 0"),
    ] as [(WritableKeyPath<SinglePixelAttack, Int> & Sendable, String)])
  func countsStartFromOne(
    _ setting: WritableKeyPath<SinglePixelAttack, Int> & Sendable, message: String
  ) throws {
    var attack = SinglePixelAttack()
    try attack.validate()
    attack[keyPath: setting] = 0
    let error = #expect(throws: CSGError.self) { try attack.validate() }
    #expect(error?.exitCode == .usage)
    #expect(error?.description == "single pixel attack: \(message); choose 1 or more")
  }

  @Test(arguments: [[], [-0.1], [0, 1.5], [.nan]] as [[Float]])
  func valuesLieInThePictureSpace(_ values: [Float]) {
    var attack = SinglePixelAttack()
    attack.values = values
    #expect(throws: CSGError.self) { try attack.validate() }
  }
}
