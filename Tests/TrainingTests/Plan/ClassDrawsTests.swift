import Testing
import Training

/// What is said of balanced classes.
@Suite struct ClassDrawsTests {
  private func draws(_ counts: [Int]) -> ClassDraws {
    ClassDraws(
      names: counts.indices.map { "class \($0)" }, counts: counts, draws: counts.reduce(0, +))
  }

  @Test func theSmallestAndTheLargestAreTold() {
    let uneven = draws([200, 12, 41])
    #expect(uneven.caution == nil)
    #expect(
      uneven.summary
        == "every class is drawn 84 or 85 times an epoch: a sample of class 1, the smallest (12), 7.03 times, "
        + "a sample of class 0, the largest (200), 0.42 times")
    #expect(draws([3, 9]).summary.hasPrefix("every class is drawn 6 times an epoch: "))
  }

  /// Classes without samples are named, the first five of them.
  @Test func missingClassesAreNamed() {
    let some = draws([7, 0, 3, 0])
    #expect(
      some.caution
        == "data.balance: no training sample is of class 1, class 3: the other classes share the draws"
    )
    #expect(some.summary.hasPrefix("every class is drawn 5 times an epoch: a sample of class 2, "))
    let many = draws([4] + Array(repeating: 0, count: 9))
    #expect(
      many.caution?.contains("class 1, class 2, class 3, class 4, class 5 and 4 more") == true)
  }
}
