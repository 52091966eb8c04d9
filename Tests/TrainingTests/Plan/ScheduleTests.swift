import Core
import Foundation
import Network
import Training
import Testing

@Suite struct ScheduleTests {
  private func schedule(_ sets: String..., steps: Int = 10) throws -> Schedule {
    Schedule(try ResolvedConfiguration(sets: sets).values, stepsPerEpoch: steps)
  }

  private func paths(_ schedule: Schedule, _ epochs: Int) -> String {
    let letters: [Path: String] = [.standard: "s", .gated: "G", .joint: "J"]
    return (0..<epochs).map { letters[schedule.path(atEpoch: $0)] ?? "" }.joined()
  }

  @Test func csgEpochsCloseEachPeriod() throws {
    #expect(paths(try schedule(), 9) == "ssGssGssG")
    #expect(paths(try schedule("gate.csg_epochs=2"), 9) == "sGGsGGsGG")
    #expect(paths(try schedule("gate.csg_epochs=2", "gate.warmup_epochs=5"), 9) == "sssssGsGG")
    #expect(paths(try schedule("gate.period=1"), 3) == "GGG")
    #expect(paths(try schedule("gate.csg_epochs=0"), 6) == "ssssss")
    #expect(paths(try schedule("gate.schedule=standard"), 6) == "ssssss")
  }

  @Test func jointEpochsFollowTheWarmUp() throws {
    #expect(paths(try schedule("gate.schedule=joint"), 4) == "JJJJ")
    #expect(paths(try schedule("gate.schedule=joint", "gate.warmup_epochs=2"), 4) == "ssJJ")
  }

  /// Warm-up and joint epochs share state, rate and milestones.
  @Test func jointEpochsGoOnWithTheStandardPathsState() throws {
    let schedule = try schedule(
      "gate.schedule=joint", "gate.warmup_epochs=1", "epochs=4", "learning_rate.milestones=[0.5]",
      "learning_rate.standard=0.5", "learning_rate.gated=7", "gate.learning_rate=0.25",
      "learning_rate.gamma=0.5")
    #expect(schedule.stateNames == ["standard"] && schedule.stateName(.joint) == "standard")
    #expect((0..<4).map { schedule.rate(epoch: $0, step: 3) } == [0.5, 0.5, 0.25, 0.25])
    #expect((1..<4).map { schedule.gateRate(epoch: $0, step: 0) } == [0.25, 0.125, 0.125])
  }

  @Test func milestonesCountEachPathsOwnEpochs() throws {
    // 12 epochs of period 3: 8 standard, 4 gated. Halfway is after 4 standard, 2 gated epochs.
    let schedule = try schedule("epochs=12", "learning_rate.milestones=[0.5]")
    let factors = (0..<12).map { schedule.decay(atEpoch: $0) }
    #expect(factors == [1, 1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    let uneven = try self.schedule("epochs=4", "gate.period=2", "learning_rate.milestones=[0.5, 1]")
    #expect((0..<4).map { uneven.decay(atEpoch: $0) } == [1, 1, 0.1, 0.1])
  }

  /// The rule counted epoch by epoch, for every small schedule.
  @Test(arguments: 1...5, 0...7)
  func ownEpochsAreCountedRight(_ period: Int, _ warmup: Int) throws {
    for csg in 0...period {
      let epochs = 17
      let schedule = try schedule(
        "epochs=\(epochs)", "gate.period=\(period)", "gate.csg_epochs=\(csg)",
        "gate.warmup_epochs=\(warmup)", "learning_rate.milestones=[0.3, 0.5, 0.8]")
      let paths = (0..<epochs).map { schedule.path(atEpoch: $0) }
      for epoch in 0..<epochs {
        let own = paths[..<epoch].count { $0 == paths[epoch] }
        let total = paths.count { $0 == paths[epoch] }
        let passed = [3, 5, 8].count { 10 * own >= $0 * total }
        let expected = (0..<passed).reduce(1.0) { factor, _ in factor * 0.1 }
        #expect(schedule.decay(atEpoch: epoch) == expected, "\(csg) in \(period), epoch \(epoch)")
      }
    }
  }

