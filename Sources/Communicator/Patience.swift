import Core
import Foundation

/// How long a rank waits for the others before it ends the job.
package enum Patience {
  /// The variable that sets both waits, in seconds.
  package static let variable = "CSG_TIMEOUT_SECONDS"

  /// From MPI's start until all ranks have said that they run the same program: 10 minutes.
  package static func start(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Int { try given(environment) ?? 600 }

  /// While a command works: 2 hours, since ranks may wait for one that writes a shard of an image folder or
  /// a report. (Training meets at every step, and has `lockstep.timeout_seconds`.)
  package static func work(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Int { try given(environment) ?? 7200 }

  private static func given(_ environment: [String: String]) throws -> Int? {
    guard let text = environment[variable], !text.isEmpty else { return nil }
    guard let seconds = Int(text), (1...1_000_000_000).contains(seconds) else {
      throw CSGError(.usage, "\(variable)=\(text): expected seconds, a whole number from 1 on")
    }
    return seconds
  }
}
