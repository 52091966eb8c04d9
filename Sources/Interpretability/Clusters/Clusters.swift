import Communicator
import Core
import Kernels

/// Feature vectors grouped by k-means: Lloyd's algorithm in Double from several starts, the best
/// kept.
///
/// Starts are k-means++'s (Arthur, Vassilvitskii, "k-means++: The Advantages of Careful Seeding",
/// SODA 2007), by random numbers addressed by start and centre. Sums go over samples in order, so
/// neither ranks nor threads change a bit, nor does the CPU.
package struct Clusters: Sendable {
  /// Centres [cluster][K].
  package let centers: [[Double]]
  /// The cluster of each sample [N].
  package let assignments: [Int32]
  /// Σ squared distance of samples from their centres.
  package let inertia: Double
  /// Rounds until no sample changed its cluster, at most `roundLimit`.
  package let rounds: Int

  static let roundLimit = 300

  /// Samples of each cluster.
  package var sizes: [Int] {
    var sizes = [Int](repeating: 0, count: centers.count)
    for cluster in assignments { sizes[Int(cluster)] += 1 }
    return sizes
  }

  /// The best of `starts` starts over all ranks, the first of equals; start s on rank s mod P.
  /// Collective, the result the same on each. `log` is told what this rank is about to do.
  package init(
    _ table: FeatureTable, count: Int, starts: Int, seed: UInt64, team: ThreadTeam,
    level: CPULevel = .best, communicator: Communicator, log: (String) -> Void = { _ in }
  ) throws {
    precondition(starts > 0 && count > 0 && count <= table.count, "\(count) clusters")
    let points = PointBlocks(table.values, features: table.filters, level: level, team: team)
    let own = Array(stride(from: communicator.rank, to: starts, by: communicator.size))
    var best: (start: Int, clusters: Clusters)?
    for first in stride(from: 0, to: own.count, by: CarefulSeeding.together) {
      let some = Array(own[first..<min(first + CarefulSeeding.together, own.count)])
      log("k-means: choosing \(count) centres for \(some.count) of \(starts) starts")
      let chosen = CarefulSeeding.choose(count, of: points, table, starts: some, seed: seed, team)
      for (start, samples) in zip(some, chosen) {
        log("k-means: start \(start + 1) of \(starts)")
        let centers = samples.map { table.row($0).map(Double.init) }
        let found = Clusters(table, points, from: centers, team: team)
        if found.inertia < best?.clusters.inertia ?? .infinity { best = (start, found) }
      }
    }
    let inertias = try communicator.gather([best?.clusters.inertia ?? .infinity])
    let numbers = try communicator.gather([best?.start ?? starts])
    let ranks = 0..<communicator.size
    let winner = ranks.min { (inertias[$0][0], numbers[$0][0]) < (inertias[$1][0], numbers[$1][0]) }
    let mine = communicator.rank == winner ? best?.clusters : nil
    func fromWinner<Value: BitwiseCopyable>(_ values: [Value]?) throws -> [Value] {
      try communicator.gather(values ?? []).flatMap { $0 }
    }
    let flat = try fromWinner(mine?.centers.flatMap { $0 })
    centers = (0..<count).map { Array(flat[$0 * table.filters..<($0 + 1) * table.filters]) }
    assignments = try fromWinner(mine?.assignments)
    inertia = try fromWinner(mine.map { [$0.inertia] })[0]
    rounds = try fromWinner(mine.map { [$0.rounds] })[0]
  }

  /// Lloyd's algorithm from given centres [cluster][K], at most as many as samples.
  package init(
    _ table: FeatureTable, from start: [[Double]], team: ThreadTeam, level: CPULevel = .best
  ) {
    let points = PointBlocks(table.values, features: table.filters, level: level, team: team)
    self.init(table, points, from: start, team: team)
  }

  private init(
    _ table: FeatureTable, _ points: PointBlocks, from start: [[Double]], team: ThreadTeam
  ) {
    precondition(!start.isEmpty && start.count <= table.count, "\(start.count) clusters")
    var centers = start
    var nearest = PointBlocks.Nearest(count: table.count)
    points.updateNearest(&nearest, by: CenterGroups(centers))
    var rounds = 0
    while rounds < Self.roundLimit {
      rounds += 1
      let means = Self.means(table, nearest, count: centers.count, team: team)
      let isMoved = zip(means, centers).map { $0 != $1 }
      centers = means
      let before = nearest.centers
      Self.follow(points, &nearest, centers, isMoved)
      if nearest.centers == before { break }
    }
    self.centers = centers
    self.rounds = rounds
    assignments = nearest.centers.map { Int32($0) }
    inertia = nearest.distances.reduce(0, +)
  }

  /// Finds each sample's nearest centre, the first of equals, after some have moved. Where its own
  /// stood still, the others that did so are no nearer than before: only those that moved may be.
  private static func follow(
    _ points: PointBlocks, _ nearest: inout PointBlocks.Nearest, _ centers: [[Double]],
    _ isMoved: [Bool]
  ) {
    let lost = nearest.centers.indices.filter { isMoved[Int(nearest.centers[$0])] }
    for n in lost { nearest.forget(n) }
    let moved = centers.indices.filter { isMoved[$0] }
    points.updateNearest(&nearest, by: CenterGroups(centers, chosen: moved))
    let still = centers.indices.filter { !isMoved[$0] }
    points.updateNearest(&nearest, by: CenterGroups(centers, chosen: still), at: lost)
  }

  /// What one job of a team leaves.
  private final class Mean: @unchecked Sendable { var values: [Double] = [] }

  /// The means of the clusters. An empty one takes the sample that lies farthest from its centre, the
  /// first of equals, which no other empty one has taken.
  private static func means(
    _ table: FeatureTable, _ nearest: PointBlocks.Nearest, count: Int, team: ThreadTeam
  ) -> [[Double]] {
    var members = [[Int]](repeating: [], count: count)
    for (n, cluster) in nearest.centers.enumerated() { members[Int(cluster)].append(n) }
    let empty = members.indices.filter { members[$0].isEmpty }
    if !empty.isEmpty {
      let distances = nearest.distances
      let far = distances.indices.sorted { (distances[$0], $1) > (distances[$1], $0) }
      for (cluster, n) in zip(empty, far) { members[cluster] = [n] }
    }
    let means = members.map { _ in Mean() }
    team.forEach(count) { cluster, _ in
      var sum = [Double](repeating: 0, count: table.filters)
      for n in members[cluster] {
        let row = table.row(n)
        for (k, place) in zip(sum.indices, row.indices) { sum[k] += Double(row[place]) }
      }
      let count = Double(members[cluster].count)
      means[cluster].values = sum.map { $0 / count }
    }
    return means.map(\.values)
  }
}
