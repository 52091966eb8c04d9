import Communicator
import Core
import Interpretability
import Storage
import TestSupport
import Testing

/// What NumPy, SciPy and scikit-learn say of a small table (Golden/analysis.py).
struct GoldenAnalysis {
  static let golden = Result { try GoldenAnalysis() }
  let tensors: [String: NamedTensor]
  let table: FeatureTable

  private init() throws {
    let all = try Safetensors.read(Places.golden("analysis.safetensors"))
    tensors = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    let features = try #require(tensors["features"])
    let gate = try #require(tensors["gate"])
    table = try FeatureTable(
      values: features.values, filters: features.shape[1],
      labels: try #require(tensors["labels"]).values.map { Int32($0) }, classes: gate.shape[0])
  }

  func values(_ name: String) throws -> [Double] {
    try #require(tensors[name], "\(name)").values.map(Double.init)
  }

  func number(_ name: String) throws -> Double { try #require(try values(name).first) }
}

/// Checks equality within `tolerance`; NaN stands for nil.
func expectEqual(
  _ ours: [Double?], _ theirs: [Double], within tolerance: Double,
  _ location: SourceLocation = #_sourceLocation
) {
  #expect(ours.count == theirs.count, sourceLocation: location)
  for (i, (a, b)) in zip(ours, theirs).enumerated() {
    let isEqual = a.map { abs($0 - b) <= tolerance } ?? b.isNaN
    #expect(isEqual, "[\(i)]: \(String(describing: a)) against \(b)", sourceLocation: location)
  }
}
