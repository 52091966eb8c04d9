import Foundation
import Storage
import TestSupport
import Testing

/// A bit that flips in one rank's memory is told before the next save, wherever in the state it lies.
///
/// A real bit in the memory of a running process: rank 1 is stopped as it computes a step, a tensor of
/// the newest checkpoint is found in its memory, and one bit of it is changed.
@Suite struct MemoryFlipTests {
  private static let sets = [
    "--set", "checkpoint.every_steps=1", "--set", "batch_size=250", "--set", "compute.threads=1",
    "--set", "model.architecture=resnet20",
    // No step is verified, but saves are waited for: the ranks rest as one is told.
    "--set", "verify.replay_every=1000000",
  ]

  @Test(arguments: [
    "buffers/layer3.2.bn2.running_var", "parameters/layer3.2.bn2.weight",
    "optimizer/standard/layer3.2.bn2.weight", "gate",
  ])
  func isToldBeforeTheNextSave(_ name: String) throws {
    let sandbox = try Sandbox()
    let program = try sandbox.start("a", Self.sets, ranks: 2)
    var flipped: Int?
    for step in 1...4 where flipped == nil {
      let file = sandbox.folder("runs/a/checkpoints/step-00000000\(step).h5")
      try #require(
        program.waitForError(containing: "saved runs/a/checkpoints/step-00000000\(step)"))
      let ranks = try program.children()
      let one = try #require(ranks.first { Memory.rank($0) == 1 })
      kill(one, SIGSTOP)
      defer { kill(one, SIGCONT) }
      let values = try HDF5File(reading: file).dataset(name).readAll(Float.self)
      do {
        if try Memory.flip(values, in: one) { flipped = step }
      } catch Memory.Refused.memory {
        kill(one, SIGCONT)
        program.send(SIGKILL)
        _ = program.finish()
        print("SKIPPED: this system lets no process write another's memory")
        return
      }
    }
    let step = try #require(flipped, "the tensor was found in rank 1's memory")
    let finished = program.finish()
    #expect(finished.status == 1, "\(finished.errors)")
    #expect(finished.lastErrorLine.contains("rank 1 is out of lockstep with rank 0"))
    if name.hasPrefix("buffers") {
      #expect(finished.lastErrorLine.contains("first in layer3.2.bn2.running_var"))
    }
    let saved = finished.errors.split(separator: "\n").filter { $0.hasPrefix("saved ") }
    #expect(saved.count == step, "nothing is saved after the flip: \(saved)")
  }
}
