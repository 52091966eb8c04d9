import Communicator
import Core
import Kernels

/// M [K][C]: the mutual information, in nats, between each filter's activation and whether a sample
/// is of a class.
///
/// The estimator and its numbers are those of scikit-learn's
/// `mutual_info_classif(features, y == c, random_state=0)`, class by class: Ross, "Mutual Information
/// between Discrete and Continuous Data Sets", PLoS ONE 9(2), 2014, with 3 neighbours. (With 2 to 7
/// samples on one side of a class, scikit-learn measures distances by another formula and may differ
/// by some 1e-3.)
public struct MutualInformation: Sendable {
  /// K and C.
  public let filters: Int, classes: Int
  /// M [K][C], each ≥ 0.
  public let values: [Double]

  /// M[k][c].
  public subscript(filter k: Int, class c: Int) -> Double { values[k * classes + c] }

  /// MIS = mean over filters of the max over classes of M: the paper's Sec. 4.1. Filters are added in
  /// order.
  public var score: Double {
    let sum = (0..<filters).reduce(0.0) { sum, k in
      sum + (values[k * classes..<(k + 1) * classes].max() ?? 0)
    }
    return sum / Double(filters)
  }

  /// What one job of a team leaves.
  private final class Row: @unchecked Sendable { var values: [Double] = [] }

  /// Estimates M over all ranks, filter k on rank k mod P, a filter a job of `team`. No sum crosses
  /// filters: M depends on neither.
  public init(_ table: FeatureTable, team: ThreadTeam, communicator: Communicator) throws {
    filters = table.filters
    classes = table.classes
    let own = Array(stride(from: communicator.rank, to: filters, by: communicator.size))
    let noise = Self.noise(own, of: table)
    let digammas = [0] + (0..<max(table.count, 3)).map { digamma(Double($0 + 1)) }
    let rows = own.map { _ in Row() }
    let classes = classes
    team.forEach(own.count) { job, _ in
      let prepared = Self.column(
        own[job], of: table,
        noise: stride(from: job, to: noise.count, by: own.count).lazy.map { noise[$0] })
      let column = SortedColumn(prepared, labels: table.labels, digammas: digammas)
      rows[job].values = (0..<classes).map { column.information(onClass: Int32($0)) }
    }
    let all = try communicator.gather(rows.flatMap(\.values))
    values = (0..<filters).flatMap { k in
      let (turn, rank) = k.quotientAndRemainder(dividingBy: communicator.size)
      return all[rank][turn * classes..<(turn + 1) * classes]
    }
  }

  /// Column k [N] as scikit-learn prepares it: divided by its population standard deviation (by 1
  /// below 10 units of 1.0), plus 1e-10·max(1, mean |x|) times `noise` [N], which parts equal values.
  /// Sums go over samples in order, in Double.
  private static func column(
    _ k: Int, of table: FeatureTable, noise: some Sequence<Double>
  ) -> [Double] {
    let n = Double(table.count)
    var column = (0..<table.count).map { Double(table.values[$0 * table.filters + k]) }
    let mean = column.reduce(0, +) / n
    let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    let deviation = variance.squareRoot()
    if deviation >= 10 * Double.ulpOfOne { column = column.map { $0 / deviation } }
    let scale = 1e-10 * max(1, column.reduce(0) { $0 + abs($1) } / n)
    return zip(column, noise).map { $0 + scale * $1 }
  }

  /// Normal noise [N][own] of some filters, ascending. The numbers are drawn one after another for
  /// all [N, K], which no team can share.
  private static func noise(_ own: [Int], of table: FeatureTable) -> [Double] {
    var random = NumPyRandom(seed: 0)
    var noise: [Double] = []
    guard !own.isEmpty else { return noise }
    noise.reserveCapacity(table.count * own.count)
    for _ in 0..<table.count {
      var next = 0
      for k in 0..<table.filters {
        let number = random.normal()
        if next < own.count && own[next] == k {
          noise.append(number)
          next += 1
        }
      }
    }
    return noise
  }
}
