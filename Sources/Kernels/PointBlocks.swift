import Core
import KernelInterface

/// Points in blocks of eight [⌈N/8⌉][K][8], for their squared distances from centres in Double.
///
/// A distance is one chain of additions over features in order: the bits depend neither on the CPU
/// nor on threads.
package struct PointBlocks: Sendable {
  private static let size = 8
  /// Points that a job passes by all centres: few enough to stay in a core's own cache.
  private static let jobSize = 64

  /// Points N, and their features K.
  package let count: Int, features: Int
  private let values: [Float]
  private let blocks: FloatBuffer
  private let kernels: any KernelSet.Type
  private let team: ThreadTeam

  /// Points [N][K], for the kernels of `level` on `team`.
  package init(_ values: [Float], features: Int, level: CPULevel, team: ThreadTeam) {
    precondition(features > 0 && values.count % features == 0, "points do not fill [N, K]")
    count = values.count / features
    self.features = features
    self.values = values
    self.team = team
    kernels = level.kernels
    blocks = FloatBuffer((count + Self.size - 1) / Self.size * Self.size * features)
    team.forEachRange(of: count, size: Self.jobSize) { [self] range, _ in
      pack(Array(range), into: blocks.all.pointer + range.lowerBound * features)
    }
  }

  /// Overwrites `target` [⌈points/8⌉][K][8] by some of the points.
  private func pack(_ points: [Int], into target: UnsafeMutablePointer<Float>) {
    values.withUnsafeBufferPointer { values in
      for (place, n) in points.enumerated() {
        let (block, lane) = place.quotientAndRemainder(dividingBy: Self.size)
        let first = target + block * features * Self.size + lane
        for k in 0..<features { first[k * Self.size] = values[n * features + k] }
      }
    }
  }

  /// For each point the number of its nearest centre and the squared distance.
  package struct Nearest: Sendable {
    /// Numbers [N]; the largest there is where no centre was seen.
    package internal(set) var centers: [Int64]
    /// Squared distances [N]; infinite where no centre was seen.
    package internal(set) var distances: [Double]

    /// That no centre was seen.
    package init(count: Int) {
      centers = Array(repeating: .max, count: count)
      distances = Array(repeating: .infinity, count: count)
    }

    /// Forgets the centre of a point.
    package mutating func forget(_ point: Int) {
      centers[point] = .max
      distances[point] = .infinity
    }
  }

  /// Compares all points, or those at `points`, each once, with `centers`: of a point's nearest so far
  /// and these, the nearest stays, of equals the one of the lowest number.
  package func updateNearest(
    _ nearest: inout Nearest, by centers: CenterGroups, at points: [Int]? = nil
  ) {
    precondition(nearest.centers.count == count && centers.features == features)
    guard centers.count > 0 else { return }
    nearest.centers.withUnsafeMutableBufferPointer { numbers in
      nearest.distances.withUnsafeMutableBufferPointer { distances in
        team.forEachRange(of: points?.count ?? count, size: Self.jobSize) { range, _ in
          let own = points.map { Array($0[range]) } ?? Array(range)
          let places = (own.count + Self.size - 1) / Self.size * Self.size
          let rest = places - own.count
          var ownNumbers = own.map { numbers[$0] } + Array(repeating: Int64.max, count: rest)
          var ownDistances = own.map { distances[$0] } + Array(repeating: .infinity, count: rest)
          if points == nil {
            compare(
              blocks.all.pointer + range.lowerBound * features, centers, &ownNumbers,
              &ownDistances)
          } else {
            withUnsafeTemporaryAllocation(of: Float.self, capacity: places * features) {
              $0.initialize(repeating: 0)
              guard let scratch = $0.baseAddress else { return }
              pack(own, into: scratch)
              compare(scratch, centers, &ownNumbers, &ownDistances)
            }
          }
          for (place, n) in own.enumerated() {
            numbers[n] = ownNumbers[place]
            distances[n] = ownDistances[place]
          }
        }
      }
    }
  }

  private func compare(
    _ points: UnsafePointer<Float>, _ centers: CenterGroups, _ numbers: inout [Int64],
    _ distances: inout [Double]
  ) {
    let count = numbers.count
    numbers.withUnsafeMutableBufferPointer { numbers in
      distances.withUnsafeMutableBufferPointer { distances in
        centers.forEach { values, centerNumbers, _ in
          for place in stride(from: 0, to: count, by: Self.size) {
            guard let nearest = numbers.baseAddress, let least = distances.baseAddress else {
              return
            }
            kernels.takeNearest(
              points: points + place * features, centers: values, features: features,
              numbers: centerNumbers, nearest: nearest + place, distances: least + place)
          }
        }
      }
    }
  }

  /// Lowers `distances` [centre][N] to the points' squared distances from each of `centers`.
  package func lower(_ distances: inout [Double], to centers: CenterGroups) {
    let rows = distances.count / count
    precondition(rows * count == distances.count && rows <= centers.numbers.count)
    precondition(centers.features == features)
    distances.withUnsafeMutableBufferPointer { distances in
      team.forEachRange(of: count, size: Self.jobSize) { range, _ in
        withUnsafeTemporaryAllocation(
          of: Double.self, capacity: CenterGroups.size * Self.size
        ) { found in
          guard let tile = found.baseAddress else { return }
          centers.forEach { values, _, group in
            let firstRow = group * CenterGroups.size
            for place in stride(from: range.lowerBound, to: range.upperBound, by: Self.size) {
              kernels.squaredDistances(
                points: blocks.all.pointer + place * features, centers: values,
                features: features, distances: tile)
              for row in firstRow..<min(firstRow + CenterGroups.size, rows) {
                for n in place..<min(place + Self.size, range.upperBound) {
                  let distance = tile[(row - firstRow) * Self.size + n - place]
                  distances[row * count + n] = min(distances[row * count + n], distance)
                }
              }
            }
          }
        }
      }
    }
  }
}

extension CenterGroups {
  /// Calls `body` with the values [K][4] and numbers [4] of each group.
  fileprivate func forEach(
    _ body: (UnsafePointer<Double>, UnsafePointer<Int64>, _ group: Int) -> Void
  ) {
    values.withUnsafeBufferPointer { values in
      numbers.withUnsafeBufferPointer { numbers in
        guard let first = values.baseAddress, let name = numbers.baseAddress else { return }
        for group in 0..<count {
          body(first + group * features * Self.size, name + group * Self.size, group)
        }
      }
    }
  }
}
