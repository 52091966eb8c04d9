import Communicator
import Core
import Kernels

/// Feature vectors grouped by k-means: Lloyd's algorithm in Double from several starts, the best
/// kept.
///
/// Starts are k-means++'s (Arthur, Vassilvitskii, "k-means++: The Advantages of Careful Seeding",
/// SODA 2007), by random numbers addressed by start and centre. Sums go over samples in order, so
/// neither ranks nor threads change a bit.
public struct Clusters: Sendable {
  /// Centres [cluster][K].
  public let centers: [[Double]]
  /// The cluster of each sample [N].
  public let assignments: [Int32]
  /// Σ squared distance of samples from their centres.
  public let inertia: Double
  /// Rounds until no sample changed its cluster, at most `roundLimit`.
  public let rounds: Int

  static let roundLimit = 300

  /// The best of `starts` starts over all ranks, the first of equals; start s on rank s mod P.
  /// Collective, the result the same on each.
  public init(
    _ table: FeatureTable, count: Int, starts: Int, seed: UInt64, team: ThreadTeam,
    communicator: Communicator
  ) throws {
    precondition(starts > 0 && count > 0 && count <= table.count, "\(count) clusters")
    var best: (start: Int, clusters: Clusters)?
    for start in stride(from: communicator.rank, to: starts, by: communicator.size) {
      let found = Clusters(
        table, from: Self.start(start, table, count: count, seed: seed), team: team)
      if found.inertia < best?.clusters.inertia ?? .infinity { best = (start, found) }
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

  /// Lloyd's algorithm from given centres [cluster][K].
  public init(_ table: FeatureTable, from start: [[Double]], team: ThreadTeam) {
    var centers = start
    var nearest = Self.nearest(table, centers, team: team)
    var rounds = 0
    while rounds < Self.roundLimit {
      rounds += 1
      centers = Self.means(table, nearest, count: centers.count)
      let next = Self.nearest(table, centers, team: team)
      let isDone = next.map(\.cluster) == nearest.map(\.cluster)
      nearest = next
      if isDone { break }
    }
    self.centers = centers
    self.rounds = rounds
    assignments = nearest.map { Int32($0.cluster) }
    inertia = nearest.reduce(0) { $0 + $1.distance }
  }

  private typealias Nearest = (cluster: Int, distance: Double)
  private final class Part: @unchecked Sendable { var found: [Nearest] = [] }

  private static func squaredDistance(_ point: ArraySlice<Float>, _ center: [Double]) -> Double {
    var sum = 0.0
    for (x, c) in zip(point, center) { sum += (Double(x) - c) * (Double(x) - c) }
    return sum
  }

  /// Each sample's nearest centre, the first of equals, and its squared distance.
  private static func nearest(_ table: FeatureTable, _ centers: [[Double]], team: ThreadTeam)
    -> [Nearest]
  {
    let size = 64
    let parts = stride(from: 0, to: table.count, by: size).map { _ in Part() }
    team.forEachRange(of: table.count, size: size) { range, _ in
      parts[range.lowerBound / size].found = range.map { n in
        let point = table.row(n)
        var best: Nearest = (0, squaredDistance(point, centers[0]))
        for cluster in 1..<max(centers.count, 1) {
          let distance = squaredDistance(point, centers[cluster])
          if distance < best.distance { best = (cluster, distance) }
        }
        return best
      }
    }
    return parts.flatMap(\.found)
  }

  /// The means of the clusters. An empty one takes the sample that lies farthest from its centre, the
  /// first of equals, which no other empty one has taken.
  private static func means(_ table: FeatureTable, _ nearest: [Nearest], count: Int) -> [[Double]] {
    var sums = [[Double]](repeating: Array(repeating: 0, count: table.filters), count: count)
    var counts = [Int](repeating: 0, count: count)
    for (n, (cluster, _)) in nearest.enumerated() {
      counts[cluster] += 1
      for (k, value) in table.row(n).enumerated() { sums[cluster][k] += Double(value) }
    }
    let empty = counts.indices.filter { counts[$0] == 0 }
    let far = nearest.indices.sorted { (nearest[$0].distance, $1) > (nearest[$1].distance, $0) }
    for (cluster, n) in zip(empty, far) {
      sums[cluster] = table.row(n).map(Double.init)
      counts[cluster] = 1
    }
    return zip(sums, counts).map { sum, count in sum.map { $0 / Double(count) } }
  }

  /// k-means++: the first centre is any sample, each further one a sample by its squared distance
  /// from the nearest centre so far; the last sample where all distances are 0.
  private static func start(_ start: Int, _ table: FeatureTable, count: Int, seed: UInt64)
    -> [[Double]]
  {
    let random = AddressedRandom(seed: seed, purpose: .clustering, stream: start)
    let words = random.words(0)
    let first = AddressedRandom.below(table.count, words[0], words[1])
    var centers = [table.row(first).map(Double.init)]
    var distances = (0..<table.count).map { squaredDistance(table.row($0), centers[0]) }
    for element in 1..<max(count, 1) {
      let words = random.words(element)
      var rest = AddressedRandom.unit(words[0], words[1]) * distances.reduce(0, +)
      let chosen = distances.firstIndex { distance in
        rest -= distance
        return rest < 0
      }
      let center = table.row(chosen ?? table.count - 1).map(Double.init)
      centers.append(center)
      for n in distances.indices {
        distances[n] = min(distances[n], squaredDistance(table.row(n), center))
      }
    }
    return centers
  }
}
