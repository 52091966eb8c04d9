import Core
import Interpretability
import Storage
import TestSupport
import Testing

/// Which filters speak for a class.
@Suite struct FilterEvidenceTests {
  private let classes = ["a", "b", "c"]

  private func checkpoint(_ weights: [Float], name: String = "fc.weight") -> Checkpoint {
    let filters = weights.count / 3
    return Checkpoint(
      architecture: "resnet8", classes: 3, channels: 1,
      parameters: [NamedTensor(name: name, shape: [3, filters], values: weights)], buffers: [],
      gate: NamedTensor(
        name: "gate", shape: [3, filters],
        values: (0..<3 * filters).map { [0, 0.5, 0.75, 1][$0 % 4] }))
  }

  /// What filters add makes up the logit over the mean logit, biases apart.
  @Test func partsMakeUpTheLogit() throws {
    var random = RandomValues(seed: 3)
    let weights = random.floats(3 * 40)
    let features = random.floats(40).map(abs)
    let evidence = try FilterEvidence(checkpoint(weights), classes: classes, analysed: nil)
    let logits = (0..<3).map { c in
      (0..<40).reduce(0.0) { $0 + Double(weights[c * 40 + $1]) * Double(features[$1]) }
    }
    let centred = logits.map { $0 - logits.reduce(0, +) / 3 }
    for c in 0..<3 {
      let named = evidence.strongest(40, for: c, features: features)
      let parts = named.compactMap(\.evidence)
      #expect(
        parts.count == named.count && parts == parts.sorted(by: >) && parts.allSatisfy { $0 > 0 })
      let others = Set(0..<40).subtracting(named.map(\.filter))
      let against = others.reduce(0.0) { sum, k in
        let mean = (0..<3).reduce(0.0) { $0 + Double(weights[$1 * 40 + k]) } / 3
        return sum + Double(features[k]) * (Double(weights[c * 40 + k]) - mean)
      }
      #expect(abs(parts.reduce(0, +) + against - centred[c]) < 1e-9)
      #expect(!others.isEmpty && against <= 0)
      #expect(
        evidence.strongest(3, for: c, features: features).map(\.filter)
          == named.prefix(3).map(\.filter))
    }
  }

  @Test func theGateGivesClassesAboveAHalf() throws {
    let evidence = try FilterEvidence(
      checkpoint([1, 1, 0, 0, 0, 0]), classes: classes, analysed: nil)
    // G: [0, 0.5], [0.75, 1], [0, 0.5].
    let named = evidence.strongest(2, for: 0, features: [2, 1])
    #expect(named.map(\.filter) == [0, 1] && named.map(\.gateClasses) == [["b"], ["b"]])
    #expect(named[0].mean == nil && named[0].information == nil)
  }

  /// A net that does not end in one linear layer tells by activations alone.
  @Test func withoutALinearLayerActivationsTell() throws {
    let evidence = try FilterEvidence(
      checkpoint([1, 1, 0, 0, 0, 0], name: "classifier.6.weight"), classes: classes, analysed: nil)
    let named = evidence.strongest(5, for: 0, features: [1, 0])
    #expect(named.map(\.filter) == [0] && named[0].evidence == nil && named[0].activation == 1)
  }
}
