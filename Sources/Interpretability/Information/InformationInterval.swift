import Core

/// An interval of MIS by the bootstrap: how far it would move with other samples of the same kind.
///
/// The estimate of an entry of M is a mean over samples, so that MIS is the mean of one term a sample:
/// tₙ = 1/K Σₖ (ψ(N) + ψ(kₙ) − ψ(nₙ) − ψ(mₙ)) of each filter's best class. Samples are drawn with
/// replacement and their terms averaged, with the neighbours' counts and the best classes held fixed:
/// the linear bootstrap. (Drawn anew, a sample that comes twice would be its own nearest neighbour.) A
/// filter whose best entry was cut off at 0 adds 0 to every term.
///
/// Source: Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
package struct InformationInterval: Sendable {
  /// tₙ [N], whose mean is MIS.
  package let terms: [Double]
  /// The mean of each draw of terms. Draws depend on seed and N alone: those of two networks on the same
  /// samples are the same samples.
  package let means: [Double]
  /// The percentiles 2.5 and 97.5, between draws by proportion.
  package let low: Double, high: Double

  /// Draws of N samples.
  package static let draws = 1000

  /// Terms are added over filters as multiples of this, exactly: 65,536 filters of |t| < 64 fit.
  private static let unit = 0x1p-40

  private final class Draw: @unchecked Sendable { var mean = 0.0 }

  /// Draws over all ranks; collective.
  package init(_ information: MutualInformation, _ columns: SharedColumns, seed: UInt64) throws {
    let table = columns.table
    let sums = try columns.sum { k, column in
      let best = information.best(ofFilter: k)
      guard best.value > 0 else { return nil }
      return column.terms(onClass: Int32(best.label), labels: column.placed(table.labels))
        .map { Int64(($0 / Self.unit).rounded()) }
    }
    let terms = sums.map { Double($0) * Self.unit / Double(table.filters) }

    let (rank, ranks) = (columns.communicator.rank, columns.communicator.size)
    let own = Array(stride(from: rank, to: Self.draws, by: ranks))
    let drawn = own.map { _ in Draw() }
    columns.team.forEach(own.count) { job, _ in
      let random = AddressedRandom(seed: seed, purpose: .bootstrap, stream: own[job])
      drawn[job].mean = Self.mean(terms, random)
    }
    let parts = try columns.communicator.gather(drawn.map(\.mean))
    let means = (0..<Self.draws).map { parts[$0 % ranks][$0 / ranks] }
    self.means = means
    self.terms = terms
    let sorted = means.sorted()
    low = Percentile.of(sorted, 2.5)
    high = Percentile.of(sorted, 97.5)
  }

  /// The mean of as many terms, drawn with replacement: two of each block of random words.
  private static func mean(_ terms: [Double], _ random: AddressedRandom) -> Double {
    var sum = 0.0
    for first in stride(from: 0, to: terms.count, by: 2) {
      let words = random.words(first / 2)
      sum += terms[AddressedRandom.below(terms.count, words[0], words[1])]
      if first + 1 < terms.count {
        sum += terms[AddressedRandom.below(terms.count, words[2], words[3])]
      }
    }
    return sum / Double(terms.count)
  }
}
