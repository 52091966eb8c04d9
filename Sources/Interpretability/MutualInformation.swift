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
    let columns = Self.columns(own, of: table)
    let digammas = [0] + (0..<max(table.count, 3)).map { digamma(Double($0 + 1)) }
    let rows = own.map { _ in Row() }
    let classes = classes
    team.forEach(own.count) { job, _ in
      let column = SortedColumn(columns[job], labels: table.labels, digammas: digammas)
      rows[job].values = (0..<classes).map { column.information(onClass: Int32($0)) }
    }
    let all = try communicator.gather(rows.flatMap(\.values))
    values = (0..<filters).flatMap { k in
      let (turn, rank) = k.quotientAndRemainder(dividingBy: communicator.size)
      return all[rank][turn * classes..<(turn + 1) * classes]
    }
  }

  /// Columns [own][N] as scikit-learn prepares them: divided by their population standard deviation
  /// (by 1 below 10 units of 1.0), plus 1e-10·max(1, mean |x|) times normal noise, which is row-major
  /// over all [N, K] and parts equal values. Sums go over samples in order, in Double.
  private static func columns(_ own: [Int], of table: FeatureTable) -> [[Double]] {
    let n = Double(table.count)
    var noiseScales: [Double] = []
    var columns = own.map { k in
      let column = (0..<table.count).map { Double(table.values[$0 * table.filters + k]) }
      let mean = column.reduce(0, +) / n
      let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
      let deviation = variance.squareRoot()
      let scaled =
        deviation < 10 * Double.ulpOfOne ? column : column.map { $0 / deviation }
      noiseScales.append(1e-10 * max(1, scaled.reduce(0) { $0 + abs($1) } / n))
      return scaled
    }
    var random = NumPyRandom(seed: 0)
    let first = own.first ?? table.filters
    let step = own.count > 1 ? own[1] - first : table.filters
    for sample in 0..<table.count {
      for k in 0..<table.filters {
        let noise = random.normal()
        if k >= first && (k - first) % step == 0 {
          let job = (k - first) / step
          columns[job][sample] += noiseScales[job] * noise
        }
      }
    }
    return columns
  }
}
