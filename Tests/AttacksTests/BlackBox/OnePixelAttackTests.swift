import Core
import Testing

import Attacks

struct OnePixelAttackTests {
  @Test(arguments: ["colour", "grey"])
  func resultsAreNumPys(_ name: String) throws {
    let golden = try GoldenAttacks(name)
    let net = golden.net
    var attack = OnePixelAttack()
    attack.seed = GoldenAttacks.seed
    try golden.expect("one") { attack($0, label: $1, sample: $2, net: net) }
    attack.population = 6
    try golden.expect("one-small") { attack($0, label: $1, sample: $2, net: net) }
    (attack.pixels, attack.population) = (3, 10)
    try golden.expect("one-targeted") { picture, label, sample in
      attack(picture, label: label, target: (label + 1) % net.classes, sample: sample, net: net)
    }
    (attack.pixels, attack.population, attack.recombination) = (2, 8, 0.7)
    (attack.base, attack.factor) = (.best, 0.5...1)
    try golden.expect("one-best") { attack($0, label: $1, sample: $2, net: net) }
  }

  @Test func evolutionFindsTheRarePixel() {
    // Only a nearly black pixel at row 10, column 10 fools; dark ones nearby come near to it.
    let net = FunctionNet(channels: 3, height: 20, width: 20) { picture in
      var darkness: Float = 0
      for i in picture.indices {
        let (row, column) = (i % 400).quotientAndRemainder(dividingBy: 20)
        darkness += (1 - picture[i]) / 3 * (1 - 0.04 * Float(abs(row - 10) + abs(column - 10)))
      }
      return [0.97 - darkness, 0]
    }
    let picture = [Float](repeating: 1, count: 1200)
    let came = OnePixelAttack()(picture, label: 0, sample: 2, net: net)
    #expect(came.isSuccess && came.queries > 401 && (came.queries - 1) % 400 == 0)
    #expect(changedPixels(came.picture, picture, of: net) == [210])
    #expect(net.calls.dropFirst().allSatisfy { $0 == 400 })
  }

  @Test(arguments: [1, 3, 5])
  func noMorePixelsChangeThanAllowed(_ pixels: Int) {
    let net = FunctionNet(channels: 3, height: 6, width: 4) { _ in [1, 0] }
    let picture = (0..<72).map { Float($0) / 72 }
    var attack = OnePixelAttack()
    (attack.pixels, attack.population, attack.generations) = (pixels, 30, 4)
    let came = attack(picture, label: 0, sample: 0, net: net)
    #expect(Outcome(came, net) == Outcome(picture: picture, isSuccess: false, queries: 1 + 30 * 5))
    #expect(net.calls == [1, 30, 30, 30, 30, 30])
    let counts = net.asked.dropFirst().map { changedPixels($0, picture, of: net).count }
    #expect(counts.max() == pixels)
    for asked in net.asked.dropFirst() {
      for (value, old) in zip(asked, picture) where value != old {
        // A whole number of 255ths.
        let colour = (value * 255).rounded()
        #expect(colour >= 0 && colour <= 255 && value == colour / 255)
      }
    }
  }

  @Test func aTargetIsReachedOrNot() {
    // Dark is class 1, light is class 2.
    let net = FunctionNet(height: 3, width: 3, classes: 3) { picture in
      [0, picture.min()! < 0.3 ? 1 : -1, picture.max()! > 0.7 ? 1.5 : -1]
    }
    let picture = [Float](repeating: 0.5, count: 9)
    let attack = OnePixelAttack()
    for target in [1, 2] {
      let came = attack(picture, label: 0, target: target, sample: 0, net: net)
      #expect(came.isSuccess && Prediction.of(net.logits([came.picture])[0]) == target)
    }
    let hopeless = FunctionNet(height: 3, width: 3, classes: 3) {
      $0 == picture ? [1, 0, 0] : [0, 1, 0]
    }
    var small = attack
    (small.population, small.generations) = (5, 2)
    let came = small(picture, label: 0, target: 2, sample: 0, net: hopeless)
    #expect(Outcome(came, hopeless) == Outcome(picture: picture, isSuccess: false, queries: 16))
  }

