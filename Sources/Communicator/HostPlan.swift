/// Which rank is on which host.
package struct HostMap: Sendable, Equatable {
  /// The host of each rank; hosts are numbered as they first appear.
  package let hostOfRank: [Int]
  /// The ranks of each host, ascending.
  package let ranks: [[Int]]

  /// Ranks of equal names, or colours, share a host.
  package init(_ names: [some Hashable]) {
    var numbers: [AnyHashable: Int] = [:]
    var ranks: [[Int]] = []
    hostOfRank = names.enumerated().map { rank, name in
      let host = numbers[name] ?? ranks.count
      if host == ranks.count {
        numbers[name] = host
        ranks.append([])
      }
      ranks[host].append(rank)
      return host
    }
    self.ranks = ranks
  }

  /// Whether ranks of one host have something to add up before it leaves the host: the rule of
  /// `compute.all_reduce: auto`.
  package var isWorthwhile: Bool { ranks.count > 1 && ranks.contains { $0.count > 1 } }
}

/// How the slots of a tree become its sum where ranks lie on hosts: what can be added within a host is, and the
/// partial sums that are left (terms) go on to other hosts. Ranks of a host need not follow each other: then fewer
/// subtrees are whole within it, and more terms leave.
package struct HostPlan: Sendable {
  /// Who is where.
  package let map: HostMap
  /// The slots of each host's ranks, ascending.
  package let slots: [[Int]]
  /// The additions that each host can do alone, in order; as positions in its `slots`.
  package let inner: [[(into: Int, from: Int)]]
  /// Those of its slots, by position, that then hold terms.
  package let roots: [[Int]]
  /// The additions that are left, in order; terms are numbered host by host.
  package let outer: [(into: Int, from: Int)]
  /// The term that ends as the sum.
  package let sum: Int
  private let slotsOfRank: [Int]

  /// The plan of a tree.
  package init(_ tree: ReductionTree, _ map: HostMap) {
    precondition(map.hostOfRank.count == tree.ranks, "hosts of other ranks than the tree's")
    self.map = map
    slotsOfRank = tree.slotsOfRank
    let hostOfSlot = tree.slotsOfRank.enumerated().flatMap { rank, count in
      Array(repeating: map.hostOfRank[rank], count: count)
    }
    var slots = map.ranks.map { _ in [Int]() }
    let position = hostOfSlot.enumerated().map { slot, host in
      slots[host].append(slot)
      return slots[host].count - 1
    }
    self.slots = slots

    // The host that all of a slot's sum so far is of; nil once it is several hosts'.
    var owner: [Int?] = hostOfSlot
    var inner = slots.map { _ in [(into: Int, from: Int)]() }
    var isTerm = Array(repeating: true, count: hostOfSlot.count)
    var left: [(into: Int, from: Int)] = []
    for (into, from) in tree.additions {
      if let host = owner[into], owner[from] == host {
        inner[host].append((position[into], position[from]))
        isTerm[from] = false
      } else {
        owner[into] = nil
        left.append((into, from))
      }
    }
    self.inner = inner
    roots = slots.map { slots in slots.indices.filter { isTerm[slots[$0]] } }
    var number: [Int: Int] = [:]
    for slots in slots {
      for slot in slots where isTerm[slot] { number[slot] = number.count }
    }
    func term(_ slot: Int) -> Int {
      guard let term = number[slot] else { preconditionFailure("slot \(slot) is no term") }
      return term
    }
    outer = left.map { (term($0.into), term($0.from)) }
    sum = term(0)
  }

  /// Where the slots of a rank begin among those of its host.
  func firstSlot(of rank: Int) -> Int {
    let slot = slotsOfRank[0..<rank].reduce(0, +)
    guard let place = slots[map.hostOfRank[rank]].firstIndex(of: slot) else {
      preconditionFailure("a rank's slots are its host's")
    }
    return place
  }

  /// Terms in all.
  package var terms: Int { roots.reduce(0) { $0 + $1.count } }

  /// The rank of `host` that carries what goes to `other` and comes from there: the others are dealt out to its ranks.
  package func carrier(of host: Int, to other: Int) -> Int {
    let ranks = map.ranks[host]
    return ranks[(other < host ? other : other - 1) % ranks.count]
  }
}
