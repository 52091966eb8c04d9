import Core
import Network
import TestSupport
import Testing

@Suite struct GateTests {
  @Test func projectionMakesEveryColumnsLargestEntryOne() throws {
    let gate = Gate(classes: 5, filters: 16, initial: 0.5)
    var random = RandomValues(seed: 1)
    let entries = random.floats(80).map { 0.4 + 0.6 * $0 }
    try gate.take(projectionOf: FloatBuffer(entries).all)
    let projected = gate.matrix.array
    for k in 0..<16 {
      let before = (0..<5).map { entries[$0 * 16 + k] }
      let after = (0..<5).map { projected[$0 * 16 + k] }
      #expect(after.max() == 1)
      let largest = before.map(abs).max() ?? 0
      #expect(after == before.map { min(max($0 / largest, 0), 1) })
    }
  }

  @Test(arguments: [
    [Float](repeating: 0, count: 6), [0, -1, -0.5, -2, 0, -1], [1, 1, .nan, 1, 1, 1],
    [1, 1, 1, .nan, 1, 9],
    [1, 1, 1, .infinity, 1, 1],
  ])
  func aColumnWithoutAPositiveEntryIsNamed(_ entries: [Float]) {
    let gate = Gate(classes: 3, filters: 2, initial: 0.5)
    let error = #expect(throws: CSGError.self) {
      try gate.take(projectionOf: FloatBuffer(entries).all)
    }
    #expect(error?.message.contains("filter") == true)
    #expect(gate.matrix.array == Array(repeating: 0.5, count: 6))
  }

  /// Appendix E: each class has filters of its own, the last belong to all.
  @Test func aFixedGateGivesEachClassItsFilters() throws {
    let gate = Gate(classes: 3, filters: 8, initial: 0.5)
    try gate.fix(shares(2, 2))
    #expect(
      (0..<3).map { gate.row($0).array } == [
        [1, 1, 0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 0, 0, 1, 1], [0, 0, 0, 0, 1, 1, 1, 1],
      ])
    let paper = Gate(classes: 10, filters: 64, initial: 0.5)
    try paper.fix(shares(6, 4))
    #expect(paper.norm == 10 * (6 + 4))
  }

  @Test(arguments: [(2, 1), (2, 3), (3, 0)]) func sharesThatDoNotFitAreNamed(
    _ perClass: Int, _ shared: Int
  ) throws {
    let gate = Gate(classes: 3, filters: 8, initial: 0.5)
    let shares = try shares(perClass, shared)
    let error = #expect(throws: CSGError.self) { try gate.fix(shares) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.message.contains("make \(3 * perClass + shared)") == true)
    #expect(gate.matrix.array == Array(repeating: 0.5, count: 24))
  }

  private func shares(_ perClass: Int, _ shared: Int) throws -> Configuration.Gate.Matrix.Fixed {
    let set = "gate.matrix={ fixed: { per_class: \(perClass), shared: \(shared) } }"
    guard case .fixed(let shares) = try ResolvedConfiguration(sets: [set]).values.gate.matrix else {
      throw CSGError(.failure, "\(set) is learned")
    }
    return shares
  }

  @Test func densityIsTheMeanOfTheEntries() {
    #expect(Gate(classes: 10, filters: 64, initial: 0.25).density == 0.25)
  }

  @Test(arguments: [
    (Configuration.Gate.Penalty.l1, 3.0, 1.0), (.l2, 9.0, 6.0), (.smoothL1, 2.5, 1.0),
  ])
  func penaltyAndDerivativeAboveTheBound(
    _ kind: Configuration.Gate.Penalty, _ value: Double, _ derivative: Double
  ) {
    let penalty = DensityPenalty(densityBound: 0.1, entries: 100, kind: kind)
    #expect(penalty.value(norm: 13) == value)
    #expect(penalty.derivative(norm: 13) == derivative)
    let h = 1e-6
    let slope = (penalty.value(norm: 13 + h) - penalty.value(norm: 13 - h)) / (2 * h)
    #expect(abs(slope - derivative) < 1e-6)
    #expect(penalty.value(norm: 10) == 0 && penalty.derivative(norm: 10) == 0)
    #expect(penalty.value(norm: 2) == 0 && penalty.derivative(norm: 2) == 0)
  }

  @Test func smoothL1IsQuadraticNearTheBound() {
    let penalty = DensityPenalty(densityBound: 0.5, entries: 4, kind: .smoothL1)
    #expect(penalty.value(norm: 2.5) == 0.125)
    #expect(penalty.derivative(norm: 2.5) == 0.5)
  }
}
