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

  /// All of it.
  package var total: Int { buffers + batches + checkpoint + program }

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
