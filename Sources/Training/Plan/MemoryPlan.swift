import Core
import Foundation

/// What a rank's process will hold at most, in bytes: known before the first step, since a step
/// allocates nothing.
package struct MemoryPlan: Sendable, Codable {
  /// Activations, gradients, state and scratch.
  package let buffers: Int
  /// Batches that are read, wait or are computed, and the order of an epoch.
  package let batches: Int
  /// A checkpoint on its way to disk, and read back to verify it.
  package let checkpoint: Int
  /// The program with its libraries, as it stands now.
  package let program: Int

  /// A plan of these parts.
  package init(buffers: Int, batches: Int, checkpoint: Int, program: Int) {
    self.buffers = buffers
    self.batches = batches
    self.checkpoint = checkpoint
    self.program = program
  }

  /// All of it.
  package var total: Int { buffers + batches + checkpoint + program }

  /// What of `limits` so many ranks of one host would go over, in words; nil where there is room.
  ///
  /// Of the address space this process has taken its buffers and the program's part already.
  package func objection(_ limits: MachineLimits, ranks: Int) -> String? {
    func text(_ bytes: Int) -> String { NumberText.mebibytes(bytes, roundedUp: true) }
    let needed = total * ranks
    if needed > limits.memory.amount {
      return "the ranks of this host need \(text(needed)) of its "
        + "\(NumberText.mebibytes(limits.memory.amount)) (\(limits.memory.source))"
    }
    let reserved = limits.addressSpaceTaken + batches + checkpoint
    guard let room = limits.addressSpace, reserved > room.amount else { return nil }
    return "a rank needs \(text(reserved)) of the address space of "
      + "\(NumberText.mebibytes(room.amount)) that it may have (\(room.source))"
  }

  /// The plan in words.
  package var text: String {
    func mebibytes(_ bytes: Int) -> String { NumberText.mebibytes(bytes, roundedUp: true) }
    return "\(mebibytes(total)) a rank at most: activations, gradients and state "
      + "\(mebibytes(buffers)), batches \(mebibytes(batches)), a checkpoint being saved "
      + "\(mebibytes(checkpoint)), the program \(mebibytes(program))"
  }
}

/// The memory of this process.
package enum ProcessMemory {
  /// Largest resident size so far, in bytes.
  package static var peakBytes: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss * 1024  // Linux counts KiB
  }
}
