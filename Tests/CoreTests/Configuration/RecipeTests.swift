import Core
import Foundation
import TestSupport
import Testing

/// Which runs differ by their seed alone.
@Suite struct RecipeTests {
  private func recipe(_ sets: String...) throws -> Recipe {
    try ResolvedConfiguration(sets: sets).recipe
  }

  @Test func seedAndWhatChangesNoResultAreLeftOut() throws {
    let plain = try recipe()
    for set in [
      "seed=7", "name=other", "log.every=3", "checkpoint.keep=9", "evaluate.every_epochs=2",
      "lockstep.every=1", "verify.replay_every=1", "verify.replicas=all", "compute.threads=2",
      "compute.all_reduce=flat",
      "data.train=a/train",
      "data.test=b/test",
    ] { #expect(try recipe(set) == plain, "\(set)") }
    for set in [
      "epochs=7", "data.limit=30", "model.dropout=0.1", "gate.lambda2=0.2", "replicas=2",
      "learning_rate.gated=0.2", "optimizer.shared=true", "compute.wire=bfloat16",
    ] { #expect(try recipe(set) != plain, "\(set)") }
  }

  @Test func theBaselineIsTheSameWithoutAGate() throws {
    let gated = try recipe("gate.lambda2=0.2", "gate.schedule=joint", "learning_rate.gated=0.2")
    #expect(gated.isGated && !gated.standard.isGated)
    #expect(try recipe("gate.schedule=standard") == gated.standard)
    #expect(
      try recipe("gate.schedule=standard", "gate.matrix={fixed: {per_class: 1, shared: 0}}")
        == gated.standard, "what is said of a gate means nothing without one")
    #expect(
      try recipe("gate.schedule=standard", "learning_rate.counted_over=run") == gated.standard,
      "all epochs are those of the one path")
    #expect(try recipe("gate.schedule=standard", "epochs=7") != gated.standard)
    #expect(gated.standard.standard == gated.standard)
  }

  /// The shipped pairs are what the paper compares.
  @Test func shippedBaselinesBelongToShippedRuns() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(Places.root)/configs")
    let baselines = names.filter { $0.hasSuffix("-std.yaml") }
    #expect(baselines.count > 3)
    func recipe(_ name: String) throws -> Recipe {
      try ResolvedConfiguration(file: "\(Places.root)/configs/\(name)").recipe
    }
    for name in baselines {
      let partners = ["-csg.yaml", ".yaml"].map { name.replacing("-std.yaml", with: $0) }
      let partner = try #require(partners.first(where: names.contains))
      #expect(try recipe(partner).standard == recipe(name), "\(name)")
    }
  }
}
