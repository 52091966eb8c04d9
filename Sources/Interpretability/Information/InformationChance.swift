import Core

/// What M would be if no filter knew anything: the same estimator, of labels that are dealt out anew.
///
/// Permutation p of the labels is Philox's for (seed, p) and the number of samples, the same for every
/// filter, so that a permuted MIS takes its maxima as MIS does. Source of the test: Ojala, Garriga,
/// "Permutation Tests for Studying Classifier Performance", JMLR 11, 2010.
package struct InformationChance: Sendable {
  /// K, C and P.
  package let filters: Int, classes: Int, permutations: Int
  /// The mean over permutations of M [K][C].
  package let values: [Double]
  /// The largest entry of each filter in each permutation [K][P].
  package let maxima: [Double]

  /// Estimates `permutations` (at least one) further M; collective.
  package init(_ columns: SharedColumns, permutations: Int, seed: UInt64) throws {
    precondition(permutations > 0, "\(permutations) permutations")
    let table = columns.table
    let dealt = (0..<permutations).map { p in
      AddressedRandom(seed: seed, purpose: .chance, stream: p).permutation(table.count)
        .map { table.labels[Int($0)] }
    }
    let rows = try columns.rows(width: table.classes + permutations) { _, column in
      let relabelled = RelabelledColumn(column)
      var sums = [Double](repeating: 0, count: table.classes)
      let maxima = dealt.map { labels in
        let entries = relabelled.information(ofClasses: table.classes, labels: labels)
        for c in sums.indices { sums[c] += entries[c] }
        return entries.max() ?? 0
      }
      return sums.map { $0 / Double(permutations) } + maxima
    }
    filters = table.filters
    classes = table.classes
    self.permutations = permutations
    let width = classes + permutations
    let classes = classes
    func part(_ range: Range<Int>) -> [Double] {
      (0..<table.filters).flatMap { k in
        rows[k * width + range.lowerBound..<k * width + range.upperBound]
      }
    }
    values = part(0..<classes)
    maxima = part(classes..<width)
  }

  /// MIS of each permutation [P]. Filters are added in order.
  package var scores: [Double] {
    (0..<permutations).map { p in
      let sum = (0..<filters).reduce(0.0) { $0 + maxima[$1 * permutations + p] }
      return sum / Double(filters)
    }
  }

  /// The mean of `scores`: what MIS is by chance.
  package var score: Double { scores.reduce(0, +) / Double(permutations) }

  /// The largest entry of filter k in any permutation.
  func most(ofFilter k: Int) -> Double {
    maxima[k * permutations..<(k + 1) * permutations].max() ?? 0
  }

  /// The share of filters whose largest entry of M exceeds their largest of all permutations. Of
  /// filters that know nothing, one in P + 1 does.
  package func shareAbove(_ information: MutualInformation) -> Double {
    let above = (0..<filters).count { k in
      information.best(ofFilter: k).value > most(ofFilter: k)
    }
    return Double(above) / Double(filters)
  }
}
