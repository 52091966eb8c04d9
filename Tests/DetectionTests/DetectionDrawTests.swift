import Core
import Detection
import Testing

@Suite struct DetectionDrawTests {
  /// 3 classes, mixed.
  private let labels: [Int32] = (0..<125).map { $0 % 5 == 0 ? 1 : $0 % 25 % 5 < 3 ? 2 : 0 }

  private func draw(
    seed: UInt64 = 7, _ side: DetectionDraw.Side = .train, repetition: Int = 0
  ) -> DetectionDraw {
    DetectionDraw(labels: labels, classes: 3, seed: seed, side: side, repetition: repetition)
  }

  @Test func everyClassHasAsManyAndNoneTwice() {
    let samples = draw().samples(perClass: 20)
    #expect(samples.count == 60 && Set(samples).count == 60 && samples == samples.sorted())
    for label in Int32(0)..<3 { #expect(samples.count { labels[$0] == label } == 20) }
    for (label, order) in draw().order.enumerated() {
      #expect(order.sorted() == labels.indices.filter { Int(labels[$0]) == label })
    }
  }

  @Test func smallerDrawsArePartsOfLargerOnes() {
    let all = (0...25).map { Set(draw().samples(perClass: $0)) }
    for (small, large) in zip(all, all.dropFirst()) { #expect(small.isStrictSubset(of: large)) }
  }

  @Test func repeatsSeedsAndSidesDrawOthers() {
    let draws = [
      draw(), draw(repetition: 1), draw(repetition: 2), draw(seed: 8), draw(.test),
      draw(.test, repetition: 1),
    ].map { $0.samples(perClass: 10) }
    #expect(Set(draws).count == draws.count)
    #expect(draw().order == draw().order)
    let seeds = (0..<50).map { DetectionDraw.forestSeed(seed: 7, repetition: $0) }
    #expect(Set(seeds).count == 50 && seeds[0] != DetectionDraw.forestSeed(seed: 8, repetition: 0))
  }

  /// The order is that of the address, so that no version draws others.
  @Test func theAddressIsFixed() {
    let random = AddressedRandom(seed: 7, purpose: .detection, stream: 2 * 3 + 1)
    let own = labels.indices.filter { labels[$0] == 2 }
    #expect(
      draw(.test, repetition: 3).order[2]
        == random.permutation(own.count, from: 2 << 32).map { own[Int($0)] })
  }

  /// What a class draws does not hang on other classes' samples.
  @Test func otherClassesChangeNothing() {
    let fewer = labels.enumerated().filter { $0.element != 0 }
    let other = DetectionDraw(
      labels: fewer.map(\.element), classes: 3, seed: 7, side: .train, repetition: 0)
    for label in 1..<3 {
      #expect(other.order[label].map { fewer[$0].offset } == draw().order[label])
    }
  }

  @Test func turnsTakeOneOfEachClass() {
    let turns = draw().inTurn(perClass: 20)
    #expect(Set(turns) == Set(draw().samples(perClass: 20)))
    for place in 0..<20 {
      #expect(turns[3 * place..<3 * place + 3].map { labels[$0] } == [0, 1, 2])
    }
  }

  /// With chance, each sample is drawn first as often as any other.
  @Test func everySampleComesFirstAsOften() {
    let own = labels.indices.filter { labels[$0] == 1 }
    var counts = [Int](repeating: 0, count: labels.count)
    let draws = 5000
    for repetition in 0..<draws { counts[draw(repetition: repetition).order[1][0]] += 1 }
    let expected = Double(draws) / Double(own.count)
    let chiSquare = own.reduce(0.0) {
      $0 + (Double(counts[$1]) - expected) * (Double(counts[$1]) - expected) / expected
    }
    // 24 degrees of freedom: 99.9 % lie below 51.2.
    #expect(own.count == 25 && chiSquare < 51.2)
  }
}

@Suite struct DetectionPlanTests {
  private let plan = DetectionPlan(sizes: [30, 10, 30], testPerClass: 5, repeats: 3, seed: 1)

  @Test func sizesRise() {
    #expect(plan.sizes == [10, 30])
    #expect(plan.largest(.train) == 30 && plan.largest(.test) == 5)
  }

  @Test func theUnionIsOfAllRepeatsAndSizes() {
    let labels = (0..<200).map { Int32($0 % 2) }
    let draws = plan.draws(.train, labels: labels, classes: 2)
    let union = plan.union(.train, of: draws)
    #expect(draws.count == 3 && union == union.sorted() && Set(union).count == union.count)
    #expect(Set(union) == Set(draws.flatMap { $0.samples(perClass: 30) }))
    #expect(union.count > 60 && union.count < 180)
  }

  @Test func tooFewSamplesAreTold() throws {
    try plan.require(.train, counts: [30, 31], names: ["a", "b"], folder: "train")
    let error = #expect(throws: CSGError.self) {
      try plan.require(
        .train, counts: [40, 29, 28], names: ["a", "b", "cat"], folder: "data/train")
    }
    #expect(error?.exitCode == .configuration)
    for word in ["--per-class", "30", "cat", "28", "data/train"] {
      #expect(error?.description.contains(word) == true, "\(word)")
    }
    let none = #expect(throws: CSGError.self) {
      try plan.require(.test, counts: [4, 0], names: ["a", "b"], folder: "test")
    }
    #expect(none?.message.contains("--test-per-class") == true)
  }
}
