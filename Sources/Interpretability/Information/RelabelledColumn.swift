/// One filter's activations under many labellings, each of which asks for every class.
///
/// A class changes mᵢ of other points only near its own: where none of its points is among the three
/// places to either side of a point, that point's mᵢ is what it is with all points on one side, which is
/// found once. A class of n points then takes O(n log N), where `SortedColumn.information` takes
/// O(N log N); sums are added in another order.
struct RelabelledColumn {
  private let column: SortedColumn
  /// ψ(mᵢ) with all points on one side [N], and their sum.
  private let alone: [Double], total: Double

  private static let k = SortedColumn.neighbours

  init(_ column: SortedColumn) {
    self.column = column
    let all = Array(0..<column.count)
    alone =
      column.count > Self.k
      ? all.map { column.digammas[column.countAround($0, of: all, k: Self.k)] } : []
    total = alone.reduce(0, +)
  }

  /// What `SortedColumn.information` is of each class [C] with `labels`, which are by sample.
  func information(ofClasses classes: Int, labels: [Int32]) -> [Double] {
    let placed = column.placed(labels)
    var members = [[Int]](repeating: [], count: classes)
    for (place, label) in placed.enumerated() { members[Int(label)].append(place) }
    return members.enumerated().map { c, own in
      let others = column.count - own.count
      guard own.count > 1 && others > 1 else { return 0 }
      // Fewer others than neighbours have mᵢ of their own.
      guard others > Self.k else {
        return column.information(onClass: Int32(c), labels: placed)
      }
      return information(of: own, labels: placed, c: Int32(c))
    }
  }

  private func information(of own: [Int], labels: [Int32], c: Int32) -> Double {
    let digammas = column.digammas
    let k = min(Self.k, own.count - 1)
    let (n, others) = (Double(own.count), Double(column.count - own.count))
    var counts = total
    for j in own.indices {
      counts += digammas[column.countAround(j, of: own, k: k)] - alone[own[j]]
    }
    // Points of the class whose surroundings touch are gone through together.
    var side: [Int] = []
    var first = 0
    for last in own.indices
    where last + 1 == own.count || own[last + 1] - own[last] > 2 * Self.k {
      let near = own[first] - Self.k...own[last] + Self.k
      side.removeAll(keepingCapacity: true)
      // As many places more to either side hold the neighbours of those that are near.
      for place in max(
        0, near.lowerBound - Self.k)...min(near.upperBound + Self.k, column.count - 1)
      where labels[place] != c {
        side.append(place)
      }
      for j in side.indices where near.contains(side[j]) {
        counts += digammas[column.countAround(j, of: side, k: Self.k)] - alone[side[j]]
      }
      first = last + 1
    }
    let neighbours = n * digammas[k] + others * digammas[Self.k]
    let sides = n * digammas[own.count] + others * digammas[column.count - own.count]
    let sum = neighbours - sides - counts
    return max(0, digammas[column.count] + sum / Double(column.count))
  }
}
