import Communicator
import Core
import Kernels
import Network

extension Configuration.Compute {
  /// How a rank's network computes. Collective.
  package func resolved(level: CPULevel, communicator: Communicator) throws -> Network.Compute {
    let automatic = try Self.automaticThreads(communicator: communicator)
    let count = if case .count(let count) = threads { count } else { automatic }
    return Network.Compute(choice: convolution, level: level, threads: count)
  }

  /// A rank's share of the cores of its host (`MachineLimits.threads(ranks:)`). Collective.
  package static func automaticThreads(communicator: Communicator) throws -> Int {
    MachineLimits().threads(ranks: try communicator.ranksOnThisHost())
  }
}
