import Core
import Foundation
import TestSupport
import Testing

struct ElementaryFunctionsTests {
  /// Units in the last place between a value and libm's.
  private func units(_ value: Double, _ reference: Double) -> Double {
    abs(value - reference) / reference.ulp
  }

  /// Doc: within 2 ulp; libm's own error leaves 4 on the safe side.
  @Test(arguments: [708.0, 20, 1, 1e-3, 1e-9])
  func expAgreesWithFoundation(scale: Double) {
    var random = RandomValues(seed: 11)
    for _ in 0..<5_000 {
      let x = scale * random.unit()
      #expect(units(ElementaryFunctions.exp(x), Foundation.exp(x)) <= 4, "exp(\(x))")
    }
  }

  @Test(arguments: [
    (0.0, 1.0), (-0.0, 1), (-708.001, 0), (709.001, .infinity), (.infinity, .infinity),
    (-.infinity, 0),
  ])
  func expAtItsEdges(x: Double, expected: Double) {
    #expect(ElementaryFunctions.exp(x) == expected)
  }

  @Test(arguments: [-708.0, 709])
  func expReachesToItsEdges(x: Double) {
    #expect(units(ElementaryFunctions.exp(x), Foundation.exp(x)) <= 4)
  }

  @Test(arguments: [1000.0, 10, 1, 1e-3])
  func logAgreesWithFoundation(scale: Double) {
    var random = RandomValues(seed: 12)
    for _ in 0..<5_000 {
      let x = Foundation.exp2(scale * random.unit())
      #expect(units(ElementaryFunctions.log(x), Foundation.log(x)) <= 4, "log(\(x))")
    }
  }

  @Test(arguments: [
    (1.0, 0.0), (0, -.infinity), (-0.0, -.infinity), (.infinity, .infinity),
  ])
  func logAtItsEdges(x: Double, expected: Double) {
    #expect(ElementaryFunctions.log(x) == expected)
  }

  @Test(arguments: [
    .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1.0.nextUp,
    1.0.nextDown, 2.0.squareRoot(), 0.5.squareRoot(),
  ])
  func logReachesToItsEdges(x: Double) {
    #expect(units(ElementaryFunctions.log(x), Foundation.log(x)) <= 4)
  }

  /// Doc: within 4 ulp; libm's own error leaves 5 on the safe side.
  @Test(arguments: [20.0, 3, 1, 0.5, 1e-3, 1e-9])
  func tanhAgreesWithFoundation(scale: Double) {
    var random = RandomValues(seed: 13)
    for _ in 0..<5_000 {
      let x = scale * random.unit()
      let value = ElementaryFunctions.tanh(x)
      #expect(units(value, Foundation.tanh(x)) <= 5, "tanh(\(x))")
      #expect(ElementaryFunctions.tanh(-x) == -value)
    }
  }

  /// Doc: within 6 ulp; libm's own error leaves 7 on the safe side.
  @Test(arguments: [1.0, 0.5, 0.3, 1e-3, 1e-9])
  func artanhAgreesWithFoundation(scale: Double) {
    var random = RandomValues(seed: 14)
    for _ in 0..<5_000 {
      let x = scale * random.unit()
      let value = ElementaryFunctions.artanh(x)
      #expect(units(value, Foundation.atanh(x)) <= 7, "artanh(\(x))")
      #expect(ElementaryFunctions.artanh(-x) == -value)
    }
    for x in [0.999_999, 1.0.nextDown, 0.3.nextUp] {
      #expect(units(ElementaryFunctions.artanh(x), Foundation.atanh(x)) <= 7, "artanh(\(x))")
    }
  }

  @Test(arguments: [
    (0.0, 0.0), (20, 1), (-20, -1), (.infinity, 1), (-.infinity, -1), (1e300, 1),
  ])
  func tanhAtItsEdges(x: Double, expected: Double) {
    #expect(ElementaryFunctions.tanh(x) == expected)
  }

  @Test(arguments: [(0.0, 0.0), (1, .infinity), (-1, -.infinity)])
  func artanhAtItsEdges(x: Double, expected: Double) {
    #expect(ElementaryFunctions.artanh(x) == expected)
  }

  /// Doc: within 2⁻⁵²; libm's argument πx is rounded too.
  @Test func cosPiAgreesWithFoundation() {
    for i in 0...4096 {
      let x = Double(i) / 4096
      let expected = Foundation.cos(Double.pi * x)
      #expect(abs(ElementaryFunctions.cosPi(x) - expected) <= 0x1p-51, "cosPi(\(x))")
      #expect(ElementaryFunctions.cosPi(1 - x) == -ElementaryFunctions.cosPi(x))
    }
  }

  @Test(arguments: [(0.0, 1.0), (0.5, 0), (1, -1), (0.25, 0.5.squareRoot())])
  func cosPiWhereItIsKnown(x: Double, expected: Double) {
    #expect(abs(ElementaryFunctions.cosPi(x) - expected) <= 0x1p-53)
  }

  /// Doc: within 2⁻⁵²; libm's argument πx is rounded too.
  @Test func sinPiAgreesWithFoundation() {
    for i in 0...4096 {
      let x = Double(i) / 4096
      let value = ElementaryFunctions.sinPi(x)
      #expect(abs(value - Foundation.sin(Double.pi * x)) <= 0x1p-51, "sinPi(\(x))")
      #expect(ElementaryFunctions.sinPi(-x) == -value)
      #expect(ElementaryFunctions.sinPi(1 - x) == value)
      for turn in [1.0, 2, 3, 1000] {
        let sign: Double = turn.truncatingRemainder(dividingBy: 2) == 0 ? 1 : -1
        #expect(ElementaryFunctions.sinPi(x + turn) == sign * value)
      }
    }
  }

  /// Small values keep their relative precision.
  @Test func sinPiNearZeroIsPrecise() {
    for exponent in 1...60 {
      let x = Double(sign: .plus, exponent: -exponent, significand: 1.4142135623730951)
      #expect(
        units(ElementaryFunctions.sinPi(x), Foundation.sin(Double.pi * x)) <= 4, "sinPi(\(x))")
    }
  }

  @Test(arguments: [
    (0.0, 0.0), (0.5, 1), (1, 0), (1.5, -1), (2, 0), (-0.5, -1), (-3, 0), (0.25, 0.5.squareRoot()),
    (1e300, 0),
  ])
  func sinPiWhereItIsKnown(x: Double, expected: Double) {
    #expect(abs(ElementaryFunctions.sinPi(x) - expected) <= 0x1p-53)
  }

  @Test(arguments: [0.0, 0.9, 0.999, 1, -2]) func powersAreProducts(base: Double) {
    for n in [0, 1, 2, 3, 7, 64, 1000] {
      let product = (0..<n).reduce(1.0) { product, _ in product * base }
      let power = ElementaryFunctions.power(base, n)
      #expect(abs(power - product) <= 1e-13 * abs(product), "\(base) to \(n)")
    }
  }

  @Test func whatIsNotANumberStaysSo() {
    #expect(ElementaryFunctions.exp(.nan).isNaN)
    #expect(ElementaryFunctions.log(.nan).isNaN)
    #expect(ElementaryFunctions.tanh(.nan).isNaN)
    #expect(ElementaryFunctions.artanh(.nan).isNaN && ElementaryFunctions.artanh(1.5).isNaN)
    #expect(ElementaryFunctions.log(-1).isNaN)
    #expect(ElementaryFunctions.log(-.infinity).isNaN)
  }
}
