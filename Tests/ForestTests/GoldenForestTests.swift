import Core
import Forest
import Storage
import TestSupport
import Testing

/// Trees and forests beside scikit-learn's (Golden/forest.py).
@Suite struct GoldenForestTests {
  private static let golden = Result {
    let all = try Safetensors.read(Places.golden("forest.safetensors"))
    return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.values) })
  }

  private let tensors: [String: [Float]]

  init() throws { tensors = try Self.golden.get() }

  private func values(_ name: String) throws -> [Float] { try #require(tensors[name], "\(name)") }

  private func integers(_ name: String) throws -> [Int32] { try values(name).map { Int32($0) } }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func deviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }

  private func rootMeanSquare(_ a: [Double], _ b: [Double]) -> Double {
    mean(zip(a, b).map { ($0 - $1) * ($0 - $1) }).squareRoot()
  }

  /// Nothing is random with one feature: node by node.
  @Test func aTreeIsScikitLearns() throws {
    let table = try ForestTable(
      values: values("tree.values"), features: 1, labels: integers("tree.labels"), classes: 3)
    var grower = TreeGrower(
      table, counts: try integers("tree.weights").map { Int($0) }, candidates: 1, seed: 0, tree: 0)
    let tree = grower.grow()
    #expect(tree.nodes.count > 100)
    #expect(tree.nodes.map(\.feature) == (try integers("tree.features")))
    #expect(tree.nodes.map { $0.isLeaf ? -1 : $0.next } == (try integers("tree.right")))
    #expect(tree.nodes.map { Float($0.threshold) } == (try values("tree.threshold")))
    #expect(tree.counts == (try integers("tree.counts")))
  }

  /// Ten forests of ours beside ten of scikit-learn's, as these are beside ten others.
  @Test func forestsAreAsGoodAsScikitLearns() throws {
    let table = try ForestTable(
      values: values("values"), features: 40, labels: integers("labels"), classes: 2)
    let (test, labels) = (try values("test_values"), try integers("test_labels"))
    var errors: [Double] = []
    var outOfBag: [Double] = []
    var importances = [Double](repeating: 0, count: 40)
    var probabilities = [Double](repeating: 0, count: labels.count)
    for seed in 0..<10 as Range<UInt64> {
      let forest = try RandomForest(table, .init(seed: seed))
      let wrong = try zip(forest.predict(test), labels).count { $0 != $1 }
      errors.append(Double(wrong) / Double(labels.count))
      outOfBag.append(try #require(forest.outOfBagAccuracy(on: table)))
      for (f, share) in forest.importances.enumerated() { importances[f] += share / 10 }
      for (i, p) in try forest.probabilities(test).enumerated() where i % 2 == 1 {
        probabilities[i / 2] += p / 10
      }
    }

    let theirErrors = try values("errors").prefix(10).map(Double.init)
    let theirOutOfBag = try values("out_of_bag").prefix(10).map(Double.init)
    print(
      "errors \(mean(errors)) ± \(deviation(errors)), scikit-learn's \(mean(theirErrors)) ± "
        + "\(deviation(theirErrors)); out of bag \(mean(outOfBag)), \(mean(theirOutOfBag))")
    #expect(abs(mean(errors) - mean(theirErrors)) < deviation(theirErrors))
    #expect(abs(mean(outOfBag) - mean(theirOutOfBag)) < deviation(theirOutOfBag))

    // What a thousand trees say of each sample, and of each feature, is much surer than errors.
    let theirs = try values("probabilities").map(Double.init)
    let scale = rootMeanSquare(Array(theirs[..<1000]), Array(theirs[1000...]))
    let all = try values("importances").map(Double.init)
    let (first, last) = (
      (0..<40).map { f in mean((0..<10).map { all[$0 * 40 + f] }) },
      (0..<40).map { f in mean((10..<20).map { all[$0 * 40 + f] }) }
    )
    for (ours, theirs, scale, name) in [
      (probabilities, Array(theirs[..<1000]), scale, "probabilities"),
      (probabilities, Array(theirs[1000...]), scale, "probabilities"),
      (importances, first, rootMeanSquare(first, last), "importances"),
      (importances, last, rootMeanSquare(first, last), "importances"),
    ] {
      print("\(name): \(rootMeanSquare(ours, theirs) / scale) of scikit-learn's own difference")
      #expect(rootMeanSquare(ours, theirs) < 1.5 * scale)
    }
  }
}
