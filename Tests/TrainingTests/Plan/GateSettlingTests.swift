import Core
import Datasets
import Testing

import Training

/// Whether a run's steps can bring G to its bound.
@Suite struct GateSettlingTests {
  private func settling(_ sets: String..., steps: Int = 196) throws -> GateSettling? {
    let values = try ResolvedConfiguration(sets: sets).values
    return GateSettling(values, schedule: Schedule(values, stepsPerEpoch: steps))
  }

  /// Rate × λ2 over the steps that gate, each at its epoch's rate.
  @Test func stepsAreSummedAtTheirRates() throws {
    // Epochs 2 and 5 gate; the second is past half of them.
    let sum = try #require(try settling("epochs=6")?.sum)
    #expect(abs(sum - 196 * 0.01 * (1 + 0.1)) < 1e-9)
    let joint = try #require(try settling("epochs=3", "gate.schedule=joint")?.sum)
    #expect(abs(joint - 196 * 0.01 * (1 + 1 + 0.1)) < 1e-9)
    // The second of two STD epochs is past half of them.
    let all = try #require(
      try settling("epochs=3", "gate.learns_in=all", "gate.penalty_in=all")?.sum)
    #expect(abs(all - 196 * 0.01 * (1 + 0.1 + 1)) < 1e-9)
  }

  /// Momentum goes 1 / (1 − μ) times as far; Adam by its rate, whatever λ2.
  @Test func rulesGoAsFarAsTheyDo() throws {
    func sum(_ sets: String...) throws -> Double {
      let values = try ResolvedConfiguration(
        sets: ["epochs=3", "learning_rate.milestones=[]"] + sets
      ).values
      return try #require(
        GateSettling(values, schedule: Schedule(values, stepsPerEpoch: 100))?.sum)
    }
    #expect(abs(try sum("gate.optimizer=momentum") - 10) < 1e-9)
    #expect(abs(try sum("gate.optimizer=adam", "gate.lambda2=7") - 10) < 1e-9)
    #expect(abs(try sum("gate.optimizer=shared", "learning_rate.gated=0.2") - 20) < 1e-9)
  }

  @Test func whatNeedNotSettleIsNotAsked() throws {
    #expect(try settling("gate.schedule=standard") == nil)
    #expect(try settling("gate.matrix={ fixed: { per_class: 6, shared: 4 } }") == nil)
    #expect(try settling("gate.lambda2=0") == nil)
    #expect(try settling("gate.projection=none") == nil)
    #expect(try settling("gate.density_bound=1") == nil)
    #expect(try settling("epochs=2") == nil, "no epoch gates")
  }

  /// The shipped recipes settle, but for the authors' (λ2 1e-3: METHOD).
  @Test func cautionsNameTheFactor() throws {
    #expect(try settling()?.caution == nil)
    #expect(try settling("epochs=15")?.caution == nil)
    let short = try #require(try settling("epochs=6")?.caution)
    #expect(short.contains("sum to 2.16") && short.contains("3.7 times"), "\(short)")
    let slow = try #require(try settling("gate.lambda2=1e-3", "epochs=30")?.caution)
    #expect(slow.contains("gate.lambda2"), "\(slow)")
  }

  /// λ2 is not to be raised until a step takes all that an entry has: 0.5 in the first, then 1.
  @Test func whatWouldLoseTheGateIsNotAdvised() throws {
    let few = try #require(try settling("epochs=3", steps: 2)?.caution)
    #expect(few.contains("train 400 times as many epochs"), "\(few)")
    let lost = try #require(try settling("gate.lambda2=6")?.caution)
    #expect(lost.contains("takes 0.60 (rate × lambda2)") && lost.contains("have 0.5:"), "\(lost)")
    #expect(try settling("gate.lambda2=6", "gate.initial=1")?.caution == nil)
    let later = try settling("gate.lambda2=4", "gate.optimizer=momentum")?.caution
    #expect(later?.contains("takes 4.00 (rate × lambda2)") == true, "\(later ?? "")")
  }

  @Test func theBoundFollowsTheClasses() {
    let auto = Configuration.Gate.DensityBound.auto
    #expect(auto.value(classes: 6) == 0.2 && auto.value(classes: 10) == 0.12)
    #expect(auto.value(classes: 2) == 0.6)
    #expect(Configuration.Gate.DensityBound.value(0.3).value(classes: 6) == 0.3)
  }

  @Test func batchesOfFewAreTold() {
    func cautions(_ samples: Int, _ batch: Int, _ replicas: Int) -> [String] {
      BatchPlan(
        samples: samples, batchSize: batch, replicas: replicas, seed: 0, shuffle: .full
      ).cautions(.replica)
    }
    #expect(cautions(6400, 64, 4).isEmpty)
    #expect(cautions(6400 + 8, 64, 4).isEmpty, "two pictures a replica")
    #expect(cautions(6400 + 7, 64, 4).first?.contains("7 for 4 replicas") == true)
    #expect(cautions(640, 64, 4).first?.contains("a batch_size of 32 or less") == true)
    #expect(
      BatchPlan(samples: 6407, batchSize: 64, replicas: 4, seed: 0, shuffle: .full).cautions(.sync)
        .isEmpty)
  }
}
