import Foundation
import TestSupport
import Testing

/// Runs whose loss is no number.
@Suite struct NonfiniteTests {
  private static let wild = ["learning_rate.standard=1e30", "learning_rate.warmup_epochs=0"]

  private func train(_ keys: [String], in sandbox: Sandbox, ranks: Int? = nil) throws -> Finished {
    try sandbox.train("a", (Self.wild + keys).flatMap { ["--set", $0] }, ranks: ranks)
  }

  @Test func theTensorIsNamed() throws {
    let finished = try train([], in: Sandbox())
    #expect(finished.status == 1)
    #expect(
      finished.lastErrorLine.contains(#/epoch 0, step \d: the loss is [a-z]+, and gradient/[a-z]/#),
      "\(finished.errors)")
  }

  /// θ is lost for good, so that no step helps.
  @Test func tenSkippedStepsInARowEndTheRun() throws {
    let sandbox = try Sandbox()
    let finished = try train(["numerics.on_nonfinite=skip"], in: sandbox, ranks: 2)
    #expect(finished.status == 1)
    #expect(finished.errors.contains("10 steps in a row skipped: "), "\(finished.errors)")
    let skips = try sandbox.records("a").filter { $0["kind"] as? String == "skip" }
    let steps = skips.compactMap { $0["step"] as? Int }
    #expect(steps.count == 9 && steps == (0..<9).map { steps[0] + $0 })
    #expect(skips.allSatisfy { ($0["reason"] as? String)?.contains("gradient/") == true })
  }

  /// So that no rollback helps either. A run that is resumed remembers them; another run in its place does not.
  @Test func threeRollbacksToOnePlaceEndTheRun() throws {
    let sandbox = try Sandbox()
    let sets = ["numerics.on_nonfinite=rollback", "checkpoint.every_steps=0"]
    for ranks in [2, nil] {
      let more = ranks == nil ? ["--resume", "auto"] : []
      let finished = try sandbox.train(
        "a", (Self.wild + sets).flatMap { ["--set", $0] } + more, ranks: ranks)
      #expect(finished.status == 1)
      #expect(
        finished.lastErrorLine.contains(
          #/epoch 0, step \d: the loss is [a-z]+, and gradient/.* after 3 rollbacks to the start/#),
        "\(finished.errors)")
      let records = try sandbox.records("a").filter { $0["kind"] as? String == "rollback" }
      let steps = records.compactMap { $0["step"] as? Int }
      #expect(steps.count == 3 && steps == (0..<3).map { steps[0] + $0 })
      #expect(records.allSatisfy { $0["checkpoint"] as? Int == 0 && $0["epoch"] as? Int == 0 })
      #expect(records.allSatisfy { ($0["reason"] as? String)?.contains("gradient/") == true })
    }
    let other = try sandbox.train(
      "a", sets.flatMap { ["--set", $0] } + ["--resume", "auto", "--max-steps", "3"])
    #expect(other.status == 0, "\(other.errors)")
    #expect(
      try sandbox.records("a").compactMap { $0["kind"] as? String } == ["step", "step", "step"])
  }

  /// Nor where a checkpoint comes before each.
  @Test func tenStepsThatAreLeftOutInARowEndTheRun() throws {
    let sandbox = try Sandbox()
    let finished = try train(
      ["numerics.on_nonfinite=rollback", "checkpoint.every_steps=1", "batch_size=20"], in: sandbox)
    #expect(finished.status == 1)
    #expect(
      finished.lastErrorLine.contains(
        #/10 steps in a row skipped: the loss is [a-z]+, and gradient/.* is not finite/#),
      "\(finished.errors)")
    let records = try sandbox.records("a")
    for kind in ["rollback", "skip"] {
      let steps = records.filter { $0["kind"] as? String == kind }
        .compactMap { $0["step"] as? Int }
      #expect(steps.count == 9 && steps == (0..<9).map { steps[0] + $0 }, "\(kind)")
    }
  }
}
