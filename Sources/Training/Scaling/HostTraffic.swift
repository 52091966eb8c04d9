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
    mostSlots = slotsOfRank.max() ?? 1
  }

  package let mostSlots: Int
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
    let longest = hosts.map { part(floats, $0) }.max() ?? 0
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
      if others > 0 {
        exchange.raise(\.longestBytes, to: terms(host) * longest * valueBytes)
        gather.raise(\.longestBytes, to: mine * valueBytes)
      }
      // A rank copies its slots into the shared memory, and the sum from there. What is added is read once and written
      // once, by all ranks of the host together: its slots to its terms, then all hosts' terms of its part to a sum.
      let slots = ranks.map { slotsOfRank[$0] }
      let read = (slots.reduce(0, +) + terms(host)) * floats + (termsBefore[hosts.count] + 1) * mine
      let touched = 2 * (slots.max() ?? 1) * floats + read / ranks.count
      exchange.raise(\.touchedBytes, to: touched * MemoryLayout<Float>.stride)
      gather.raise(\.touchedBytes, to: 2 * floats * MemoryLayout<Float>.stride)
    }
    return [exchange, gather]
  }
}