  @Test func noGenerationsLeaveTheFirstPopulation() {
    let net = FunctionNet(height: 3, width: 3) { _ in [1, 0] }
    var attack = OnePixelAttack()
    attack.generations = 0
    #expect(
      attack([Float](repeating: 0.5, count: 9), label: 0, sample: 0, net: net).queries == 401)
  }

  @Test func aPictureOfOnePixelCanBeAttacked() {
    let net = FunctionNet(height: 1, width: 1) { [$0[0] < 0.5 ? -1 : 1, 0] }
    let came = OnePixelAttack()([0.75], label: 0, sample: 0, net: net)
    #expect(came.isSuccess && came.queries == 401 && came.picture[0] < 0.5)
  }

  @Test func aPictureThatIsNotRecognisedComesBackAfterOneQuery() {
    let net = FunctionNet(height: 2, width: 2) { _ in [0, 1] }
    let picture: [Float] = [0, 0.25, 0.5, 1]
    for target in [nil, 1] {
      let came = OnePixelAttack()(picture, label: 0, target: target, sample: 0, net: net)
      #expect(Outcome(came, net) == Outcome(picture: picture, isSuccess: false, queries: 1))
    }
    #expect(net.calls == [1, 1])
  }

  @Test func theResultDependsOnSeedAndSampleAlone() {
    let picture = [Float](repeating: 0.45, count: 72)
    func asked(_ sample: Int, seed: UInt64 = 0) -> [[Float]] {
      let net = FunctionNet(height: 9, width: 8) { [100 + $0.reduce(0, +), 0] }
      var attack = OnePixelAttack()
      (attack.population, attack.generations, attack.seed) = (10, 3, seed)
      _ = attack(picture, label: 0, sample: sample, net: net)
      return net.asked
    }
    #expect(asked(1) == asked(1))
    #expect(asked(1) != asked(2) && asked(1) != asked(1, seed: 1))
  }

  @Test(
    arguments: [
      { $0.pixels = 0 }, { $0.pixels = 1025 }, { $0.population = 3 }, { $0.population = 65_537 },
      { $0.generations = -1 }, { $0.generations = 1 << 16 }, { $0.recombination = -0.1 },
      { $0.recombination = 1.1 }, { $0.recombination = .nan }, { $0.factor = -1...0.5 },
      { $0.factor = 0.5...3 }, { $0.colourMean = .nan }, { $0.colourDeviation = -1 },
      { $0.colourDeviation = .infinity },
    ] as [@Sendable (inout OnePixelAttack) -> Void])
  func badSettingsAreNamed(_ spoil: @Sendable (inout OnePixelAttack) -> Void) throws {
    var attack = OnePixelAttack()
    try attack.validate()
    spoil(&attack)
    let error = #expect(throws: CSGError.self) { try attack.validate() }
    #expect(error?.exitCode == .usage)
    #expect(error?.description.hasPrefix("one pixel attack: ") == true)
  }
}

struct PixelEvolutionTests {
  private func evolution(_ change: (inout OnePixelAttack) -> Void = { _ in }) -> PixelEvolution {
    var settings = OnePixelAttack()
    change(&settings)
    return PixelEvolution(
      settings: settings,
      space: PixelSpace(
        pixels: settings.pixels, channels: 3, grid: PixelGrid(height: 32, width: 20)),
      random: AttackRandom(seed: 5, method: .onePixel, sample: 1))
  }

