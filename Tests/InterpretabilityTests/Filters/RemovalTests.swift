import Communicator
import Core
import Interpretability
import Kernels
import Network
import TestSupport
import Testing

/// Filters taken away, and G beside M, against NumPy.
@Suite struct RemovalTests {
  private let golden: GoldenAnalysis
  private let gate: Gate

  init() throws {
    golden = try GoldenAnalysis.golden.get()
    gate = Gate(classes: golden.table.classes, filters: golden.table.filters, initial: 0)
    for (i, entry) in try golden.values("gate").enumerated() { gate.matrix[i] = Float(entry) }
  }

  private func lists(_ rule: ClassFilters, removals: [[Int]] = []) throws -> [[Int]] {
    switch rule {
    case .gate: ClassFilters.byGate(gate)
    case .activation:
      try ClassFilters.byActivation(golden.table.classMeans(), removals: removals)
    }
  }

  /// What a linear classifier in Double says of the golden features, read so.
  private func predictions(_ reading: Reading, after first: [Int32]? = nil) throws -> [Int32] {
    let (table, weight, bias) = try (golden.table, golden.values("weight"), golden.values("bias"))
    let row = FloatBuffer(table.filters).all
    return table.labels.enumerated().map { n, label in
      reading.fill(
        row, gate: gate, label: Int(label), prediction: first.map { Int($0[n]) } ?? 0)
      let logits = bias.enumerated().map { c, bias in
        (0..<table.filters).reduce(bias) { sum, k in
          let feature = Double(table.values[n * table.filters + k]) * Double(row[k])
          return sum + weight[c * table.filters + k] * feature
        }
      }
      return Int32(logits.indices.max { (logits[$0], $1) < (logits[$1], $0) } ?? 0)
    }
  }

  @Test(
    arguments: [
      ([0], .gate, .standard), ([0], .gate, .gated), ([0], .activation, .standard),
      ([1, 3], .gate, .standard), ([1, 3], .gate, .gated), ([1, 3], .activation, .standard),
    ] as [([Int], ClassFilters, Path)])
  func whatIsLeftIsNumPys(classes: [Int], rule: ClassFilters, path: Path) throws {
    let name = "removal.\(classes.map(String.init).joined(separator: "-")).\(rule)"
    let removed = ClassFilters.union(try lists(rule), of: classes)
    #expect(removed == (try golden.values("\(name).filters")).map { Int($0) })
    let ours = Confusion(
      labels: golden.table.labels, predictions: try predictions(Reading(path, .without(removed))),
      classes: golden.table.classes)
    expectEqual(
      ours.counts.map(Double.init), try golden.values("\(name).\(path.rawValue)"), within: 0)
    let whole = Confusion(
      labels: golden.table.labels, predictions: try predictions(Reading(path)),
      classes: golden.table.classes)
    for c in classes {
      let (less, more) = (try #require(ours.perClass[c]), try #require(whole.perClass[c]))
      #expect(less < more, "class \(c) suffers")
    }
  }

  /// ACC2, ACC3 and what is left of each set, all beside random filters.
  @Test(arguments: [ClassFilters.gate, .activation])
  func controlsAreNumPys(rule: ClassFilters) throws {
    let sets = [[0], [1, 3]]
    let questions = FilterQuestions(
      try lists(rule), rule: rule, of: golden.table.filters, removals: sets, seed: 7)
    let first = try predictions(Reading(.standard))
    let all = try questions.readings.map { try predictions($0, after: first) }
    let (removals, predicted) = questions.answers(all[...], intact: first, golden.table)
    expectEqual(
      [
        predicted.ownAccuracy, predicted.othersAccuracy, predicted.ownControl,
        predicted.othersControl,
      ], try golden.values("predicted.\(rule).acc"), within: 1e-7)
    #expect(removals.map(\.classes) == sets)
    for removal in removals {
      let set = removal.classes.map(String.init).joined(separator: "-")
      expectEqual(
        [removal.control.all, removal.control.own, removal.control.others],
        try golden.values("control.\(set).\(rule)"), within: 1e-7)
      #expect(removal.after.all == removal.standard.accuracy)
      let (own, random) = (try #require(removal.after.own), try #require(removal.control.own))
      #expect(own < random, "random filters are missed less")
    }
  }

  @Test func aClassWithoutSamplesHasNoMostActiveFilters() throws {
    #expect(try lists(.gate)[4] == [12, 13, 14])
    #expect(try lists(.activation)[4].isEmpty)
    let error = #expect(throws: CSGError.self) { try lists(.activation, removals: [[0], [1, 4]]) }
    #expect(error?.exitCode == .data && error?.message.contains("class 4 has no sample") == true)
  }

  @Test func overlapIsNumPys() throws {
    let information = try MutualInformation(SharedColumns(golden.table))
    #expect(information.overlap(with: gate) == (try golden.number("information.overlap")))
    let weak = Gate(classes: golden.table.classes, filters: golden.table.filters, initial: 0.5)
    #expect(information.overlap(with: weak) == 0, "0.5 is not above 0.5")
  }
}
