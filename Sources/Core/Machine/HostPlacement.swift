/// Where the ranks of one host run, drawn, and what is wrong with that.
package struct HostPlacement: Sendable {
  /// A rank, and what it may use.
  package struct Rank: Sendable, Codable {
    package let number: Int
    /// The system's numbers of the hardware threads that it may run on.
    package let boundTo: [Int]
    /// Threads that compute.
    package let threads: Int

    package init(number: Int, boundTo: [Int], threads: Int) {
      (self.number, self.boundTo, self.threads) = (number, boundTo, threads)
    }
  }

  private let host: String
  private let topology: Topology
  private let ranks: [Rank]

  /// The ranks of `host`, in order.
  package init(host: String, topology: Topology, ranks: [Rank]) {
    (self.host, self.topology, self.ranks) = (host, topology, ranks)
  }

  // MARK: Drawing

  /// What the host has, then a line for all neighbouring cores that the same ranks may run on.
  package var drawing: [String] {
    let all = topology.hardwareThreads
    let (sockets, nodes) = (Set(all.map(\.socket)).count, Set(all.map(\.memoryNode)).count)
    let cores = topology.cores().count
    let head =
      [
        NumberText.count(sockets, "socket"), NumberText.count(nodes, "memory node"),
        NumberText.count(cores, "core"),
      ].joined(separator: ", ")
      + (all.count > cores ? ", \(all.count) hardware threads" : "")
    var parts: [(socket: Int, node: Int, ranks: [Int], cores: [Int])] = []
    var drawn: Set<Int> = []
    let coresOfRanks = ranks.map { ($0.number, topology.cores(of: $0.boundTo)) }
    for unit in all where drawn.insert(unit.core).inserted {
      let users = coresOfRanks.filter { $0.1.contains(unit.core) }.map(\.0)
      if let last = parts.last,
        (last.socket, last.node, last.ranks) == (unit.socket, unit.memoryNode, users)
      {
        parts[parts.count - 1].cores.append(unit.core)
      } else {
        parts.append((unit.socket, unit.memoryNode, users, [unit.core]))
      }
    }
    return ["\(host): \(head)"]
      + parts.map {
        "  socket \($0.socket), memory node \($0.node), \(Self.text("core", $0.cores)): "
          + ($0.ranks.isEmpty ? "no rank" : Self.text("rank", $0.ranks))
      }
  }

  // MARK: Findings

  /// What is wrong, each with what to do.
  package var findings: [String] {
    [tooManyRanks ?? tooManyThreads].compactMap { $0 } + ranks.compactMap(tooManyThreads(of:))
      + sharedCores + [farMemory].compactMap { $0 }
  }

  private var cores: Int { topology.cores().count }

  private var tooManyRanks: String? {
    guard ranks.count > cores else { return nil }
    return "\(host) runs \(NumberText.count(ranks.count, "rank")) on "
      + "\(NumberText.count(cores, "core")): start fewer there"
  }

  private var tooManyThreads: String? {
    guard ranks.reduce(0, { $0 + $1.threads }) > cores else { return nil }
    return "\(host) runs more computing threads than its \(NumberText.count(cores, "core")): "
      + "lower compute.threads"
  }

  private func tooManyThreads(of rank: Rank) -> String? {
    let mine = topology.cores(of: rank.boundTo).count
    guard mine > 0, rank.threads > mine else { return nil }
    let what =
      "rank \(rank.number) of \(host) runs \(NumberText.count(rank.threads, "thread")) on the "
      + "\(NumberText.count(mine, "core")) that it is bound to"
    return rank.threads <= topology.hardwareThreads(of: rank.boundTo).count
      ? "\(what), on hardware threads that share a core's arithmetic: set compute.threads=\(mine)"
      : "\(what): lower compute.threads, or bind by --map-by slot:PE=\(rank.threads)"
  }

  /// Ranks that were bound, but to cores that others have too, and that are too few for all of them.
  private var sharedCores: [String] {
    var groups: [(ranks: [Rank], cores: Set<Int>)] = []
    for rank in ranks {
      var joined = (ranks: [rank], cores: topology.cores(of: rank.boundTo))
      for group in groups where !group.cores.isDisjoint(with: joined.cores) {
        joined = (group.ranks + joined.ranks, group.cores.union(joined.cores))
      }
      groups.removeAll { !$0.cores.isDisjoint(with: joined.cores) }
      groups.append(joined)
    }
    return groups.compactMap { group in
      let threads = group.ranks.reduce(0) { $0 + $1.threads }
      guard group.ranks.count > 1, threads > group.cores.count, group.cores.count < cores else {
        return nil
      }
      let numbers = group.ranks.map(\.number).sorted()
      let each = max(1, cores / ranks.count)
      return "\(Self.text("rank", numbers)) of \(host) run \(threads) threads on "
        + "\(Self.text("core", group.cores.sorted())), which they share: give each cores of its own "
        + "(mpirun --map-by slot:PE=\(each) --bind-to core)"
    }
  }

  /// Ranks whose threads and memory may come to lie in different parts of the host.
  private var farMemory: String? {
    let all = topology.hardwareThreads
    let sockets = Set(all.map(\.socket)).count, nodes = Set(all.map(\.memoryNode)).count
    guard nodes > 1 else { return nil }
    func parts(_ rank: Rank, _ part: (Topology.HardwareThread) -> Int) -> Int {
      Set(topology.hardwareThreads(of: rank.boundTo).map(part)).count
    }
    let wide = ranks.filter { parts($0, \.memoryNode) > 1 }
    guard !wide.isEmpty else { return nil }
    let (parts, part, name) =
      wide.contains { parts($0, \.socket) > 1 }
      ? (sockets, "socket", "socket") : (nodes, "memory node", "numa")
    let each = (ranks.count + parts - 1) / parts
    let mapping = "ppr:\(each):\(name):PE=\(max(1, cores / parts / each))"
    return
      "\(Self.text("rank", wide.map(\.number))) of \(host) may run on more than one \(part), far from "
      + "a part of \(wide.count > 1 ? "their" : "its") memory: keep each rank within one "
      + "(mpirun --map-by \(mapping) --bind-to core)"
  }

  /// `core 3`, `cores 0-3, 8`.
  private static func text(_ name: String, _ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    let parts = ranges.map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    return name + (numbers.count == 1 ? " " : "s ") + parts.joined(separator: ", ")
  }
}
