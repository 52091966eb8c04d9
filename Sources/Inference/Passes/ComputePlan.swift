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

  /// A rank's share of the cores that it may run on (`MachineLimits.threads(ranks:sharing:)`). Collective.
  package static func automaticThreads(communicator: Communicator) throws -> Int {
    let mine = Topology.own.cores(of: Affinity.own)
    let cores = try communicator.gather(mine.sorted())
    let ranks = try communicator.ranksOfThisHost()
    let sharing = ranks.count { !mine.isDisjoint(with: cores[$0]) }
    return MachineLimits().threads(ranks: ranks.count, sharing: max(1, sharing))
  }
}
