import Communicator
import Testing

/// Pure: every rank runs them alike.
@Suite struct HostPlanTests {
  static let partitions = [
    [0], [0, 0], [0, 1], [0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1],
    [0, 1, 1, 1], [0, 1, 2, 2], [0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 1, 0], [0, 1, 2, 3],
    [0, 0, 0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2, 0, 1],
  ]

  /// As expressions: what a host adds and what is left make the text of the tree over replicas.
  @Test(arguments: partitions)
  func hostsAndWhatIsLeftMakeTheTree(_ hosts: [Int]) {
    for replicas in hosts.count...20 {
      let tree = ReductionTree(replicas: replicas, ranks: hosts.count)
      let plan = HostPlan(tree, HostMap(hosts))
      #expect(plan.slots.flatMap { $0 }.sorted() == Array(tree.slots.indices))
      var terms: [String] = []
      for host in plan.slots.indices {
        var texts = plan.slots[host].map { expression(tree.slots[$0]) }
        for addition in plan.inner[host] {
          texts[addition.into] = "(\(texts[addition.into])+\(texts[addition.from]))"
        }
        terms += plan.roots[host].map { texts[$0] }
      }
      #expect(terms.count == plan.terms && plan.outer.count == plan.terms - 1)
      for addition in plan.outer {
        terms[addition.into] = "(\(terms[addition.into])+\(terms[addition.from]))"
      }
      #expect(terms[plan.sum] == expression(0..<replicas), "\(replicas) replicas on \(hosts)")
    }
  }

  private func expression(_ range: Range<Int>) -> String {
    if range.count == 1 { return "\(range.lowerBound)" }
    let middle = ReductionTree.middle(of: range)
    return "(\(expression(range.lowerBound..<middle))+\(expression(middle..<range.upperBound)))"
  }

  /// Ranks that follow each other leave one term where the tree lets them; ranks in turn leave all.
  @Test func hostsAddWhatIsWholeWithinThem() {
    func terms(_ replicas: Int, _ hosts: [Int]) -> [Int] {
      HostPlan(ReductionTree(replicas: replicas, ranks: hosts.count), HostMap(hosts))
        .roots.map(\.count)
    }
    #expect(terms(4, [0, 0, 1, 1]) == [1, 1])
    #expect(terms(8, [0, 0, 0, 0, 1, 1, 1, 1]) == [1, 1])
    #expect(terms(4, [0, 0, 0, 1]) == [2, 1])
    #expect(terms(4, [0, 1, 0, 1]) == [2, 2])
    #expect(terms(4, [0, 0, 0, 0]) == [1])
  }

  /// Of two hosts one rank of each carries; each finds the other; the streams are dealt out.
  @Test(arguments: partitions)
  func everyPairOfHostsHasOneStream(_ hosts: [Int]) {
    let map = HostMap(hosts)
    let plan = HostPlan(ReductionTree(replicas: hosts.count, ranks: hosts.count), map)
    for host in map.ranks.indices {
      var carried = Array(repeating: 0, count: hosts.count)
      for other in map.ranks.indices where other != host {
        let rank = plan.carrier(of: host, to: other)
        #expect(hosts[rank] == host)
        carried[rank] += 1
      }
      let ofHost = map.ranks[host].map { carried[$0] }
      #expect((ofHost.max() ?? 0) - (ofHost.min() ?? 0) <= 1)
    }
  }

  @Test func theRuleAsksForSeveralHostsAndSeveralRanksOnOne() {
    #expect(HostMap(["b", "b", "a"]) == HostMap([4, 4, 2]))
    #expect(HostMap(["b", "a", "b"]).ranks == [[0, 2], [1]])
    for (hosts, isWorthwhile) in [
      ([0], false), ([0, 0, 0], false), ([0, 1, 2], false), ([0, 1, 1], true), ([0, 1, 0], true),
    ] { #expect(HostMap(hosts).isWorthwhile == isWorthwhile, "\(hosts)") }
  }
}
