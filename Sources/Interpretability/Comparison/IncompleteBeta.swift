import Foundation

/// The regularised incomplete beta function I_x(a, b), a and b > 0, x in [0, 1]: the share of a beta
/// distribution's mass below x.
enum IncompleteBeta {
  /// I_x(a, b), to a relative error of about 1e-13 for a and b up to a thousand.
  ///
  /// `complement` is 1 − x, given apart so that no digit of it is lost where x is close to 1.
  /// Source: the continued fraction of NIST's Digital Library of Mathematical Functions, 8.17.22.
  static func regularized(_ x: Double, complement: Double, a: Double, b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard complement > 0 else { return 1 }
    // The fraction converges fast below the mean; above it, the mirror image does.
    guard x <= (a + 1) / (a + b + 2) else {
      return 1 - regularized(complement, complement: x, a: b, b: a)
    }
    let logX = x < 0.5 ? log(x) : log1p(-complement)
    let logComplement = x < 0.5 ? log1p(-x) : log(complement)
    let scale = logGamma(a + b) - logGamma(a) - logGamma(b) + a * logX + b * logComplement
    return exp(scale) * fraction(x, a: a, b: b) / a
  }

  /// 1 / (1 + d₁ / (1 + d₂ / (1 + …))) by Lentz's algorithm as Thompson and Barnett changed it.
  private static func fraction(_ x: Double, a: Double, b: Double) -> Double {
    let tiny = 1e-300
    func apart(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var (upper, lower) = (1.0, 1 / apart(1 - (a + b) * x / (a + 1)))
    var result = lower
    for step in 1...10_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      lower = 1 / apart(1 + even * lower)
      upper = apart(1 + even / upper)
      result *= lower * upper
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      lower = 1 / apart(1 + odd * lower)
      upper = apart(1 + odd / upper)
      result *= lower * upper
      if abs(lower * upper - 1) < 1e-16 { break }
    }
    return result
  }

  /// log Γ(x) for x > 0. `lgamma` would write its sign to a variable that all threads share.
  private static func logGamma(_ x: Double) -> Double {
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
  }
}
