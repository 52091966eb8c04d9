import Core

/// ψ(x) = d ln Γ(x) / dx for x > 0, to within 1e-14 or, where that is more, 4 units in the last
/// place.
///
/// ψ(x) = ψ(x + 1) − 1/x up to x ≥ 10, then the asymptotic series
/// ln x − 1/(2x) − Σ B₂ₙ/(2n x²ⁿ) to n = 8, whose next term is below 4e-17 there.
///
/// Source: Abramowitz, Stegun, "Handbook of Mathematical Functions", 6.3.5 and 6.3.18.
package func digamma(_ x: Double) -> Double {
  precondition(x > 0, "ψ serves arguments above 0, not \(x)")
  var x = x
  var sum = 0.0
  while x < 10 {
    sum -= 1 / x
    x += 1
  }
  let inverseSquare = 1 / (x * x)
  var series = 0.0
  for coefficient in digammaCoefficients.reversed() {
    series = (series + coefficient) * inverseSquare
  }
  return sum + (ElementaryFunctions.log(x) - 0.5 / x - series)
}

/// B₂ₙ / 2n for n = 1 ... 8.
private let digammaCoefficients: [Double] = [
  1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32_760, 1.0 / 12, -3617.0 / 8160,
]
