import CProcess
import Communicator
import Core
import Foundation
import Kernels
import Network

extension Configuration.Compute {
  /// How a rank's network computes. Collective.
  package func resolved(level: CPULevel, communicator: Communicator) throws -> Network.Compute {
    let automatic = try Self.automaticThreads(communicator: communicator)
    let count = if case .count(let count) = threads { count } else { automatic }
    return Network.Compute(choice: convolution, level: level, threads: count)
  }

  /// A rank's share of the cores: all that it is bound to or, where it is free to run on any core of
  /// its host, an equal part of them. Collective.
  package static func automaticThreads(communicator: Communicator) throws -> Int {
    let ranks = try communicator.ranksOnThisHost()
    let cores = max(1, Int(cprocess_affinity_cores()))
    let isBound = cores < ProcessInfo.processInfo.processorCount
    return isBound ? cores : max(1, cores / ranks)
  }
}
