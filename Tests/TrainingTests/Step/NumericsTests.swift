import Core
import Foundation
import Kernels
import Testing
import Training

/// Gradients that are no numbers, or too large.
@Suite struct NumericsTests {
  private func run(_ sets: [String]) throws -> GoldenRun {
    try GoldenRun(
      file: "variants.safetensors", prefix: "adam/", architecture: "resnet8", side: 8, stride: 3,
      sets: ["gate.period=3", "gate.csg_epochs=2", "gate.optimizer=adam"] + sets,
      level: CPULevel.best)
  }

  private func take(_ run: GoldenRun, epoch: Int, leavesOut: Bool = false) throws -> StepResult {
    try run.step.run(
      run.batch(step: 0, epoch: epoch), samples: GoldenRun.images, stopRequested: true,
      leavesOut: leavesOut)
  }

  private func bits(_ run: GoldenRun) -> [UInt32] {
    let network = run.network
    return (network.theta.array + network.statistics.array + network.gate.matrix.array)
      .map(\.bitPattern)
  }

  /// Nor what the optimisers remember: the next step is that of a run without it.
  @Test(arguments: [0, 1]) func aSkippedStepChangesNothing(epoch: Int) throws {
    let run = try run(["numerics.on_nonfinite=skip"])
    let undisturbed = try self.run([])
    #expect(try take(run, epoch: epoch).skipped == nil)
    _ = try take(undisturbed, epoch: epoch)
    #expect(bits(run) == bits(undisturbed))
    let weight = run.network.theta[0]
    run.network.theta[0] = .nan
    let before = bits(run)
    let result = try take(run, epoch: epoch)
    #expect(
      result.skipped?.hasPrefix("the loss is nan, and gradient/") == true,
      "\(result.skipped ?? "")")
    #expect(result.isStopRequested && bits(run) == before)
    run.network.theta[0] = weight
    let next = try take(run, epoch: epoch)
    #expect(next.skipped == nil && next.gradientNorm?.isFinite == true)
    _ = try take(undisturbed, epoch: epoch)
    #expect(bits(run) == bits(undisturbed) && bits(run) != before)
  }

  /// Whatever it comes to; one that is not finite changes nothing before the run goes back either.
  @Test(arguments: [0, 1]) func aStepThatIsLeftOutChangesNothing(epoch: Int) throws {
    let run = try run(["numerics.on_nonfinite=rollback"])
    let before = bits(run)
    let weight = run.network.theta[0]
    for value in [weight, .nan] {
      run.network.theta[0] = value
      let result = try take(run, epoch: epoch, leavesOut: true)
      #expect(result.skipped == "left out since a rollback" && result.isStopRequested)
    }
    #expect(try take(run, epoch: epoch).skipped?.hasPrefix("the loss is nan") == true)
    run.network.theta[0] = weight
    #expect(bits(run) == before)
    let undisturbed = try self.run([])
    #expect(try take(run, epoch: epoch).skipped == nil)
    _ = try take(undisturbed, epoch: epoch)
    #expect(bits(run) == bits(undisturbed) && bits(run) != before)
  }

  @Test func otherwiseItEndsTheRun() throws {
    let run = try run([])
    #expect(try take(run, epoch: 0).gradientNorm == nil)
    run.network.theta[0] = .infinity
    let before = bits(run)
    let error = #expect(throws: CSGError.self) { try take(run, epoch: 0) }
    #expect(error?.exitCode == .failure && error?.message.contains("gradient/") == true)
    #expect(bits(run) == before)
  }

  /// What is added in another order may differ in the last bits of Double, not more.
  @Test func theNormIsThatOfTheMean() throws {
    let values = (0..<1003).map { Float($0 % 17) - 8.25 }
    let expected = values.reduce(0) { $0 + Double($1) * Double($1) }
    let buffer = FloatBuffer(values).all
    #expect(abs(SquareSum.of(buffer) / expected - 1) < 1e-14)
    let norm = GradientNorm.value(buffer, learning: [0..<1000, 1000..<1003], samples: 7)
    #expect(abs(norm / (expected.squareRoot() / 7) - 1) < 1e-14)
    buffer[1001] = .infinity
    #expect(!SquareSum.of(buffer).isFinite)
    #expect(GradientNorm.factor(2, most: nil) == 1 && GradientNorm.factor(2, most: 3) == 1)
    #expect(abs(GradientNorm.factor(8, most: 2) - 0.25) < 1e-6)
  }
}
