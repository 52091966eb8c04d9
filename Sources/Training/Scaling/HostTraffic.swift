import Communicator

/// The traffic of `OrderedAllReduce` by hosts: ranks of a host put their slots into memory that they share and add what
/// is whole within the host; what is left (terms) goes between hosts once, and so do the sums of each host's part.
package struct HostTraffic: SumTraffic {
  private let plan: HostPlan
  private let slotsOfRank: [Int]
  /// Terms of the hosts before each, and at the end of all.
  private let termsBefore: [Int]
  private let valueBytes: Int

  /// The sum over `replicas` replicas, of values that are `valueBytes` long on their way.
  package init(replicas: Int, shape: HostShape, valueBytes: Int = MemoryLayout<Float>.stride) {
    let tree = ReductionTree(replicas: replicas, ranks: shape.ranks)
    slotsOfRank = tree.slotsOfRank
    plan = HostPlan(tree, HostMap((0..<shape.ranks).map { $0 / shape.ranksPerHost }))
    termsBefore = plan.roots.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    self.valueBytes = valueBytes
  }

  private var hosts: Range<Int> { plan.map.ranks.indices }

  private func terms(_ host: Int) -> Int { plan.roots[host].count }

  /// Floats that a host finishes: the more terms it has, the more.
  private func part(_ floats: Int, _ host: Int) -> Int {
    let all = termsBefore[hosts.count]
    return termsBefore[host + 1] * floats / all - termsBefore[host] * floats / all
  }

  package func sentBytes(floats: Int) -> [Int] {
    let parts = hosts.map { part(floats, $0) }
    var bytes = [Int](repeating: 0, count: slotsOfRank.count)
    for host in hosts {
      let terms = terms(host)
      for other in hosts where other != host {
        bytes[plan.carrier(of: host, to: other)] +=
          (terms * parts[other] + parts[host]) * valueBytes
      }
    }
    return bytes
  }

  package func phases(floats: Int) -> [SumPhase] {
    guard slotsOfRank.count > 1 else { return [] }
    var exchange = SumPhase()
    var gather = SumPhase()
    for host in hosts {
      let ranks = plan.map.ranks[host]
      let mine = part(floats, host)
      let others = hosts.count - 1
      // Out: our terms of their parts, then our part's sum to each of them; in: the other way round.
      exchange.raise(\.linkBytes, to: terms(host) * (floats - mine) * valueBytes)
      exchange.raise(\.linkBytes, to: (termsBefore[hosts.count] - terms(host)) * mine * valueBytes)
      gather.raise(\.linkBytes, to: others * mine * valueBytes)
      gather.raise(\.linkBytes, to: (floats - mine) * valueBytes)
      let streams = (others + ranks.count - 1) / ranks.count
      exchange.messages = max(exchange.messages, streams)
      gather.messages = max(gather.messages, streams)
      // Slots are put into the shared memory and read there, and so is the sum.
      let slots = ranks.map { slotsOfRank[$0] }.max() ?? 1
      exchange.raise(\.hostBytes, to: slots * floats * MemoryLayout<Float>.stride)
      gather.raise(\.hostBytes, to: floats * valueBytes)
      let added = plan.inner[host].count * floats + plan.outer.count * mine
      exchange.raise(\.addedBytes, to: added / ranks.count * MemoryLayout<Float>.stride)
    }
    return [exchange, gather]
  }
}
