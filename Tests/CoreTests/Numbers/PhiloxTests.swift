import Core
import TestSupport
import Testing

struct PhiloxTests {
  /// Random123's `kat_vectors`, philox4x32-10.
  @Test(arguments: [
    (
      SIMD4<UInt32>(), SIMD2<UInt32>(),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4(repeating: UInt32.max), SIMD2(repeating: UInt32.max),
      SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
    #expect(Philox.block(counter: counter, key: key) == expected)
  }
}

struct AddressedRandomTests {
  private let random = AddressedRandom(seed: 7, purpose: .augmentation, stream: 3)

  /// The address of a block is part of every result: key = seed, counter = (element's low word,
  /// its high 16 bits over the attempt, stream, purpose).
  @Test func theAddressIsAsDocumented() {
    let random = AddressedRandom(seed: 0x1234_5678_9abc_def0, purpose: .initialization, stream: 9)
    let expected = Philox.block(
      counter: SIMD4(0x89ab_cdef, 0x4567_0002, 9, 3), key: SIMD2(0x9abc_def0, 0x1234_5678))
    #expect(random.words(0x4567_89ab_cdef, attempt: 2) == expected)
  }

  @Test func theOrderOfQuestionsDoesNotMatter() {
    let forwards = (0..<100).map { random.words($0) }
    let backwards = (0..<100).reversed().map { random.words($0) }
    #expect(forwards == backwards.reversed())
    #expect(Set(forwards).count == 100)
  }

  @Test func everyPartOfTheAddressMatters() {
    let all = [
      random.words(5), random.words(6), random.words(5, attempt: 1), random.words(5 + 1 << 32),
      AddressedRandom(seed: 8, purpose: .augmentation, stream: 3).words(5),
      AddressedRandom(seed: 7 + 1 << 32, purpose: .augmentation, stream: 3).words(5),
      AddressedRandom(seed: 7, purpose: .permutation, stream: 3).words(5),
      AddressedRandom(seed: 7, purpose: .augmentation, stream: 4).words(5),
    ]
    #expect(Set(all).count == all.count)
  }

  @Test(arguments: [0, 1, 2, 3, 257, 10_000])
  func aPermutationHoldsEachPlaceOnce(count: Int) {
    #expect(random.permutation(count).sorted() == Array(0..<Int32(count)))
  }

  @Test func permutationsDifferBetweenStreamsAndSeeds() {
    let orders = [(7, 0), (7, 1), (7, 2), (8, 0)].map { seed, stream in
      AddressedRandom(seed: UInt64(seed), purpose: .permutation, stream: stream).permutation(50)
    }
    #expect(Set(orders).count == orders.count)
    let again = AddressedRandom(seed: 7, purpose: .permutation, stream: 1).permutation(50)
    #expect(again == orders[1])
  }

  /// Each of the 24 orders of four places comes up as often as the others (χ², 23 degrees of
  /// freedom: above 50 has a probability below 0.001).
  @Test func permutationsAreUniform() {
    var counts: [[Int32]: Int] = [:]
    for stream in 0..<2400 {
      let random = AddressedRandom(seed: 1, purpose: .permutation, stream: stream)
      counts[random.permutation(4), default: 0] += 1
    }
    #expect(counts.count == 24)
    #expect(counts.values.reduce(0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 } < 50)
  }

  @Test(arguments: [1, 2, 3, 10, 1 << 40, Int.max])
  func belowStaysBelow(bound: Int) {
    #expect(AddressedRandom.below(bound, 0, 0) == 0)
    #expect(AddressedRandom.below(bound, .max, .max) == bound - 1)
    for element in 0..<200 {
      let words = random.words(element)
      #expect((0..<bound).contains(AddressedRandom.below(bound, words[0], words[1])))
    }
  }

  @Test func unitStaysInItsInterval() {
    #expect(AddressedRandom.unit(0, 0) == 0)
    #expect(AddressedRandom.unit(.max, .max) == 1 - 0x1p-53)
  }

  /// Bounds are four standard deviations of each moment's estimate.
  @Test func normalNumbersHaveNormalMoments() {
    let count = 100_000
    let values = (0..<count).map { random.normal($0) }
    func moment(_ power: Int) -> Double {
      values.reduce(0) { sum, x in sum + (0..<power).reduce(1) { value, _ in value * x } }
        / Double(count)
    }
    let deviation = 4 / Double(count).squareRoot()
    #expect(abs(moment(1)) < deviation)
    #expect(abs(moment(2) - 1) < deviation * 2.0.squareRoot())
    #expect(abs(moment(3)) < deviation * 15.0.squareRoot())
    #expect(abs(moment(4) - 3) < deviation * 96.0.squareRoot())
  }
}
