import Communicator
import Kernels

/// The columns of a feature table as scikit-learn prepares them for M, shared out: filter k on rank
/// k mod P, a filter a job of the team.
///
/// Rows of filters are gathered, and what is added over filters are whole numbers: results depend on
/// neither ranks nor threads.
package struct SharedColumns {
  let table: FeatureTable
  let team: ThreadTeam
  let communicator: Communicator
  /// The filters of this rank, ascending.
  private let own: [Int]
  /// Normal noise [N][own].
  private let noise: [Double]
  /// ψ(m) at m.
  private let digammas: [Double]

  /// The columns of `table`, which is the same on every rank; all are to ask alike.
  package init(_ table: FeatureTable, team: ThreadTeam, communicator: Communicator) {
    self.table = table
    self.team = team
    self.communicator = communicator
    own = Array(stride(from: communicator.rank, to: table.filters, by: communicator.size))
    noise = Self.noise(own, of: table)
    digammas = [0] + (0..<max(table.count, 3)).map { digamma(Double($0 + 1)) }
  }

  /// What one job, or one thread, of a team leaves.
  private final class Values<Element>: @unchecked Sendable { var all: [Element] = [] }

  /// `width` values of each filter [K][width]; collective.
  func rows(width: Int, _ row: (_ filter: Int, _ column: SortedColumn) -> [Double]) throws
    -> [Double]
  {
    let rows = own.map { _ in Values<Double>() }
    team.forEach(own.count) { job, _ in rows[job].all = row(own[job], column(job)) }
    let all = try communicator.gather(rows.flatMap(\.all))
    return (0..<table.filters).flatMap { k in
      let (turn, rank) = k.quotientAndRemainder(dividingBy: communicator.size)
      return all[rank][turn * width..<(turn + 1) * width]
    }
  }

  /// The sum over filters of a whole number a sample [N]; collective. nil adds nothing.
  func sum(_ terms: (_ filter: Int, _ column: SortedColumn) -> [Int64]?) throws -> [Int64] {
    func add(_ terms: [Int64], to sum: inout [Int64]) {
      for n in sum.indices { sum[n] += terms[n] }
    }
    let none = [Int64](repeating: 0, count: table.count)
    let sums = (0..<team.count).map { _ in Values<Int64>() }
    for sum in sums { sum.all = none }
    team.forEach(own.count) { job, thread in
      if let terms = terms(own[job], column(job)) { add(terms, to: &sums[thread].all) }
    }
    var mine = none
    for sum in sums { add(sum.all, to: &mine) }
    var total = none
    for theirs in try communicator.gather(mine) { add(theirs, to: &total) }
    return total
  }

  /// Column [N] of this rank's filter number `job`: divided by its population standard deviation (by
  /// 1 below 10 units of 1.0), plus 1e-10·max(1, mean |x|) times the noise, which parts equal values.
  /// Sums go over samples in order, in Double.
  private func column(_ job: Int) -> SortedColumn {
    let n = Double(table.count)
    var column = (0..<table.count).map { Double(table.values[$0 * table.filters + own[job]]) }
    let mean = column.reduce(0, +) / n
    let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    let deviation = variance.squareRoot()
    if deviation >= 10 * Double.ulpOfOne { column = column.map { $0 / deviation } }
    let scale = 1e-10 * max(1, column.reduce(0) { $0 + abs($1) } / n)
    for i in column.indices { column[i] += scale * noise[i * own.count + job] }
    return SortedColumn(column, digammas: digammas)
  }

  /// The numbers are drawn one after another for all [N, K], which no team can share.
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