  /// 12 epochs of period 3: 8 standard, 4 gated. The gated path comes to its second step later.
  @Test func stepsCountEachPathsOwnEpochs() throws {
    let schedule = try schedule(
      "epochs=12", "learning_rate.schedule=step", "learning_rate.step_epochs=3",
      "learning_rate.gamma=0.5")
    let factors = (0..<12).map { schedule.decay(atEpoch: $0) }
    #expect(factors == [1, 1, 1, 1, 0.5, 1, 0.5, 0.5, 1, 0.25, 0.25, 0.5])
  }

  /// PyTorch's CosineAnnealingLR over each path's own epochs.
  @Test func aCosineFallsOverEachPathsOwnEpochs() throws {
    let schedule = try schedule(
      "epochs=12", "learning_rate.schedule=cosine", "learning_rate.final=0.2",
      "gate.learning_rate=3")
    let own = [0, 1, 0, 2, 3, 1, 4, 5, 2, 6, 7, 3]
    for epoch in 0..<12 {
      let total = schedule.path(atEpoch: epoch) == .gated ? 4.0 : 8
      let expected = 0.2 + 0.8 * (1 + cos(Double.pi * Double(own[epoch]) / total)) / 2
      #expect(abs(schedule.decay(atEpoch: epoch) - expected) < 1e-15, "epoch \(epoch)")
    }
    #expect(schedule.decay(atEpoch: 0) == 1 && schedule.gateRate(epoch: 2, step: 0) == 3)
  }

  /// Counted step by step, in every kind of schedule.
  @Test(
    arguments: [
      "gate.schedule=standard", "gate.schedule=alternate", "gate.schedule=joint",
      "optimizer.shared=true", "gate.csg_start=0", "gate={ csg_epochs: 1, csg_start: 1 }",
    ],
    [
      ["gate.optimizer=momentum"], ["gate.optimizer=shared"],
      ["gate.optimizer=momentum", "gate.learns_in=all"],
      ["gate.optimizer=shared", "gate.learns_in=all"],
    ])
  func stepsOfEachStateAreCounted(_ set: String, _ rule: [String]) throws {
    let sets = ["gate.warmup_epochs=2", "gate.period=3", "gate.csg_epochs=2", set]
    let schedule = Schedule(
      try ResolvedConfiguration(sets: sets + rule).values, stepsPerEpoch: 4)
    var taken: [String: Int] = [:], gateTaken: [String: Int] = [:]
    for epoch in 0..<9 {
      let path = schedule.path(atEpoch: epoch)
      for step in 0..<4 {
        for state in schedule.stateNames {
          let counted = schedule.steps(ofState: state, epoch: epoch, step: step)
          #expect(counted == taken[state] ?? 0, "\(state), epoch \(epoch)")
        }
        for state in schedule.gateStateNames {
          let counted = schedule.gateSteps(ofState: state, epoch: epoch, step: step)
          #expect(counted == gateTaken[state] ?? 0, "G's \(state), epoch \(epoch)")
        }
        taken[schedule.stateName(path), default: 0] += 1
        if schedule.movesGate(epoch: epoch) {
          gateTaken[schedule.gateStateName(path), default: 0] += 1
        }
      }
    }
    #expect(Set(gateTaken.keys) == Set(schedule.gateStateNames))
  }

  @Test func csgEpochsMayBeginAnywhereInAPeriod() throws {
    #expect(paths(try schedule("gate.csg_start=1"), 6) == "sGssGs")
    #expect(paths(try schedule("gate.csg_start=0", "gate.csg_epochs=2"), 6) == "GGsGGs")
    #expect(paths(try schedule("gate.csg_start=1", "gate.warmup_epochs=2"), 6) == "ssssGs")
  }

