/// One filter's activations in ascending order: what the nearest neighbours of every class's question
/// are found in.
struct SortedColumn {
  /// Values [N], ascending, and the samples that they are of.
  private let values: [Double], samples: [Int]
  /// ψ(m) at m.
  let digammas: [Double]

  /// N.
  var count: Int { values.count }

  static let neighbours = 3

  init(_ column: [Double], digammas: [Double]) {
    let order = zip(column, column.indices).sorted { $0.0 < $1.0 }
    values = order.map(\.0)
    samples = order.map(\.1)
    self.digammas = digammas
  }

  /// The labels of the samples [N], by place.
  func placed(_ labels: [Int32]) -> [Int32] { samples.map { labels[$0] } }

  /// max(0, ψ(N) + mean ψ(kᵢ) − mean ψ(nᵢ) − mean ψ(mᵢ)) of whether a label is `c`.
  ///
  /// A point's side are the points of equal answer: nᵢ of them, of which its kᵢ-th neighbour
  /// (kᵢ = min(3, nᵢ − 1)) lies rᵢ away; mᵢ points of both sides, itself included, lie nearer than
  /// rᵢ. A side of one point is left out. Means add the points that are not of the class first, each
  /// side in ascending order. O(N log N). `labels` are by place.
  func information(onClass c: Int32, labels: [Int32]) -> Double {
    let sides = sides(ofClass: c, labels: labels)
    // With a side of one point left out, what remains has one side only, whose mᵢ is kᵢ: nothing is
    // learnt. The same holds where a side is empty.
    guard sides.allSatisfy({ $0.count > 1 }) else { return 0 }

    var neighbourSum = 0.0
    var sideSum = 0.0
    var countSum = 0.0
    for side in sides {
      let k = min(Self.neighbours, side.count - 1)
      neighbourSum += Double(side.count) * digammas[k]
      sideSum += Double(side.count) * digammas[side.count]
      var sum = 0.0
      for j in side.indices { sum += digammas[countAround(j, of: side, k: k)] }
      countSum += sum
    }
    let n = Double(values.count)
    let information = digammas[values.count] + neighbourSum / n - sideSum / n - countSum / n
    return max(0, information)
  }

  /// ψ(N) + ψ(kᵢ) − ψ(nᵢ) − ψ(mᵢ) of each sample [N], whose mean is `information` before it is cut off
  /// at 0. Both sides have more than one point.
  func terms(onClass c: Int32, labels: [Int32]) -> [Double] {
    var terms = [Double](repeating: 0, count: values.count)
    for side in sides(ofClass: c, labels: labels) {
      let k = min(Self.neighbours, side.count - 1)
      let common = digammas[values.count] + digammas[k] - digammas[side.count]
      for j in side.indices {
        terms[samples[side[j]]] = common - digammas[countAround(j, of: side, k: k)]
      }
    }
    return terms
  }

  /// The places of the points that are not of the class, and of those that are, ascending.
  private func sides(ofClass c: Int32, labels: [Int32]) -> [[Int]] {
    var sides: [[Int]] = [[], []]
    for (i, label) in labels.enumerated() { sides[label == c ? 1 : 0].append(i) }
    return sides
  }

  /// mᵢ of the point at place `side[j]`. Of its side, `side` holds at least the `k` before and the `k`
  /// behind it, as far as there are so many.
  @inline(__always)
  func countAround(_ j: Int, of side: [Int], k: Int) -> Int {
    let place = side[j]
    let value = values[place]
    // The k nearest of the side and the point itself are k + 1 consecutive ones.
    var radius = Double.infinity
    for first in max(0, j - k)...min(j, side.count - 1 - k) {
      radius = min(radius, max(value - values[side[first]], values[side[first + k]] - value))
    }
    // Fewer than k of the side lie nearer than the radius, so that the k-th to the left and to the
    // right bound the search. Where noise has not parted k + 1 equal values, equal ones count.
    let isTied = radius == 0
    radius = max(radius, .leastNonzeroMagnitude)
    var low = j >= k && !isTied ? side[j - k] : 0
    var high = place
    while low < high {
      let middle = (low + high) / 2
      if value - values[middle] < radius { high = middle } else { low = middle + 1 }
    }
    let begin = low
    low = place + 1
    high = j + k < side.count && !isTied ? side[j + k] : values.count
    while low < high {
      let middle = (low + high) / 2
      if values[middle] - value < radius { low = middle + 1 } else { high = middle }
    }
    return low - begin
  }
}
