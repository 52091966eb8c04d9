import Core
import Testing

import Attacks

struct AttackRandomTests {
  /// The address is part of every result: stream method · 2²⁸ + sample, element round · 2³² + place.
  @Test func theAddressIsAsDocumented() {
    let random = AttackRandom(seed: 0x1234_5678_9abc_def0, method: .localSearch, sample: 0x345_6789)
    let expected = Philox.block(
      counter: SIMD4(0xfedc_ba98, 0xabcd_0000, 0x2345_6789, 23),
      key: SIMD2(0x9abc_def0, 0x1234_5678))
    #expect(random.words(round: 0xabcd, place: 0xfedc_ba98) == expected)
  }

  @Test func noTwoAddressesShareABlock() {
    var blocks: Set<SIMD4<UInt32>> = []
    var count = 0
    for method in [AttackRandom.Method.singlePixel, .localSearch, .onePixel] {
      for sample in [0, 1, 2, 1 << 16, 1 << 28 - 1] {
        let random = AttackRandom(seed: 3, method: method, sample: sample)
        for round in [0, 1, 2, 75, 1 << 16 - 1] {
          for place in [0, 1, 2, 399, 1 << 16, 1 << 32 - 1] {
            blocks.insert(random.words(round: round, place: place))
            count += 1
          }
        }
      }
    }
    #expect(blocks.count == count && count == 450)
    // Attacks whose stream is the sample alone.
    for sample in [0, 1, 2, 1 << 16, 1 << 28 - 1] {
      let other = AddressedRandom(seed: 3, purpose: .attack, stream: sample)
      for element in [0, 1, 2, 1 << 32] { #expect(!blocks.contains(other.words(element))) }
    }
  }

  @Test func choosingTakesEachOnce() {
    let random = AttackRandom(seed: 1, method: .singlePixel, sample: 5)
    let items = Array(10..<60)
    let all = random.choose(100, of: items, round: 0)
    #expect(all.sorted() == items && all != items)
    #expect(random.choose(7, of: items, round: 0) == Array(all.prefix(7)))
    #expect(random.choose(50, of: items, round: 1) != all)
    #expect(random.choose(3, of: [], round: 0) == [])
  }
}
