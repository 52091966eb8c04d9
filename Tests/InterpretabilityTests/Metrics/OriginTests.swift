import Core
import Foundation
import Interpretability
import Testing

/// What is known of how a network came about.
@Suite struct OriginTests {
  private func origin(_ sets: [String], gated: Bool, changes: [String] = []) throws -> Origin {
    Origin(
      architecture: "resnet8", step: 1, digest: "d", classes: 10, filters: 64, gated: gated,
      run: Origin.Run(
        name: "a", seed: 0, configuration: try ResolvedConfiguration(sets: sets).text,
        changes: changes, dataFingerprint: "train t"))
  }

  /// The gate's own keys, the seed and where things lie are no difference of a baseline.
  @Test func aBaselineDiffersInItsGateAlone() throws {
    let gated = try origin(["gate.period=5", "optimizer.shared=true", "seed=1"], gated: true)
    let standard = ["gate.schedule=standard", "name=b", "checkpoint.keep=7"]
    #expect(try gated.keysBesideTheGate(origin(standard, gated: false)).isEmpty)
    let other = try origin(standard + ["data.limit=5", "batch_size=64"], gated: false)
    #expect(gated.keysBesideTheGate(other) == ["batch_size", "data.limit"])
    let unknown = Origin(
      architecture: "resnet8", step: 0, digest: "d", classes: 10, filters: 64, gated: false,
      run: nil)
    #expect(gated.keysBesideTheGate(unknown).isEmpty)
  }

  @Test func everyKeyStandsInTheFile() throws {
    let known = try origin([], gated: true, changes: ["epochs 3 to 6"])
    let unknown = Origin(
      architecture: "a", step: 0, digest: "d", classes: 2, filters: 3, gated: false, run: nil)
    let documents = try [known, unknown].map { origin in
      try #require(
        JSONSerialization.jsonObject(with: JSONEncoder().encode(origin)) as? [String: Any])
    }
    #expect(documents[0]["changes"] as? [String] == ["epochs 3 to 6"])
    #expect(Set(documents[0].keys) == Set(documents[1].keys) && documents[1]["changes"] is NSNull)
  }
}