  /// Mean and spread of uniform positions and clipped normal colours, within 5 standard errors.
  @Test func theFirstPopulationIsSpreadAsPublished() {
    let founders = evolution { $0.population = 4000 }.founders()
    func mean(_ i: Int) -> Double { founders.map { $0[i] }.reduce(0, +) / 4000 }
    #expect(abs(mean(0) - 16) < 5 * 32 / (12 * 4000.0).squareRoot())
    #expect(abs(mean(1) - 10) < 5 * 20 / (12 * 4000.0).squareRoot())
    for colour in 2...4 {
      #expect(abs(mean(colour) - 128) < 5 * 127 / 4000.0.squareRoot())
      // 15.7 % lie below 0, 15.9 % above 255: within 5 standard errors of 0.58 %.
      #expect(abs(Double(founders.count { $0[colour] == 0 }) / 4000 - 0.157) < 0.029)
      #expect(abs(Double(founders.count { $0[colour] == 255 }) / 4000 - 0.159) < 0.029)
    }
  }

  @Test func childrenAreMixedOfOthersAndStayInTheSpace() {
    let evolution = evolution { $0.population = 12 }
    let parents = evolution.founders()
    let children = evolution.children(of: parents, best: 0, generation: 1)
    var redrawn = 0
    for (member, child) in children.enumerated() {
      #expect(child.indices.allSatisfy { evolution.space.holds(child[$0], at: $0) })
      // Some three others explain each number, but those that left the space.
      let others = parents.indices.filter { $0 != member }
      let isMixed = others.contains { a in
        others.contains { b in
          others.contains { c in
            guard a != b && b != c && a != c else { return false }
            return child.indices.allSatisfy {
              let value = parents[a][$0] + 0.5 * (parents[b][$0] - parents[c][$0])
              if !evolution.space.holds(value, at: $0) { redrawn += 1 }
              return value == child[$0] || !evolution.space.holds(value, at: $0)
            }
          }
        }
      }
      #expect(isMixed)
    }
    #expect(redrawn > 0)
  }

  @Test func withoutRecombinationOneNumberIsMixed() {
    let evolution = evolution {
      ($0.population, $0.recombination, $0.pixels) = (40, 0, 2)
    }
    let parents = evolution.founders()
    let children = evolution.children(of: parents, best: 0, generation: 3)
    let changes = zip(parents, children).map { parent, child in
      parent.indices.filter { parent[$0] != child[$0] }
    }
    #expect(changes.allSatisfy { $0.count <= 1 })
    #expect(Set(changes.joined()).count > 5)
  }

  @Test func otherMembersAreDifferentAndEquallyLikely() {
    let random = AttackRandom(seed: 2, method: .onePixel, sample: 0)
    var counts = [Int](repeating: 0, count: 6)
    for place in 0..<6000 {
      let (a, b) = (
        random.words(round: 0, place: 2 * place), random.words(round: 0, place: 2 * place + 1)
      )
      let others = PixelEvolution.others(than: 2, of: 6, [a.lowHalf, a.highHalf, b.lowHalf])
      #expect(Set(others).count == 3 && !others.contains(2))
      for other in others { counts[other] += 1 }
    }
    // Each of five in three of five cases: 3600, standard deviation 38.
    for (other, count) in counts.enumerated() {
      #expect(abs(count - (other == 2 ? 0 : 3600)) < 190)
    }
  }

  @Test func theFactorIsDrawnForEachGeneration() {
    #expect(evolution().factor(1) == 0.5)
    let factors = (1...200).map { evolution { $0.factor = 0.5...1 }.factor($0) }
    #expect(factors.allSatisfy { $0 >= 0.5 && $0 < 1 } && Set(factors).count == 200)
    #expect(abs(factors.reduce(0, +) / 200 - 0.75) < 0.05)
  }

  @Test func numbersAreCutToWholeOnes() {
    let space = PixelSpace(pixels: 2, channels: 2, grid: PixelGrid(height: 2, width: 3))
    let picture = [Float](repeating: 0.5, count: 12)
    var expected = picture
    (expected[5], expected[11]) = (127.0 / 255, 1)
    (expected[0], expected[6]) = (0, 254.0 / 255)
    #expect(
      space.applying([1.99, 2.01, 127.9, 255, 0, 0.5, 0.99, 254.999], to: picture) == expected)
    // On one place the last counts.
    #expect(space.applying([0, 0, 9, 9, 0, 0, 0, 0], to: picture)[0] == 0)
  }
}
