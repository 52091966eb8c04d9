import Core
import Testing

struct McNemarTestTests {
  @Test func probabilitiesAreSciPys() throws {
    let cases = try ShareCases.read("mcnemar")
    #expect(cases.count == 19)
    for values in cases {
      let test = McNemarTest(onlyFirst: Int(values[0]), onlySecond: Int(values[1]))
      #expect(abs(test.probability - values[2]) <= 1e-11 * values[2], "\(values)")
    }
  }

  @Test func bothNetsCountAlike() {
    #expect(
      McNemarTest(onlyFirst: 3, onlySecond: 11).probability
        == McNemarTest(onlyFirst: 11, onlySecond: 3).probability)
  }

  /// By hand: 2 · (1 + 5) / 2⁵ for 4 against 1.
  @Test func picturesThatTellAreCounted() {
    let first = [true, true, true, true, false, true, false]
    let second = [false, false, false, false, true, true, false]
    let test = McNemarTest(first: first, second: second)
    #expect(test.onlyFirst == 4 && test.onlySecond == 1 && test.probability == 0.375)
    #expect(McNemarTest(first: [true], second: [true]).probability == 1)
    #expect(McNemarTest(first: [], second: []).probability == 1)
  }

  @Test func theSmallestAreZero() {
    #expect(McNemarTest(onlyFirst: 0, onlySecond: 1000).probability == 0x1p-999)
    #expect(McNemarTest(onlyFirst: 0, onlySecond: 5000).probability == 0)
  }
}
