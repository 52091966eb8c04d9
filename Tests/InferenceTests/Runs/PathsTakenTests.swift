import Core
import Inference
import Storage
import Testing

/// How long a run took each path, by what its checkpoint keeps.
@Suite struct PathsTakenTests {
  /// A checkpoint after epochs that ended with these steps, `gated` and `joint` of them on these paths, and
  /// so many steps of the next.
  private func checkpoint(
    _ ends: [Double], gated: [Double], joint: [Double]? = nil, under way: Int = 0
  ) -> Checkpoint {
    var checkpoint = Checkpoint(
      architecture: "resnet8", classes: 2, channels: 1, parameters: [], buffers: [], gate: nil)
    checkpoint.history = ["step": ends, "is_gated": gated]
    if let joint { checkpoint.history["is_joint"] = joint }
    checkpoint.epoch = ends.count
    checkpoint.stepInEpoch = way
    checkpoint.step = (ends.last.flatMap { Int(exactly: $0) } ?? 0) + way
    return checkpoint
  }

  private func gate(_ sets: String...) throws -> Configuration.Gate {
    try ResolvedConfiguration(sets: sets).values.gate
  }

  private func part(_ epochs: Int, _ steps: Int) -> PathsTaken.Part {
    .init(epochs: epochs, steps: steps)
  }

  @Test func epochsAreCountedByTheirPath() throws {
    let gate = try gate("gate.period=2")
    let whole = checkpoint([11, 22, 33, 40], gated: [0, 1, 0, 1])
    #expect(
      PathsTaken(whole, gate: gate)
        == PathsTaken(standard: part(2, 22), gated: part(2, 18), joint: part(0, 0)))
    let joint = checkpoint([5, 10, 15], gated: [0, 0, 0], joint: [0, 1, 1])
    #expect(
      PathsTaken(joint, gate: gate)
        == PathsTaken(standard: part(1, 5), gated: part(0, 0), joint: part(2, 10)))
  }

  /// The schedule says which path an epoch takes that has not ended.
  @Test func stepsOfAnEpochUnderWayCount() throws {
    let first = checkpoint([], gated: [], under: 3)
    #expect(
      PathsTaken(first, gate: try gate("gate.period=2"))
        == PathsTaken(standard: part(0, 3), gated: part(0, 0), joint: part(0, 0)))
    #expect(
      PathsTaken(first, gate: try gate("gate.period=2", "gate.csg_start=0"))
        == PathsTaken(standard: part(0, 0), gated: part(0, 3), joint: part(0, 0)))
    let second = checkpoint([11], gated: [0], under: 4)
    #expect(
      PathsTaken(second, gate: try gate("gate.period=2"))
        == PathsTaken(standard: part(1, 11), gated: part(0, 4), joint: part(0, 0)))
    #expect(
      PathsTaken(second, gate: try gate("gate.schedule=joint"))
        == PathsTaken(standard: part(1, 11), gated: part(0, 0), joint: part(0, 4)))
    #expect(
      PathsTaken(checkpoint([], gated: []), gate: try gate())
        == PathsTaken(standard: part(0, 0), gated: part(0, 0), joint: part(0, 0)))
  }

  /// Stopped before the epoch was evaluated: all of its steps are taken.
  @Test func anEpochThatIsNotClosedCounts() throws {
    var open = checkpoint([11], gated: [0])
    (open.epoch, open.step, open.stepInEpoch) = (2, 22, 0)
    open.history["under_way"] = [3.5, 7, 502, 1]
    let paths = try #require(PathsTaken(open, gate: try gate()))
    let parts = [paths.standard, paths.gated, paths.joint]
    #expect(parts.map(\.epochs).reduce(0, +) == 2 && parts.map(\.steps).reduce(0, +) == 22)
    open.step = 11
    #expect(PathsTaken(open, gate: try gate()) == nil)
  }

  /// What does not account for every step is no account.
  @Test func historiesThatDoNotAddUpAreUnknown() throws {
    let gate = try gate()
    var none = checkpoint([11], gated: [0])
    none.history = [:]
    var later = checkpoint([11], gated: [0])
    later.step = 12
    var more = checkpoint([11], gated: [0])
    more.epoch = 2
    for odd in [
      none, later, more, checkpoint([11, 5], gated: [0, 0]), checkpoint([11], gated: []),
      checkpoint([11.5], gated: [0]), checkpoint([.nan], gated: [0]),
      checkpoint([11], gated: [0], joint: []),
    ] {
      #expect(PathsTaken(odd, gate: gate) == nil)
    }
  }
}