  @Test func gMovesWhereTheConfigurationSays() throws {
    func epochs(_ sets: String...) throws -> [Int] {
      let schedule = Schedule(try ResolvedConfiguration(sets: sets).values, stepsPerEpoch: 1)
      return (0..<6).filter { schedule.movesGate(epoch: $0) }
    }
    #expect(try epochs() == [2, 5])
    #expect(try epochs("gate.learns_in=all") == Array(0..<6))
    #expect(try epochs("gate.learns_in=all", "gate.schedule=standard") == [])
    let penalized = try schedule("gate.learns_in=all")
    #expect((0..<6).filter { penalized.penalizesGate(epoch: $0) } == [2, 5])
    let always = try schedule("gate.learns_in=all", "gate.penalty_in=all")
    #expect((0..<6).allSatisfy { always.penalizesGate(epoch: $0) })
  }

  /// One state over 6 epochs: what counts is the run's epochs either way.
  @Test func milestonesMayCountTheRunsEpochs() throws {
    let sets = ["epochs=6", "learning_rate.gamma=0.5"]
    func factors(_ more: String...) throws -> [Double] {
      let schedule = Schedule(
        try ResolvedConfiguration(sets: sets + more).values, stepsPerEpoch: 1)
      return (0..<6).map { schedule.decay(atEpoch: $0) }
    }
    let byRun = "learning_rate.counted_over=run", byEpochs = "learning_rate.milestones_in=epochs"
    #expect(
      try factors("learning_rate.milestones=[0.5]", byRun) == [1, 1, 1, 0.5, 0.5, 0.5])
    #expect(
      try factors("learning_rate.milestones=[1, 4]", byEpochs, byRun)
        == [1, 0.5, 0.5, 0.5, 0.25, 0.25])
    // Epochs 2 and 5 gate: the second has one epoch of its path before it.
    #expect(
      try factors("learning_rate.milestones=[1, 3]", byEpochs) == [1, 0.5, 1, 0.5, 0.25, 0.5])
  }

  /// Steps 0 and 1 of the run's first epoch warm up, on whatever path.
  @Test func warmUpMayCountTheRunsEpochs() throws {
    let schedule = try schedule(
      "learning_rate.warmup_epochs=1", "learning_rate.counted_over=run", "gate.csg_start=1",
      "learning_rate.milestones=[]", steps: 2)
    #expect([0, 1].map { schedule.rate(epoch: 0, step: $0) } == [0.05, 0.1])
    #expect(schedule.rate(epoch: 1, step: 0) == 0.1)
  }

  @Test func aSharedOptimizerGivesGThetasRate() throws {
    let schedule = try schedule(
      "gate.optimizer=shared", "gate.learning_rate=7", "learning_rate.gated=0.25",
      "learning_rate.standard=0.5", "learning_rate.warmup_epochs=1", steps: 2)
    #expect([0, 1].map { schedule.gateRate(epoch: 2, step: $0) } == [0.125, 0.25])
  }

  @Test func warmUpRisesOverAPathsFirstSteps() throws {
    let schedule = try schedule(
      "learning_rate.warmup_epochs=1", "learning_rate.standard=0.2", "learning_rate.gated=0.1",
      steps: 4)
    #expect((0..<4).map { schedule.rate(epoch: 0, step: $0) } == [0.05, 0.1, 0.2 * 0.75, 0.2])
    #expect(schedule.rate(epoch: 1, step: 0) == 0.2)
    #expect(schedule.rate(epoch: 2, step: 0) == 0.025)
    #expect(schedule.gateRate(epoch: 2, step: 0) == 0.1)
  }

  @Test func aSharedStateHasOneSchedule() throws {
    let schedule = try schedule(
      "optimizer.shared=true", "epochs=6", "learning_rate.milestones=[0.5]")
    #expect(schedule.stateNames == ["shared"])
    #expect((0..<6).map { schedule.decay(atEpoch: $0) } == [1, 1, 1, 0.1, 0.1, 0.1])
  }

  @Test func withoutGateThereIsOneState() throws {
    #expect(try schedule("gate.schedule=standard").stateNames == ["standard"])
    #expect(try schedule().stateNames == ["standard", "gated"])
  }
}
