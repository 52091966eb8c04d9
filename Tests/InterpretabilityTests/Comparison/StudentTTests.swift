import Foundation
import Interpretability
import TestSupport
import Testing

/// Student's t, intervals and paired tests against SciPy (`Tests/Golden/student.py`).
@Suite struct StudentTTests {
  /// The cases of a kind: the numbers of each part between colons.
  private func cases(_ kind: String) throws -> [[[Double]]] {
    let text = try String(contentsOfFile: Places.golden("student.txt"), encoding: .utf8)
    return text.split(separator: "\n").filter { $0.hasPrefix("\(kind) ") }.map { line in
      line.dropFirst(kind.count).split(separator: ":").map { part in
        part.split(separator: " ").compactMap { Double($0) }
      }
    }
  }

  private func expectClose(
    _ ours: Double?, _ theirs: Double, location: SourceLocation = #_sourceLocation
  ) throws {
    let ours = try #require(ours)
    #expect(
      abs(ours - theirs) <= 1e-10 * abs(theirs), "\(ours), not \(theirs)", sourceLocation: location)
  }

  @Test func probabilitiesAreSciPys() throws {
    let cases = try cases("beyond").map { $0[0] }
    #expect(cases.count == 110)
    for values in cases {
      let t = StudentT(degreesOfFreedom: Int(values[0]))
      try expectClose(t.probability(beyond: values[1]), values[2])
      try expectClose(t.probability(beyond: -values[1]), values[2])
    }
    let t = StudentT(degreesOfFreedom: 3)
    #expect(t.probability(beyond: 0) == 1 && t.probability(beyond: .infinity) == 0)
  }

  @Test func boundsAreSciPys() throws {
    let cases = try cases("bound").map { $0[0] }
    #expect(cases.count == 99)
    for values in cases where values[1] < 1 {
      try expectClose(
        StudentT(degreesOfFreedom: Int(values[0])).bound(probability: values[1]), values[2])
    }
    #expect(StudentT(degreesOfFreedom: 4).bound(probability: 1) < 1e-15)
  }

  @Test func intervalsAreSciPys() throws {
    let cases = try cases("mean")
    #expect(cases.count == 4)
    for parts in cases {
      let spread = Spread(parts[0])
      try expectClose(spread.interval?.first, parts[1][0])
      try expectClose(spread.interval?.last, parts[1][1])
    }
  }

  @Test func pairedTestsAreSciPys() throws {
    let cases = try cases("pairs")
    #expect(cases.count == 4)
    for parts in cases {
      let change = PairedChange(zip(parts[0], parts[1]).map { (value: $0, baseline: $1) })
      let ours = [
        change.probability, change.difference.interval?.first, change.difference.interval?.last,
        change.ratio, change.ratioInterval?.first, change.ratioInterval?.last,
      ]
      #expect(parts[2].count == 6)
      for (our, their) in zip(ours, parts[2]) { try expectClose(our, their) }
    }
  }

  /// One value has no spread, equal ones no test, and what is not above 0 no ratio.
  @Test func whatThereIsNotIsNil() {
    let one = Spread([0.5])
    #expect(one.mean == 0.5 && one.standardDeviation == nil && one.interval == nil)
    let pair = PairedChange([(value: 3, baseline: 2)])
    #expect(pair.ratio.map { abs($0 - 1.5) < 1e-15 } == true)
    #expect(pair.probability == nil && pair.ratioInterval == nil)
    let equal = PairedChange([(value: 2, baseline: 1), (value: 3, baseline: 2)])
    #expect(equal.probability == nil && equal.difference.interval == [1, 1])
    // Equal in decimals, not in Doubles.
    let tenths = PairedChange([(value: 0.9, baseline: 0.8), (value: 0.8, baseline: 0.7)])
    #expect(tenths.probability == nil && tenths.difference.standardDeviation == 0)
    #expect(Spread([0.1, 0.1, 0.1]).standardDeviation == 0)
    let near = PairedChange([(value: 0.9, baseline: 0.8), (value: 0.8, baseline: 0.7 - 1e-12)])
    #expect(near.probability != nil)
    let zero = PairedChange([(value: 0, baseline: 1), (value: 3, baseline: 2)])
    #expect(zero.ratio == nil && zero.ratioInterval == nil && zero.probability != nil)
  }
}
