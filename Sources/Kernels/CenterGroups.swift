/// Centres in groups of four [⌈C/4⌉][K][4], as `PointBlocks` compares them.
package struct CenterGroups: Sendable {
  static let size = 4
  /// Features K of a centre.
  let features: Int
  /// Values, infinite where the last group has no centre.
  let values: [Double]
  /// The number of each centre; the largest there is where there is none.
  let numbers: [Int64]
  var count: Int { numbers.count / Self.size }

  /// The centres [C][K] at `chosen`, which name them from then on; every one by default.
  package init(_ centers: [[Double]], chosen: [Int]? = nil) {
    let chosen = chosen ?? Array(centers.indices)
    features = centers.first?.count ?? 0
    let groups = (chosen.count + Self.size - 1) / Self.size
    var values = [Double](repeating: .infinity, count: groups * features * Self.size)
    for (place, number) in chosen.enumerated() {
      let center = centers[number]
      precondition(center.count == features, "centres have equally many features")
      let (group, lane) = place.quotientAndRemainder(dividingBy: Self.size)
      for k in 0..<features { values[(group * features + k) * Self.size + lane] = center[k] }
    }
    self.values = values
    numbers =
      chosen.map(Int64.init)
      + Array(repeating: .max, count: groups * Self.size - chosen.count)
  }
}
