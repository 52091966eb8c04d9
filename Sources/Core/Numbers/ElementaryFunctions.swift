/// exp, log, tanh, artanh, sin, cos and powers where results depend on them: polynomials and products over exactly
/// rounded operations, because libm's bits change with the CPU and its version.
package enum ElementaryFunctions {
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// eˣ to within 2 units in the last place; 0 below −708, infinity above 709, NaN for NaN.
  ///
  /// x = n·ln 2 + r with |r| ≤ ½ ln 2; eʳ by its Taylor polynomial of degree 13 (Horner, fused).
  package static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x < -708 { return 0 }
    if x > 709 { return .infinity }
    let n = (x * 0x1.71547652b82fep0).rounded(.toNearestOrEven)
    let r = (x - n * ln2High) - n * ln2Low
    var sum = 1.0 / 6_227_020_800
    for term in exponentialTerms { sum = term.addingProduct(sum, r) }
    return Double(sign: .plus, exponent: Int(n), significand: sum)
  }

  /// 1/12!, …, 1/1!, 1/0!.
  private static let exponentialTerms: [Double] = {
    var factorials = [1.0]
    for i in 1...12 { factorials.append(factorials[i - 1] * Double(i)) }
    return factorials.reversed().map { 1 / $0 }
  }()

  /// The natural logarithm to within 2 units in the last place; −infinity for 0, NaN below 0.
  ///
  /// x = 2ⁿ·m with m in (√½, √2]; ln m = 2 artanh s, s = (m − 1)/(m + 1), by its odd series to s²³.
  package static func log(_ x: Double) -> Double {
    if x == 0 { return -.infinity }
    if x.isNaN || x < 0 { return .nan }
    if x.isInfinite { return x }
    var n = Double(x.exponent)
    var m = x.significand
    if m > 1.4142135623730951 {
      m *= 0.5
      n += 1
    }
    let s = (m - 1) / (m + 1)
    let square = s * s
    var sum = 0.0
    for k in stride(from: 23, through: 3, by: -2) {
      sum = (1 / Double(k)).addingProduct(sum, square)
    }
    let tail = 2 * s * (sum * square)
    return n * ln2High + (2 * s + (tail + n * ln2Low))
  }

  /// The hyperbolic tangent to within 4 units in the last place; ±1 from ±20 on, NaN for NaN, odd.
  ///
  /// |x| ≤ ½: Σ x²ᵏ⁺¹/(2k + 1)! to x¹⁷ over Σ x²ᵏ/(2k)! to x¹⁶, which nothing cancels in; beyond:
  /// 1 − 2/(e²ˣ + 1).
  package static func tanh(_ x: Double) -> Double {
    if x.isNaN { return x }
    let size = x.magnitude
    if size >= 20 { return x < 0 ? -1 : 1 }
    guard size <= 0.5 else {
      let value = 1 - 2 / (exp(2 * size) + 1)
      return x < 0 ? -value : value
    }
    let square = x * x
    return x * hyperbolicSum(square, from: 17) / hyperbolicSum(square, from: 16)
  }

  /// sinh x / x, or cosh x, of x², nested as 1 + x²/(k (k − 1))·(…) from the highest power on.
  private static func hyperbolicSum(_ square: Double, from highest: Int) -> Double {
    var sum = 1.0
    for k in stride(from: highest, to: 1, by: -2) { sum = 1 + square * (sum / Double(k * (k - 1))) }
    return sum
  }

  /// The inverse hyperbolic tangent to within 6 units in the last place; ±infinity at ±1, NaN beyond,
  /// odd.
  ///
  /// |x| ≤ 0.3: Σ x²ᵏ⁺¹/(2k + 1) to x³¹; beyond: ½ ln((1 + x)/(1 − x)).
  package static func artanh(_ x: Double) -> Double {
    let size = x.magnitude
    guard size > 0.3 else {
      let square = x * x
      var sum = 0.0
      for k in stride(from: 31, through: 3, by: -2) {
        sum = (1 / Double(k)).addingProduct(sum, square)
      }
      return x + x * (sum * square)
    }
    let value = 0.5 * log((1 + size) / (1 - size))
    return x < 0 ? -value : value
  }

  /// cos(πx) for x in 0 ... 1, to within 2⁻⁵² of it.
  ///
  /// x > ½ is mirrored; up to ¼ the polynomial of cos at πx, beyond it that of sin at π(½ − x).
  package static func cosPi(_ x: Double) -> Double {
    precondition(x >= 0 && x <= 1, "cosPi serves 0 ... 1, not \(x)")
    if x > 0.5 { return -cosPi(1 - x) }
    return x > 0.25 ? sineSum(.pi * (0.5 - x)) : cosineSum(.pi * x)
  }

  /// sin(πx) for finite x, to within 2⁻⁵² of it; 0 at whole numbers.
  ///
  /// The remainder of |x| by 2 is exact; past 1 the sign turns, past ½ it is mirrored; up to ¼ the
  /// polynomial of sin at πx, beyond it that of cos at π(½ − x).
  package static func sinPi(_ x: Double) -> Double {
    precondition(x.isFinite, "sinPi serves finite numbers, not \(x)")
    var rest = x.magnitude.truncatingRemainder(dividingBy: 2)
    let isNegative = (x < 0) != (rest > 1)
    if rest > 1 { rest -= 1 }
    if rest > 0.5 { rest = 1 - rest }
    let value = rest > 0.25 ? cosineSum(.pi * (0.5 - rest)) : sineSum(.pi * rest)
    return isNegative ? -value : value
  }

  /// The Taylor polynomials of cos to t¹⁸ and of sin to t¹⁹, for t in 0 ... π/4, nested as
  /// 1 − t²/(k (k − 1))·(…).
  private static func cosineSum(_ t: Double) -> Double { nested(t, from: 18) }
  private static func sineSum(_ t: Double) -> Double { t * nested(t, from: 19) }

  private static func nested(_ t: Double, from highest: Int) -> Double {
    var sum = 1.0
    for k in stride(from: highest, to: 1, by: -2) { sum = 1 - t * t * (sum / Double(k * (k - 1))) }
    return sum
  }

  /// baseⁿ for n ≥ 0, by squaring from the exponent's last bit on.
  package static func power(_ base: Double, _ n: Int) -> Double {
    precondition(n >= 0, "power serves exponents from 0 up, not \(n)")
    var (result, square, rest) = (1.0, base, n)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}
