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

  private func filters(of classes: [Int], _ rule: Removal.Rule) throws -> [Int] {
    switch rule {
    case .gate: Removal.filters(of: classes, gate: gate)
    case .activation: try Removal.filters(of: classes, means: golden.table.classMeans())
    }
  }

  /// What a linear classifier in Double says of the golden features, read so.
  private func predictions(_ reading: Reading) throws -> [Int32] {
    let (table, weight, bias) = try (golden.table, golden.values("weight"), golden.values("bias"))
    let rows = reading.rows(gate)
    return table.labels.enumerated().map { n, label in
      let row = rows.isEmpty ? nil : rows[rows.count == 1 ? 0 : Int(label)]
      let logits = bias.enumerated().map { c, bias in
        (0..<table.filters).reduce(bias) { sum, k in
          let feature = Double(table.values[n * table.filters + k]) * Double(row?[k] ?? 1)
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
    ] as [([Int], Removal.Rule, Path)])
  func whatIsLeftIsNumPys(classes: [Int], rule: Removal.Rule, path: Path) throws {
    let name = "removal.\(classes.map(String.init).joined(separator: "-")).\(rule)"
    let removed = try filters(of: classes, rule)
    #expect(removed == (try golden.values("\(name).filters")).map { Int($0) })
    let ours = Confusion(
      labels: golden.table.labels, predictions: try predictions(Reading(path, removed: removed)),
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

  @Test func aClassWithoutSamplesHasNoMostActiveFilters() throws {
    #expect(try filters(of: [4], .gate) == [12, 13, 14])
    let error = #expect(throws: CSGError.self) { try filters(of: [1, 4], .activation) }
    #expect(error?.exitCode == .data && error?.message.contains("class 4 has no sample") == true)
  }

  @Test func overlapIsNumPys() throws {
    let information = try MutualInformation(
      golden.table, team: ThreadTeam(count: 1), communicator: Communicator())
    #expect(information.overlap(with: gate) == (try golden.number("information.overlap")))
    let weak = Gate(classes: golden.table.classes, filters: golden.table.filters, initial: 0.5)
    #expect(information.overlap(with: weak) == 0, "0.5 is not above 0.5")
  }
}
