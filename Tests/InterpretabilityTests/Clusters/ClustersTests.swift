import Communicator
import Core
import Interpretability
import Kernels
import TestSupport
import Testing

/// k-means, which skips what cannot have changed, against every distance in each round: the same bits.
@Suite struct ClustersTests {
  private let table: FeatureTable

  /// Samples on a coarse grid, so that distances are equal now and then, a third of them twice.
  init() throws {
    var random = RandomValues(seed: 9)
    let some = (0..<300 * 6).map { _ in Float(random.below(9)) / 7 }
    let values = some + some.prefix(150 * 6)
    table = try FeatureTable(
      values: values, filters: 6, labels: Array(repeating: 0, count: 450), classes: 1)
  }

  private func row(_ n: Int) -> [Double] {
    table.values[n * table.filters..<(n + 1) * table.filters].map(Double.init)
  }

  private func distance(_ n: Int, _ center: [Double]) -> Double {
    zip(row(n), center).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// What is left of Lloyd's algorithm, and the rounds in which a cluster was empty.
  private struct Plain {
    var centers: [[Double]], nearest: [Int] = [], distances: [Double] = []
    var rounds = 0, roundsWithEmpty = 0
  }

  private func assign(_ plain: inout Plain) {
    plain.nearest = (0..<table.count).map { n in
      let all = plain.centers.map { distance(n, $0) }
      return all.indices.min { (all[$0], $0) < (all[$1], $1) } ?? 0
    }
    plain.distances = (0..<table.count).map { distance($0, plain.centers[plain.nearest[$0]]) }
  }

  private func plain(from start: [[Double]]) -> Plain {
    var plain = Plain(centers: start)
    assign(&plain)
    while true {
      plain.rounds += 1
      var far = (0..<table.count).sorted {
        (plain.distances[$0], $1) > (plain.distances[$1], $0)
      }[...]
      var members = start.map { _ in [Int]() }
      for (n, cluster) in plain.nearest.enumerated() { members[cluster].append(n) }
      if members.contains([]) { plain.roundsWithEmpty += 1 }
      plain.centers = members.map { members in
        let members = members.isEmpty ? [far.removeFirst()] : members
        let sum = members.reduce([Double](repeating: 0, count: table.filters)) { sum, n in
          zip(sum, row(n)).map { $0 + $1 }
        }
        return sum.map { $0 / Double(members.count) }
      }
      let before = plain.nearest
      assign(&plain)
      if plain.nearest == before { return plain }
    }
  }

  private func expect(_ ours: Clusters, _ theirs: Plain) {
    #expect(ours.centers == theirs.centers && ours.rounds == theirs.rounds)
    #expect(ours.assignments == theirs.nearest.map(Int32.init))
    #expect(ours.inertia == theirs.distances.reduce(0, +))
  }

  /// Among the starts are equal centres, of which the later ones are empty at first.
  @Test(arguments: [1, 5, 13, 40]) func roundsAreLloyds(count: Int) throws {
    let distinct = (0..<count).map { row($0 * 7) }
    let equal = (0..<count).map { row($0 / 3) }
    for start in [distinct, equal] {
      let theirs = plain(from: start)
      #expect(start == distinct || count < 3 || theirs.roundsWithEmpty > 0)
      for level in CPULevel.allCases where level <= .best {
        let ours = try Clusters(table, from: start, team: ThreadTeam(count: 2), level: level)
        expect(ours, theirs)
      }
    }
  }

  /// More starts than are chosen for at once; each is told.
  @Test func theBestOfCarefulStartsIsKept() throws {
    let (count, starts) = (9, 14)
    let all = (0..<starts).map { start in
      let random = AddressedRandom(seed: 3, purpose: .clustering, stream: start)
      var words = random.words(0)
      var centers = [row(AddressedRandom.below(table.count, words[0], words[1]))]
      while centers.count < count {
        let least = (0..<table.count).map { n in centers.map { distance(n, $0) }.min() ?? 0 }
        words = random.words(centers.count)
        var rest = AddressedRandom.unit(words[0], words[1]) * least.reduce(0, +)
        let chosen = least.firstIndex {
          rest -= $0
          return rest < 0
        }
        centers.append(row(chosen ?? table.count - 1))
      }
      return plain(from: centers)
    }
    let inertias = all.map { $0.distances.reduce(0, +) }
    let best = try #require(inertias.indices.min { inertias[$0] < inertias[$1] })
    var told: [String] = []
    let ours = try Clusters(
      table, count: count, starts: starts, seed: 3, team: try ThreadTeam(count: 3),
      communicator: Communicator(), log: { told.append($0) })
    expect(ours, all[best])
    #expect(told.filter { $0.hasPrefix("k-means: start ") }.count == starts)
    #expect(told.last == "k-means: start 14 of 14")
  }
}
