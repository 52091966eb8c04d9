import Forest
import Testing

@Suite struct BootstrapTests {
  @Test(arguments: [1, 2, 3, 7, 1000]) func everyDrawIsCounted(samples: Int) {
    for tree in 0..<5 {
      let counts = Bootstrap.counts(seed: 3, tree: tree, samples: samples)
      #expect(counts.count == samples && counts.reduce(0, +) == samples)
    }
  }

  @Test func treesAndSeedsDrawApart() {
    let all = [(0, 0), (0, 1), (1, 0), (1, 1)].map {
      Bootstrap.counts(seed: $0, tree: $1, samples: 100)
    }
    #expect(Set(all).count == 4)
    #expect(Bootstrap.counts(seed: 1, tree: 1, samples: 100) == all[3])
  }

  /// How often a sample is drawn is binomial, N draws of probability 1/N: over 400 trees of 250 samples
  /// against Poisson's limit with its correction for N (χ² of 0 to 5 and more, five degrees of freedom:
  /// above 20.5 has a probability below 0.001).
  @Test func countsAreBinomial() {
    let n = 250
    var seen = [Int](repeating: 0, count: 6)
    var bySample = [Int](repeating: 0, count: n)
    for tree in 0..<400 {
      for (i, count) in Bootstrap.counts(seed: 0, tree: tree, samples: n).enumerated() {
        seen[min(count, 5)] += 1
        bySample[i] += count
      }
    }
    // P(k + 1) = P(k) · (N − k) / ((k + 1)(N − 1)), from P(0) = (1 − 1/N)^N.
    var probability = (0..<n).reduce(1.0) { product, _ in product * (1 - 1 / Double(n)) }
    var expected: [Double] = []
    for k in 0..<5 {
      expected.append(probability)
      probability *= Double(n - k) / Double((k + 1) * (n - 1))
    }
    expected.append(1 - expected.reduce(0, +))
    let draws = Double(400 * n)
    let deviation = zip(seen, expected).reduce(0) { sum, pair in
      let mean = pair.1 * draws
      return sum + (Double(pair.0) - mean) * (Double(pair.0) - mean) / mean
    }
    #expect(deviation < 20.5)
    // No sample is favoured: 249 degrees of freedom, above 325 has a probability below 0.001.
    #expect(bySample.reduce(0) { $0 + Double(($1 - 400) * ($1 - 400)) / 400 } < 325)
  }
}
