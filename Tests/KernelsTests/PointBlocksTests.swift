import Kernels
import TestSupport
import Testing

/// Distances by vectors against their definition, one pair after another: the same bits.
@Suite struct PointBlocksTests {
  private static let levels = CPULevel.allCases.filter { $0 <= .best }
  private let features = 5, count = 147
  private let points: [Float]
  private let centers: [[Double]]

  /// 147 points on a coarse grid, so that some lie as near to one centre as to another; 11 centres,
  /// two of them equal.
  init() {
    var random = RandomValues(seed: 4)
    points = (0..<features * count).map { _ in Float(random.below(4)) / 3 }
    var centers = (0..<10).map { _ in (0..<5).map { _ in Double(random.below(4)) / 3 } }
    centers.append(centers[2])
    self.centers = centers
  }

  private func distance(_ n: Int, _ center: Int) -> Double {
    (0..<features).reduce(0) { sum, k in
      let difference = Double(points[n * features + k]) - centers[center][k]
      return sum + difference * difference
    }
  }

  private func nearest(_ n: Int, of some: [Int]) -> Int {
    some.min { (distance(n, $0), $0) < (distance(n, $1), $1) } ?? -1
  }

  private func blocks(_ level: CPULevel, threads: Int = 2) throws -> PointBlocks {
    try PointBlocks(points, features: features, level: level, team: ThreadTeam(count: threads))
  }

  @Test(arguments: levels) func theNearestIsFound(level: CPULevel) throws {
    var found = PointBlocks.Nearest(count: count)
    try blocks(level).updateNearest(&found, by: CenterGroups(centers))
    for n in 0..<count {
      let expected = nearest(n, of: Array(centers.indices))
      #expect(found.centers[n] == expected)
      #expect(found.distances[n] == distance(n, expected))
    }
    #expect(!found.centers.contains(10), "of equal centres the first")
  }

  /// Centres come in any order; of the points, only those that are listed look.
  @Test(arguments: levels) func aLaterLookKeepsTheNearer(level: CPULevel) throws {
    let blocks = try blocks(level)
    var found = PointBlocks.Nearest(count: count)
    blocks.updateNearest(&found, by: CenterGroups(centers, chosen: [3, 5, 6, 7, 10]))
    let some = (0..<count).filter { $0 % 3 != 1 }
    blocks.updateNearest(&found, by: CenterGroups(centers, chosen: [0, 1, 2, 4]), at: some)
    for n in 0..<count {
      let seen = n % 3 == 1 ? [3, 5, 6, 7, 10] : [0, 1, 2, 3, 4, 5, 6, 7, 10]
      #expect(found.centers[n] == nearest(n, of: seen))
      #expect(found.distances[n] == distance(n, nearest(n, of: seen)))
    }
    found.forget(3)
    blocks.updateNearest(&found, by: CenterGroups(centers, chosen: [8]), at: [3])
    #expect(found.centers[3] == 8 && found.distances[3] == distance(3, 8))
  }

  @Test(arguments: levels) func distancesFall(level: CPULevel) throws {
    let blocks = try blocks(level)
    var distances = [Double](repeating: .infinity, count: 5 * count)
    blocks.lower(&distances, to: CenterGroups(Array(centers[0..<5])))
    blocks.lower(&distances, to: CenterGroups(Array(centers[5..<10])))
    for row in 0..<5 {
      for n in 0..<count {
        let least = min(distance(n, row), distance(n, row + 5))
        #expect(distances[row * count + n] == least)
      }
    }
  }
}
