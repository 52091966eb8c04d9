/// Student's t distribution.
package struct StudentT: Sendable {
  /// ν > 0.
  package let degreesOfFreedom: Double

  /// The distribution of ν = `degreesOfFreedom`.
  package init(degreesOfFreedom: Int) {
    precondition(degreesOfFreedom > 0, "a t distribution has a degree of freedom or more")
    self.degreesOfFreedom = Double(degreesOfFreedom)
  }

  /// P(|T| ≥ |t|) = I_{ν / (ν + t²)}(ν / 2, 1 / 2): 1 at t = 0, 0 at ±∞.
  package func probability(beyond t: Double) -> Double {
    guard t.isFinite else { return 0 }
    let whole = degreesOfFreedom + t * t
    return IncompleteBeta.regularized(
      degreesOfFreedom / whole, complement: t * t / whole, a: degreesOfFreedom / 2, b: 0.5)
  }

  /// The t ≥ 0 with P(|T| ≥ t) = `probability`, in (0, 1]: 95 % of the mass lies within ±t for 0.05.
  ///
  /// By bisection until two neighbours are left.
  package func bound(probability: Double) -> Double {
    precondition(probability > 0 && probability <= 1, "a probability in (0, 1]")
    var (low, high) = (0.0, 1.0)
    while self.probability(beyond: high) > probability { (low, high) = (high, 2 * high) }
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { return high }
      if self.probability(beyond: middle) > probability { low = middle } else { high = middle }
    }
  }
}
