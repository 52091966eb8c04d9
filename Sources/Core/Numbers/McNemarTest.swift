/// McNemar's exact test: whether an attack fools one net more often than another, judged by the same
/// pictures. Only pictures that fool one net and not the other tell.
///
/// With `onlyFirst` and `onlySecond` of them, the p-value is the probability that n = onlyFirst +
/// onlySecond tosses of a fair coin come out at least as uneven: min(1, 2 Σ C(n, k) / 2ⁿ over k from 0 to
/// the smaller); 1 where there are none. Source: Q. McNemar, "Note on the Sampling Error of the
/// Difference Between Correlated Proportions or Percentages", Psychometrika 12, 1947, in its exact form.
package struct McNemarTest: Sendable, Equatable {
  /// Pictures that fool the first net only, and the second only.
  package let onlyFirst: Int, onlySecond: Int
  /// Two-sided; to a relative error of about 1e-15 · √n, and 0 where it is below 1e-307.
  package let probability: Double

  package init(onlyFirst: Int, onlySecond: Int) {
    precondition(onlyFirst >= 0 && onlySecond >= 0, "counts are not below 0")
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
    probability = Self.probability(min(onlyFirst, onlySecond), of: onlyFirst + onlySecond)
  }

  /// Of the same pictures on both nets.
  package init(first: [Bool], second: [Bool]) {
    precondition(first.count == second.count, "both nets are tried on the same pictures")
    let pairs = zip(first, second)
    self.init(
      onlyFirst: pairs.count { $0 && !$1 }, onlySecond: pairs.count { !$0 && $1 })
  }

  private static func probability(_ fewer: Int, of n: Int) -> Double {
    if 2 * fewer == n { return 1 }
    // Σ C(n, k) / C(n, fewer), from k = fewer down: each term is at most the one before.
    var (sum, term) = (1.0, 1.0)
    for k in stride(from: fewer, to: 0, by: -1) where term > 0 {
      term *= Double(k) / Double(n - k + 1)
      sum += term
    }
    // C(n, fewer) / 2ⁿ, its power of two apart, as C(n, fewer) leaves Double's range.
    var (scale, exponent) = (1.0, -n)
    for k in 0..<fewer {
      scale *= Double(n - k) / Double(k + 1)
      exponent += Int(scale.exponent)
      scale = scale.significand
    }
    let product = 2 * sum * scale
    exponent += Int(product.exponent)
    guard exponent >= -1022 else { return 0 }
    return min(1, Double(sign: .plus, exponent: exponent, significand: product.significand))
  }
}
