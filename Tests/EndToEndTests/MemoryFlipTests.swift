import Core
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
      let one = try #require(ranks.first { Self.rank($0) == 1 })
      kill(one, SIGSTOP)
      defer { kill(one, SIGCONT) }
      let values = try HDF5File(reading: file).dataset(name).readAll(Float.self)
      do {
        if try Self.flip(values, in: one) { flipped = step }
      } catch Refused.memory {
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

  private enum Refused: Error { case memory }

  private static func rank(_ process: Int32) -> Int? {
    let text = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
    let name = "OMPI_COMM_WORLD_RANK="
    return String(decoding: text, as: UTF8.self).split(separator: "\0")
      .first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) }
  }

  /// Flips bit 20 of the first value wherever `values` lie in a process's own memory.
  private static func flip(_ values: [Float], in process: Int32) throws -> Bool {
    let memory = open("/proc/\(process)/mem", O_RDWR)
    guard memory >= 0 else { throw Refused.memory }
    defer { close(memory) }
    let pattern = values.withUnsafeBytes { Data($0) }
    // Foundation reads no more of such a file than its first pages.
    let maps = String(
      decoding: try FileSystem.contents(of: "/proc/\(process)/maps") ?? [], as: UTF8.self)
    var found = false
    for line in maps.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count == 5, fields[1] == "rw-p" else { continue }  // memory without a file
      let bounds = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
      // Parts that overlap by a pattern's length: neighbouring buffers make one large mapping.
      for start in stride(from: bounds[0], to: bounds[1], by: 1 << 24) {
        var bytes = Data(count: min(1 << 24 + pattern.count, bounds[1] - start))
        let count = bytes.withUnsafeMutableBytes {
          pread(memory, $0.baseAddress, $0.count, off_t(start))
        }
        guard count > 0, let place = bytes.prefix(count).range(of: pattern) else { continue }
        var word = values[0].bitPattern ^ 1 << 20
        guard pwrite(memory, &word, 4, off_t(start + place.lowerBound)) == 4 else {
          throw Refused.memory
        }
        found = true
      }
    }
    return found
  }
}
